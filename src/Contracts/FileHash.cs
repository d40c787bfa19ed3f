namespace WeChatPay;

/// <summary>What the hash of a downloaded file must be.</summary>
public sealed class FileHash
{
    private FileHash(string algorithm, string hex) => (Algorithm, Hex) = (algorithm, hex);

    /// <summary>None: for the pictures of complaints, whose hash nobody gives. What comes back is whatever came.</summary>
    public static FileHash WithoutVerification { get; } = new(string.Empty, string.Empty);

    /// <summary>The one in the answer's header <c>Wechatpay-Statement-Sha1</c>: it finds damage, not forgery, since the header is not signed.</summary>
    public static FileHash InHeader { get; } = new("SHA1", string.Empty);

    /// <summary><c>SHA1</c> or <c>SHA256</c>; empty for none.</summary>
    public string Algorithm { get; }

    /// <summary>The hash in hex; empty where it comes with the answer.</summary>
    public string Hex { get; }

    /// <summary>SHA-1, as bills have it: <c>hash_value</c> of the answer that gave the address.</summary>
    public static FileHash Sha1(string hex)
    {
        ArgumentException.ThrowIfNullOrEmpty(hex);
        return new("SHA1", hex);
    }

    /// <summary>SHA-256, in hex.</summary>
    public static FileHash Sha256(string hex)
    {
        ArgumentException.ThrowIfNullOrEmpty(hex);
        return new("SHA256", hex);
    }

    /// <summary>The algorithm and the hash.</summary>
    public override string ToString() => "FileHash(" + Algorithm + " " + Hex + ")";
}
