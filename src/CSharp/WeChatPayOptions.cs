using System.Globalization;
using Microsoft.Extensions.Configuration;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>What a merchant is configured with: the section <c>WeChatPay</c>. Relative paths are relative to <see cref="BaseDirectory"/>.</summary>
public sealed class WeChatPayOptions
{
    /// <summary>The merchant's number, <c>mchid</c>.</summary>
    public string? MerchantId { get; set; }

    /// <summary>The serial of the merchant's certificate, in hex.</summary>
    public string? MerchantSerial { get; set; }

    /// <summary>The file of the merchant's private key, <c>apiclient_key.pem</c>.</summary>
    public string? MerchantPrivateKeyFile { get; set; }

    /// <summary>The merchant's private key as PEM text, in place of a file.</summary>
    public string? MerchantPrivateKey { get; set; }

    /// <summary>The APIv3 key: 32 bytes.</summary>
    public string? ApiV3Key { get; set; }

    /// <summary>The id of the platform's public key, <c>PUB_KEY_ID_…</c>.</summary>
    public string? PlatformPublicKeyId { get; set; }

    /// <summary>The file of the platform's public key.</summary>
    public string? PlatformPublicKeyFile { get; set; }

    /// <summary>The files of platform certificates; several at once while they rotate.</summary>
    public IList<string> PlatformCertificateFiles { get; } = [];

    /// <summary>Where the platform is; the platform's main host unless set.</summary>
    public string BaseAddress { get; set; } = "https://api.mch.weixin.qq.com";

    /// <summary>How many bytes a notification's body may have, inclusive: 1 to 1,048,576.</summary>
    public int BodyLimit { get; set; } = DeliveryModule.NotificationLimit;

    /// <summary>How far a timestamp may be from now, inclusive: five minutes unless set. In configuration seconds (<c>300</c>) or <c>00:05:00</c>.</summary>
    public TimeSpan Tolerance { get; set; } = VerificationPolicyModule.usualTolerance;

    /// <summary>What relative paths are relative to; the current directory unless set.</summary>
    public string BaseDirectory { get; set; } = Directory.GetCurrentDirectory();

    /// <summary>Takes over what a section of a configuration says; texts that cannot be read are named in the problems.</summary>
    public static WeChatPayOptions Read(IConfiguration section, string baseDirectory, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(problems);
        var options = new WeChatPayOptions
        {
            MerchantId = section[nameof(MerchantId)],
            MerchantSerial = section[nameof(MerchantSerial)],
            MerchantPrivateKeyFile = section[nameof(MerchantPrivateKeyFile)],
            MerchantPrivateKey = section[nameof(MerchantPrivateKey)],
            ApiV3Key = section[nameof(ApiV3Key)],
            PlatformPublicKeyId = section[nameof(PlatformPublicKeyId)],
            PlatformPublicKeyFile = section[nameof(PlatformPublicKeyFile)],
            BaseDirectory = baseDirectory,
        };
        options.BaseAddress = section[nameof(BaseAddress)] ?? options.BaseAddress;
        options.ReadBodyLimit(section[nameof(BodyLimit)], problems);
        options.ReadTolerance(section[nameof(Tolerance)], problems);
        foreach (var file in section.GetSection(nameof(PlatformCertificateFiles)).GetChildren())
        {
            if (file.Value is { Length: > 0 } path)
            {
                options.PlatformCertificateFiles.Add(path);
            }
        }

        return options;
    }

    /// <summary>The type and the merchant; no key, no path.</summary>
    public override string ToString() => "WeChatPayOptions(" + MerchantId + ")";

    private void ReadBodyLimit(string? text, ICollection<string> problems)
    {
        if (text is null)
        {
            return;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
        {
            BodyLimit = limit;
        }
        else
        {
            problems.Add("BodyLimit is not a number of bytes.");
        }
    }

    private void ReadTolerance(string? text, ICollection<string> problems)
    {
        if (text is null)
        {
            return;
        }

        // Digits alone are seconds; TimeSpan would take them for days.
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            Tolerance = TimeSpan.FromSeconds(seconds);
        }
        else if (TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var span))
        {
            Tolerance = span;
        }
        else
        {
            problems.Add("Tolerance is neither seconds (300) nor hours, minutes and seconds (00:05:00).");
        }
    }
}
