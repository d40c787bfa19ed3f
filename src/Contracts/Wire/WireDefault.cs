namespace WeChatPay.Wire;

/// <summary>What a request leaves out and the caller's options fill in.</summary>
public enum WireDefault
{
    /// <summary>The merchant's number.</summary>
    MerchantId,

    /// <summary>The merchant's appid.</summary>
    Appid,

    /// <summary>The brand's number.</summary>
    BrandId,

    /// <summary>The name of the file that is uploaded.</summary>
    FileName,

    /// <summary>The SHA-256 of the file that is uploaded, in lower hex.</summary>
    FileSha256,
}
