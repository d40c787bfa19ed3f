using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>Something read the request's body before the notification could be verified: a mistake in the application, not of the sender.</summary>
public sealed class WeChatPayBodyAlreadyReadException : InvalidOperationException
{
    private static readonly Advice s_advice = new(
        english: "The body of the request was read before the library could: WeChat Pay's signature covers the raw bytes, and they are gone. In a controller, take no [FromBody] or [FromForm] parameter: hand Request to the library. In a middleware, call context.Request.EnableBuffering() before the body is read and leave the stream open, or run it behind the notification endpoint.",
        chinese: "请求体在本库之前已被读取：微信支付的签名覆盖原始字节，而这些字节已经读不到了。控制器中不要使用 [FromBody] 或 [FromForm] 参数，请把 Request 交给本库；中间件中请在读取前调用 context.Request.EnableBuffering() 并保持流不关闭，或让它排在通知端点之后。");

    /// <summary>Makes one that says how to mend it.</summary>
    public WeChatPayBodyAlreadyReadException()
        : base(s_advice.English)
    {
    }

    internal WeChatPayBodyAlreadyReadException(Exception? cause)
        : base(s_advice.English, cause)
    {
    }

    /// <summary>Makes one from a message.</summary>
    public WeChatPayBodyAlreadyReadException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one from a message and a cause.</summary>
    public WeChatPayBodyAlreadyReadException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What happened and how to mend it, in English and Chinese.</summary>
    public Advice Advice { get; } = s_advice;
}
