using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace WeChatPay;

/// <summary>Texts of a configuration, as what they mean.</summary>
internal static class SettingTexts
{
    /// <summary>Sets a span of time where one is written, in seconds or as hours, minutes and seconds; what is neither is noted, with an example.</summary>
    public static void ReadSpan(IConfiguration section, string setting, TimeSpan example, Action<TimeSpan> set, IList<ConfigurationProblem> unreadable)
    {
        if (section[setting] is not { } text)
        {
            return;
        }

        // Digits alone are seconds; TimeSpan would take them for days.
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            set(TimeSpan.FromSeconds(seconds));
        }
        else if (TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var span))
        {
            set(span);
        }
        else
        {
            var (inSeconds, inFull) = (example.TotalSeconds.ToString(CultureInfo.InvariantCulture), example.ToString("c", CultureInfo.InvariantCulture));
            unreadable.Add(new(
                setting,
                setting + " is neither seconds (" + inSeconds + ") nor hours, minutes and seconds (" + inFull + ").",
                setting + " 既不是秒数（" + inSeconds + "），也不是时分秒（" + inFull + "）。"));
        }
    }
}
