namespace WeChatPay;

/// <summary>What the clients that place orders have in common: signing what the payer's page or app opens the payment with.</summary>
public abstract class InvocationsClient
{
    private protected InvocationsClient()
    {
    }

    private protected abstract MerchantClient Signer { get; }

    /// <summary>Signs what a page inside WeChat or a mini program opens the payment with; nothing is sent. <paramref name="appid"/> is the one that the order was placed with.</summary>
    /// <exception cref="WeChatPayValidationException">The appid or the prepay id cannot be right.</exception>
    public virtual Task<JsapiInvocation> InvokeJsapiAsync(string appid, string prepayId, CancellationToken cancellationToken = default) =>
        Signer.InvokeJsapiAsync(appid, prepayId, cancellationToken);

    /// <summary>Signs what an app opens the payment with; nothing is sent. <paramref name="appid"/> is the one that the order was placed with.</summary>
    /// <exception cref="WeChatPayValidationException">The appid or the prepay id cannot be right.</exception>
    public virtual Task<AppInvocation> InvokeAppAsync(string appid, string prepayId, CancellationToken cancellationToken = default) =>
        Signer.InvokeAppAsync(appid, prepayId, cancellationToken);
}

/// <content>Invocations of a direct merchant's orders.</content>
public partial class PaymentsClient : InvocationsClient
{
    private protected override MerchantClient Signer => Client;
}

/// <content>Invocations of a sub-merchant's orders.</content>
public partial class PartnerPaymentsClient : InvocationsClient
{
    private protected override MerchantClient Signer => Client;
}

/// <content>Invocations of a direct merchant's combined orders.</content>
public partial class CombinedPaymentsClient : InvocationsClient
{
    private protected override MerchantClient Signer => Client;
}

/// <content>Invocations of a service provider's combined orders.</content>
public partial class PartnerCombinedPaymentsClient : InvocationsClient
{
    private protected override MerchantClient Signer => Client;
}
