using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>Places a service provider's orders for every way to pay.</summary>
public class PartnerCheckoutClient
{
    private readonly MerchantClient? _client;

    internal PartnerCheckoutClient(MerchantClient client) => _client = client;

    /// <summary>For replacing the client in a user's own tests.</summary>
    protected PartnerCheckoutClient()
    {
    }

    private MerchantClient Client => _client ?? throw MerchantClient.MadeForTests();

    /// <summary>Places a sub-merchant's order; the answer has what the page, the mini program or the app opens it with.</summary>
    /// <exception cref="WeChatPayValidationException">The order breaks rules, all of which are named; it was not sent.</exception>
    /// <exception cref="WeChatPayApiException">The platform refused.</exception>
    /// <exception cref="WeChatPayUntrustedAnswerException">The answer must not be used.</exception>
    /// <exception cref="HttpRequestException">No answer came.</exception>
    public virtual Task<PlacedOrder> PlaceAsync(PartnerOrder order, CancellationToken cancellationToken = default) =>
        Client.PlaceAsync(order, OrderToPlace.NewPartner, cancellationToken);

    /// <summary>Places one to fifty orders that are paid at once.</summary>
    /// <exception cref="WeChatPayValidationException">The order breaks rules, all of which are named; it was not sent.</exception>
    /// <exception cref="WeChatPayApiException">The platform refused.</exception>
    /// <exception cref="WeChatPayUntrustedAnswerException">The answer must not be used.</exception>
    /// <exception cref="HttpRequestException">No answer came.</exception>
    public virtual Task<PlacedOrder> PlaceAsync(CombinedOrder order, CancellationToken cancellationToken = default) =>
        Client.PlaceAsync(order, OrderToPlace.NewPartnerCombined, cancellationToken);
}

/// <content>Orders, judged before they are sent.</content>
public partial class WeChatPayPartnerClient
{
    /// <summary>Places orders of every kind: judged before they are sent, and signed for the side that pays.</summary>
    public virtual PartnerCheckoutClient Checkout => field ??= new PartnerCheckoutClient(this);
}
