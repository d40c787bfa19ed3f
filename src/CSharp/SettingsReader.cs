using System.Text;
using Microsoft.FSharp.Core;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>Reads texts and files of a configuration, and gathers what is missing or wrong.</summary>
internal sealed class SettingsReader(string baseDirectory, IEnumerable<ConfigurationProblem> problems)
{
    /// <summary>The code of a setting that is not there.</summary>
    public const string Missing = "missing";

    /// <summary>More than any key or certificate has.</summary>
    private const int FileLimit = 1 << 20;
    private readonly List<ConfigurationProblem> _problems = [.. problems];

    /// <summary>What was found so far; each once.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems => [.. _problems.DistinctBy(problem => problem.Setting + problem.English)];

    public bool HasProblems => _problems.Count > 0;

    /// <summary>Notes a problem; the words go on from the setting's name.</summary>
    public void Add(string setting, string english, string chinese, string code = ConfigurationProblem.Invalid) => _problems.Add(new(setting, setting + " " + english, setting + " " + chinese, code));

    /// <summary>A text that must be there, or null with the problem noted.</summary>
    public string? Require(string? value, string setting)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            return value;
        }

        Add(setting, "is missing.", "未填写。", Missing);
        return null;
    }

    /// <summary>The bytes of a text, or of the file where there is no text; null with the problem noted.</summary>
    public byte[]? ReadTextOrFile(string? text, string? file, string setting) =>
        string.IsNullOrWhiteSpace(text) ? ReadFile(file, setting + "File", " (or " + setting + ")") : Encoding.UTF8.GetBytes(text);

    /// <summary>A file's bytes, or null with the problem noted.</summary>
    public byte[]? ReadFile(string? path, string setting, string alternative = "")
    {
        if (Require(path, setting + alternative) is null)
        {
            return null;
        }

        // Somebody put the key itself here: it must not be shown as a file's name.
        if (path!.Contains("-----", StringComparison.Ordinal) || path.Contains('\n', StringComparison.Ordinal) || path.Length > 1024)
        {
            Add(setting, "holds the text of a key where a file's name belongs: use the setting without File for the text.", "填写的是密钥内容，而此处应为文件名：密钥内容请填入不带 File 的配置项。", "key_for_file_name");
            return null;
        }

        try
        {
            using var stream = File.OpenRead(Path.Combine(baseDirectory, path));
            if (stream.Length > FileLimit)
            {
                Add(setting, "names a file that is too large for a key or certificate: " + path + ".", "指定的文件过大，不是密钥或证书：" + path + "。", "file_too_large");
                return null;
            }

            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            Add(
                setting,
                "names a file that is not there: " + path + " (relative paths are relative to the configuration's folder or the content root).",
                "指定的文件不存在：" + path + "（相对路径以配置文件所在目录或内容根目录为准）。",
                "file_not_found");
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Add(setting, "names a file that cannot be read: " + path + " (does this account have the right to read it?).", "指定的文件无法读取：" + path + "（请检查当前账户的读取权限）。", "file_unreadable");
            return null;
        }
    }

    /// <summary>The value, or null with the problem noted.</summary>
    public T? Take<T>(FSharpResult<T, KeyError> result, string setting)
        where T : class
    {
        if (result.IsOk)
        {
            return result.ResultValue;
        }

        var advice = KeyErrorModule.advice(result.ErrorValue);
        _problems.Add(new(setting, setting + ": " + advice.English, setting + "：" + advice.Chinese, KeyErrorModule.code(result.ErrorValue)));
        return null;
    }
}
