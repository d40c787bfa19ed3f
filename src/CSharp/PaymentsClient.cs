namespace WeChatPay;

/// <content>What a payer's page or app opens the payment with.</content>
public partial class PaymentsClient
{
    /// <summary>Signs what a page inside WeChat or a mini program opens the payment with; nothing is sent. <paramref name="appid"/> is the one that the order was placed with.</summary>
    /// <exception cref="WeChatPayValidationException">The appid or the prepay id cannot be right.</exception>
    public virtual Task<JsapiInvocation> InvokeJsapiAsync(string appid, string prepayId, CancellationToken cancellationToken = default) =>
        Client.InvokeJsapiAsync(appid, prepayId, cancellationToken);

    /// <summary>Signs what an app opens the payment with; nothing is sent. <paramref name="appid"/> is the one that the order was placed with.</summary>
    /// <exception cref="WeChatPayValidationException">The appid or the prepay id cannot be right.</exception>
    public virtual Task<AppInvocation> InvokeAppAsync(string appid, string prepayId, CancellationToken cancellationToken = default) =>
        Client.InvokeAppAsync(appid, prepayId, cancellationToken);
}
