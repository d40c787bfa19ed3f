using System.CommandLine;

namespace WeChatPay.Tool;

/// <summary><c>wechatpay completion</c>: what a shell needs to complete the command line; the tool itself says what comes next.</summary>
internal static class CompletionCommand
{
    private const string Bash =
        """
        _wechatpay() {
          local word="${COMP_WORDS[COMP_CWORD]}" line="${COMP_LINE:0:COMP_POINT}"
          line="${line#* }"
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$(wechatpay "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _wechatpay wechatpay
        """;

    private const string Zsh =
        """
        #compdef wechatpay
        _wechatpay() {
          local line="${words[2,CURRENT]}"
          local -a found
          found=(${(f)"$(wechatpay "[suggest:${#line}]" "$line" 2>/dev/null)"})
          compadd -a found || _files
        }
        compdef _wechatpay wechatpay
        """;

    private const string Fish =
        """
        complete -c wechatpay -a '(set -l line (string replace -r "^\S+\s+" "" -- (commandline -cp)); wechatpay "[suggest:"(string length -- $line)"]" $line 2>/dev/null)'
        """;

    private const string PowerShell =
        """
        Register-ArgumentCompleter -Native -CommandName wechatpay -ScriptBlock {
          param($word, $ast, $position)
          $line = $ast.ToString() -replace '^\S+\s*', ''
          if ($word -eq '') { $line = "$line ".TrimStart() }
          wechatpay "[suggest:$($line.Length)]" "$line" | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = Inputs.Words("bash, zsh, fish or powershell", "bash、zsh、fish 或 powershell") };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "powershell");
        var command = new Command("completion", Inputs.Words(
            "Prints what a shell needs to complete the command line. Example: eval \"$(wechatpay completion bash)\"",
            "输出命令行补全脚本。例：eval \"$(wechatpay completion bash)\"")) { shell };
        command.SetAction(parsed => Console.Out.WriteLine(parsed.GetRequiredValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            _ => PowerShell,
        }));
        return command;
    }
}
