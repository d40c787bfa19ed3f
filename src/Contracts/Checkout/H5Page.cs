namespace WeChatPay;

/// <summary>The page or app outside WeChat that a payer comes from.</summary>
public sealed class H5Page
{
    /// <summary>What it is: <c>iOS</c>, <c>Android</c> or <c>Wap</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The app's or site's name; at most 64 characters.</summary>
    public string? AppName { get; init; }

    /// <summary>The page's address; at most 128 characters.</summary>
    public string? AppUrl { get; init; }

    /// <summary>The bundle id of an iOS app; at most 128 characters.</summary>
    public string? BundleId { get; init; }

    /// <summary>The package's name of an Android app; at most 128 characters.</summary>
    public string? PackageName { get; init; }
}
