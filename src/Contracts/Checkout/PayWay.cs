namespace WeChatPay;

/// <summary>Where a payer pays an order.</summary>
public enum PayWay
{
    /// <summary>By a QR code that the payer scans.</summary>
    Native = 0,

    /// <summary>In a page inside WeChat.</summary>
    Jsapi = 1,

    /// <summary>In a mini program.</summary>
    MiniProgram = 2,

    /// <summary>In the merchant's own app.</summary>
    App = 3,

    /// <summary>In a phone's browser outside WeChat.</summary>
    H5 = 4,
}
