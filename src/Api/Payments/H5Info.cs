using System.Text.Json;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>The page or app that a payer comes from.</summary>
public sealed class H5Info
{
    /// <summary>What it is: <c>iOS</c>, <c>Android</c> or <c>Wap</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The app's name.</summary>
    public string? AppName { get; init; }

    /// <summary>The page's address.</summary>
    public string? AppUrl { get; init; }

    /// <summary>The bundle id of an iOS app.</summary>
    public string? BundleId { get; init; }

    /// <summary>The package's name of an Android app.</summary>
    public string? PackageName { get; init; }

    /// <summary>The type alone.</summary>
    public override string ToString() => "H5Info";

    internal void WriteTo(Utf8JsonWriter writer, Caller caller)
    {
        writer.WriteStartObject();
        writer.Field("type"u8, Type);
        writer.Field("app_name"u8, AppName);
        writer.Field("app_url"u8, AppUrl);
        writer.Field("bundle_id"u8, BundleId);
        writer.Field("package_name"u8, PackageName);
        writer.WriteEndObject();
    }
}
