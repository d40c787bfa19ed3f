using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>What the platform says when it refuses a call: <c>{"code","message","detail"?}</c>. Information, never money.</summary>
public sealed class ErrorBody
{
    /// <summary>The reason as a code, such as <c>PARAM_ERROR</c>; null when the body did not come from the platform.</summary>
    public string? Code { get; init; }

    /// <summary>The reason in words.</summary>
    public string? Message { get; init; }

    /// <summary>More facts, raw: the field, the place, the issue; for <c>SIGN_ERROR</c> what the platform saw.</summary>
    public JsonElement? Detail { get; init; }

    /// <summary>Reads an error's body; what is not the platform's gives a body without code.</summary>
    public static ErrorBody Read(ReadOnlySpan<byte> json) =>
        WireReader.TryRead(json, Read, out ErrorBody? value, out _) ? value : new ErrorBody();

    /// <summary>The type and the code.</summary>
    public override string ToString() => "ErrorBody(code = " + Code + ")";

    private static ErrorBody Read(ref WireReader reader)
    {
        string? code = null;
        string? message = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("code"u8)) { code = reader.String(ref extra); }
            else if (reader.Is("message"u8)) { message = reader.String(ref extra); }
            else { reader.Keep(ref extra); }
        }

        return new()
        {
            Code = code,
            Message = message,
            Detail = extra.Fields.TryGetValue("detail", out var detail) ? detail : null,
        };
    }
}
