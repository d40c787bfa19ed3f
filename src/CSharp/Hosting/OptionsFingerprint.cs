using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace WeChatPay;

/// <summary>Whether a merchant's settings are still what they were: every setting counts, and of a file its length and when it was written.</summary>
internal static class OptionsFingerprint
{
    private static readonly PropertyInfo[] s_settings = [.. typeof(WeChatPayOptions).GetProperties().OrderBy(static setting => setting.Name, StringComparer.Ordinal)];

    /// <summary>A hash, from which no secret can be had back.</summary>
    public static string Of(WeChatPayOptions options)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var setting in s_settings)
        {
            Add(sum, setting.Name);
            foreach (var text in TextsOf(setting.GetValue(options)))
            {
                Add(sum, text);
                if (setting.Name.Contains("File", StringComparison.Ordinal))
                {
                    Add(sum, FileOf(options.BaseDirectory, text));
                }
            }
        }

        return Convert.ToHexString(sum.GetHashAndReset());
    }

    private static IEnumerable<string> TextsOf(object? value) => value switch
    {
        null => [],
        string text => [text],
        IEnumerable several => several.Cast<object?>().Select(Text),
        _ => [Text(value)],
    };

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;

    /// <summary>The length first, so that no two lists of texts look alike.</summary>
    private static void Add(IncrementalHash sum, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        sum.AppendData(BitConverter.GetBytes(bytes.Length));
        sum.AppendData(bytes);
    }

    private static string FileOf(string folder, string path)
    {
        try
        {
            var file = new FileInfo(Path.Combine(folder, path));
            return file.Exists ? file.Length.ToString(CultureInfo.InvariantCulture) + " " + file.LastWriteTimeUtc.Ticks.ToString(CultureInfo.InvariantCulture) : string.Empty;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return string.Empty;
        }
    }
}
