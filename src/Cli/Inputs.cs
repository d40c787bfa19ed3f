using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary>What the process ends with.</summary>
internal static class ExitCode
{
    public const int Fine = 0;
    public const int Refused = 1;
    public const int WrongUsage = 2;
}

/// <summary>The command line or the configuration cannot work; the words go to stderr.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>What was asked for cannot be done, or is not there.</summary>
internal sealed class RefusedException(string code, string message) : Exception(message)
{
    /// <summary>A stable word for programs.</summary>
    public string Code => code;
}

/// <summary>Files, times and output, in the forms that every command shares.</summary>
internal static class Inputs
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A number as programs write it.</summary>
    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Words in the terminal's language.</summary>
    public static string Words(string english, string chinese) => IsChinese ? chinese : english;

    /// <summary>Advice in the terminal's language.</summary>
    public static string Words(Advice advice) => Words(advice.English, advice.Chinese);

    /// <summary>Whether the terminal's language is Chinese: advice is shown in it.</summary>
    public static bool IsChinese =>
        (Environment.GetEnvironmentVariable("LC_ALL") is { Length: > 0 } all ? all : Environment.GetEnvironmentVariable("LANG") ?? string.Empty).StartsWith("zh", StringComparison.OrdinalIgnoreCase);

    /// <summary>The options in the section <c>WeChatPay</c> of a JSON file; paths in it are relative to the file.</summary>
    public static WeChatPayOptions ReadOptions(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new UsageException("the configuration has no name.");
        }

        var full = Path.GetFullPath(path);
        if (!File.Exists(full))
        {
            throw new UsageException("the configuration " + path + " does not exist.");
        }

        try
        {
            var section = new ConfigurationBuilder().AddJsonFile(full).Build().GetSection("WeChatPay");
            return section.Exists()
                ? WithSuite(WeChatPayOptions.Read(section, Path.GetDirectoryName(full)!))
                : throw new UsageException("the configuration " + path + " has no section WeChatPay.");
        }
        catch (Exception failure) when (failure is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException("the configuration " + path + " is not JSON that can be read.");
        }
    }

    /// <summary>The suite by the keys: a merchant whose own key is of SM2, or who has none and verifies by keys of SM2, is one of the SM suite (国密).</summary>
    private static WeChatPayOptions WithSuite(WeChatPayOptions options)
    {
        if (new MerchantSetup(options).IsOfSm2())
        {
            options.Suite = SmSuite.Instance;
        }

        return options;
    }

    /// <summary>A file's bytes, or standard input's for <c>-</c>.</summary>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            if (path != "-")
            {
                return File.ReadAllBytes(path);
            }

            using var input = Console.OpenStandardInput();
            using var bytes = new MemoryStream();
            input.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException("the file " + (path.Length == 0 ? "without a name" : path) + " cannot be read.");
        }
    }

    /// <summary>Headers, one <c>Name: value</c> a line; lines without a colon (a request line) are passed over, a line that begins with a blank goes on from the one before.</summary>
    public static List<KeyValuePair<string, string>> ReadHeaders(string path)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var line in ReadText(path).Split('\n'))
        {
            var text = line.TrimEnd('\r');
            if (text.Length > 0 && text[0] is ' ' or '\t' && headers.Count > 0)
            {
                var (name, value) = headers[^1];
                headers[^1] = new(name, value + " " + text.Trim());
                continue;
            }

            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                headers.Add(new(text[..colon].Trim(), text[(colon + 1)..]));
            }
        }

        return headers;
    }

    /// <summary>A text in UTF-8, or in UTF-16 with its byte order mark, as some shells write it.</summary>
    private static string ReadText(string path)
    {
        using var reader = new StreamReader(new MemoryStream(ReadBytes(path)), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        return reader.ReadToEnd();
    }

    /// <summary>A time as seconds since 1970 or ISO 8601; now when there is none.</summary>
    public static DateTimeOffset ReadTime(string? text, string option = "--at")
    {
        const long LastSecond = 253402300799;
        if (text is null)
        {
            return TimeProvider.System.GetUtcNow();
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= LastSecond)
        {
            return DateTimeOffset.FromUnixTimeSeconds(seconds);
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new UsageException(option + " takes seconds since 1970 or ISO 8601 (2026-01-31T08:00:00+08:00).");
    }

    /// <summary>The resource as JSON with its numbers exactly as they came; half surrogates, which cannot be written, are replaced.</summary>
    public static void WriteResource(Utf8JsonWriter writer, ReadOnlyMemory<byte> resource)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(resource.Span)));
        try
        {
            using var attempt = new Utf8JsonWriter(Stream.Null);
            document.RootElement.WriteTo(attempt);
        }
        catch (InvalidOperationException)
        {
            writer.WriteRawValue(document.RootElement.GetRawText());
            return;
        }

        document.RootElement.WriteTo(writer);
    }

    /// <summary>Writes one JSON object and a line end to standard output.</summary>
    public static void WriteJson(Action<Utf8JsonWriter> write)
    {
        using var output = Console.OpenStandardOutput();
        using (var writer = new Utf8JsonWriter(output, s_json))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }
}
