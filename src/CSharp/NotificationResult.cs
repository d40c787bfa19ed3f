using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>Why a notification was refused: what logs say, what HTTP answers, and what to do about it.</summary>
public sealed class VerificationFailure
{
    private static readonly Advice s_emptyBody = new(
        english: "A notification is never empty: something read the body before the library could (a framework's model binding, a logger, a stream that was not rewound), or the sender is not WeChat Pay. Hand the raw bytes of the request to the library.",
        chinese: "通知的请求体不会为空：要么在本库之前已有代码读取了请求体（框架的模型绑定、日志中间件、未复位的流），要么发送方不是微信支付。请把请求的原始字节直接交给本库。");

    private VerificationFailure(VerifyError error, string message, Advice advice, MismatchDiagnosis? diagnosis)
    {
        Diagnosis = diagnosis;
        Code = VerifyErrorModule.code(error);
        Message = message;
        Remedy = VerifyErrorModule.remedy(error);
        Advice = advice;
        StatusCode = VerifyErrorModule.statusCode(error);
        IsProbe = VerifyErrorModule.isProbe(error);
    }

    private VerificationFailure(string code, int statusCode, string message, Advice advice) =>
        (Code, StatusCode, Message, Advice) = (code, statusCode, message, advice);

    /// <summary>Why it is handed to none of several merchants.</summary>
    internal static VerificationFailure Of(RecipientError error, bool isBodyEmpty) =>
        error is RecipientError.Unread { Error: var unread }
            ? Of(unread, isBodyEmpty)
            : new(RecipientErrorModule.code(error), RecipientErrorModule.statusCode(error), RecipientErrorModule.message(error), RecipientErrorModule.advice(error))
            {
                Remedy = RecipientErrorModule.remedy(error),
            };

    /// <summary>Nothing was judged: too much is asked at once.</summary>
    internal static VerificationFailure Overloaded(string message, Advice advice) =>
        new("overloaded", 429, message, advice) { Remedy = Remedy.RetryLater };

    /// <summary>Of an empty body whose headers are all right the likely cause is another one.</summary>
    internal static VerificationFailure Of(VerifyError error, bool isBodyEmpty, MismatchDiagnosis? diagnosis = null) =>
        error.IsSignatureMismatch && isBodyEmpty
            ? new(error, "The signature does not cover the body, which is empty.", s_emptyBody, diagnosis)
            : new(error, VerifyErrorModule.message(error), VerifyErrorModule.advice(error), diagnosis);

    /// <summary>The stable name, such as <c>signature_mismatch</c>.</summary>
    public string Code { get; }

    /// <summary>What was found, in one sentence; never a payload, a key or personal data.</summary>
    public string Message { get; }

    /// <summary>What the receiver does about it.</summary>
    public Remedy Remedy { get; private init; }

    /// <summary>The likely cause and what to do, in English and Chinese.</summary>
    public Advice Advice { get; }

    /// <summary>What was done to the callback on its way, where <see cref="WeChatPayOptions.ExplainMismatches"/> asks for it and the signature shows it.</summary>
    public MismatchDiagnosis? Diagnosis { get; }

    /// <summary>The HTTP status to answer with: 4xx until the sender is proven, 5xx after it.</summary>
    public int StatusCode { get; }

    /// <summary>Whether the platform only tested that forged signatures are refused.</summary>
    public bool IsProbe { get; }

    /// <summary>The body to answer with.</summary>
    public NotificationAnswer Answer => new(Code);

    /// <summary>The code.</summary>
    public override string ToString() => "VerificationFailure(" + Code + ")";
}

/// <summary>What a refused notification is answered with: <c>{"code":"FAIL","message":…}</c>.</summary>
public sealed class NotificationAnswer
{
    internal NotificationAnswer(string message) => Message = message;

    /// <summary>Always <c>FAIL</c>.</summary>
    [JsonPropertyName("code")]
    public string Code { get; } = "FAIL";

    /// <summary>The failure's code.</summary>
    [JsonPropertyName("message")]
    public string Message { get; }

    /// <summary>The answer as JSON, for those who write the bytes themselves.</summary>
    public byte[] ToUtf8Json() =>
        [.. """{"code":"FAIL","message":"""u8, (byte)'"', .. JsonEncodedText.Encode(Message).EncodedUtf8Bytes, (byte)'"', (byte)'}'];
}

/// <summary>A notification that was decoded, or the reason why it was refused.</summary>
public sealed class NotificationResult
{
    private readonly DecodedEvent? _decoded;
    private readonly VerificationFailure? _failure;

    internal NotificationResult(DecodedEvent decoded) => _decoded = decoded;

    internal NotificationResult(AddressedEvent addressed) => (_decoded, Merchant) = (addressed.Event, addressed.Merchant);

    internal NotificationResult(VerificationFailure failure) => _failure = failure;

    /// <summary>What the application calls the merchant, where several are looked up (<see cref="WeChatPayMerchantNotifications"/>); otherwise empty, and of a failure always.</summary>
    public string Merchant { get; } = string.Empty;

    /// <summary>True with the event, or false with the failure.</summary>
    public bool TryGet([NotNullWhen(true)] out DecodedEvent? decoded, [NotNullWhen(false)] out VerificationFailure? failure)
    {
        (decoded, failure) = (_decoded, _failure);
        return decoded is not null;
    }
}

/// <summary>Proof that the platform sent these bytes, or the reason why it is missing.</summary>
public sealed class VerificationResult
{
    private readonly Verified? _verified;
    private readonly VerificationFailure? _failure;

    internal VerificationResult(Verified verified) => _verified = verified;

    internal VerificationResult(VerificationFailure failure) => _failure = failure;

    /// <summary>True with the proof, or false with the failure.</summary>
    public bool TryGet([NotNullWhen(true)] out Verified? verified, [NotNullWhen(false)] out VerificationFailure? failure)
    {
        (verified, failure) = (_verified, _failure);
        return verified is not null;
    }
}
