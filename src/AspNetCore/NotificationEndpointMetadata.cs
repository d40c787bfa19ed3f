using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace WeChatPay.AspNetCore;

/// <summary>How large a body the server reads at all.</summary>
internal sealed record BodySizeLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;

/// <summary>What an address says of itself to the middleware around it, and to those who describe the application's API.</summary>
internal static class NotificationEndpointMetadata
{
    // A server counts the framing of a chunked body as well; the endpoint itself stops one byte after the limit.
    private const int Framing = 65_536;

    public static IEndpointConventionBuilder WithNotificationMetadata(this IEndpointConventionBuilder builder, string displayName, int bodyLimit, RequestDelegate handler, WeChatPayNotificationOptions options)
    {
        // The signature is the authentication: an application's login must not stand before it, nor its own token against forgery.
        builder
            .WithMetadata(new AllowAnonymousAttribute(), new BodySizeLimit(bodyLimit + Framing))
            .DisableAntiforgery()
            .WithDisplayName(displayName);
        return options.IsDescribed ? builder.Describe(handler) : builder.ExcludeFromDescription();
    }

    /// <summary>No content type is asked for, since whatever comes is read: that would be answered 415.</summary>
    private static IEndpointConventionBuilder Describe(this IEndpointConventionBuilder builder, RequestDelegate handler) =>
        builder
            .WithMetadata(
                handler.Method,
                new ProducesResponseTypeMetadata(StatusCodes.Status204NoContent, typeof(void)),
                Refusal(StatusCodes.Status401Unauthorized),
                Refusal(StatusCodes.Status413PayloadTooLarge),
                Refusal(StatusCodes.Status429TooManyRequests),
                Refusal(StatusCodes.Status500InternalServerError))
            .WithSummary("Receives notifications of WeChat Pay")
            .WithTags("WeChat Pay");

    private static ProducesResponseTypeMetadata Refusal(int status) => new(status, typeof(NotificationAnswer), ["application/json"]);
}
