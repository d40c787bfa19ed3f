using System.CommandLine;
using System.CommandLine.Parsing;
using WeChatPay;
using WeChatPay.Tool;

var root = new RootCommand("WeChat Pay API v3: find what is wrong, verify callbacks, sign requests, open sealed resources, simulate the platform, look into an inbox, check bills and compare them with a ledger.");
root.Subcommands.Add(VerifyCommand.Create());
root.Subcommands.Add(SignCommand.Create());
root.Subcommands.Add(DecryptCommand.Create());
root.Subcommands.Add(DoctorCommand.Create());
root.Subcommands.Add(CertificatesCommand.Create());
root.Subcommands.Add(SimulateCommand.Create());
root.Subcommands.Add(InboxCommand.Create());
root.Subcommands.Add(BillCommand.Create());
root.Subcommands.Add(CompletionCommand.Create());

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine("wechatpay: " + error.Message);
    }

    var names = new List<string>();
    for (var asked = parsed.CommandResult; asked is { Command: not RootCommand }; asked = asked.Parent as CommandResult)
    {
        names.Insert(0, asked.Command.Name + " ");
    }

    Console.Error.WriteLine("Try: wechatpay " + string.Concat(names) + "--help");
    return ExitCode.WrongUsage;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (WeChatPayConfigurationException problem)
{
    Console.Error.WriteLine("wechatpay: the configuration cannot work.");
    foreach (var line in problem.Problems)
    {
        Console.Error.WriteLine("  " + Inputs.Words(line.English, line.Chinese));
    }

    return ExitCode.WrongUsage;
}
catch (UsageException problem)
{
    Console.Error.WriteLine("wechatpay: " + problem.Message);
    return ExitCode.WrongUsage;
}
