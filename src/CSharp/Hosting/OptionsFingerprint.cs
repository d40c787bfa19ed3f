using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Whether a merchant's settings are still what they were: every setting counts, and of a file its length and when it was written.</summary>
internal static class OptionsFingerprint
{
    /// <summary>All but the options that have settings of their own, which follow.</summary>
    private static readonly PropertyInfo[] s_settings = Sorted([.. typeof(WeChatPayOptions).GetProperties().Where(static setting => setting.PropertyType != typeof(WeChatPayResilienceOptions))]);

    private static readonly PropertyInfo[] s_resilience = Sorted(typeof(WeChatPayResilienceOptions).GetProperties());

    /// <summary>A hash, from which no secret can be had back.</summary>
    public static string Of(WeChatPayOptions options)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AddAll(sum, s_settings, options, options.BaseDirectory);
        AddAll(sum, s_resilience, options.Resilience, options.BaseDirectory);
        return Convert.ToHexString(sum.GetHashAndReset());
    }

    private static PropertyInfo[] Sorted(PropertyInfo[] settings) => [.. settings.OrderBy(static setting => setting.Name, StringComparer.Ordinal)];

    private static void AddAll(IncrementalHash sum, PropertyInfo[] settings, object options, string folder)
    {
        foreach (var setting in settings)
        {
            Add(sum, setting.Name);
            foreach (var text in TextsOf(setting.GetValue(options)))
            {
                Add(sum, text);
                if (setting.Name.Contains("File", StringComparison.Ordinal))
                {
                    Add(sum, FileOf(folder, text));
                }
            }
        }
    }

    /// <summary>An object that settings made for this reading, such as a pipeline, counts by its type: the next reading makes another.</summary>
    private static IEnumerable<string> TextsOf(object? value) => value switch
    {
        null => [],
        string text => [text],
        IMerchantKey key => [key.Serial],
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
