using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>Clients for merchants that are looked up (<see cref="IWeChatPayMerchants"/>): made at the first call, kept while they are used, made anew when a setting or a key's file has changed.</summary>
public class WeChatPayMerchantClients
{
    private readonly MerchantRegister? _register;

    internal WeChatPayMerchantClients(MerchantRegister register) => _register = register;

    /// <summary>For replacing it in a user's own tests.</summary>
    protected WeChatPayMerchantClients()
    {
    }

    /// <summary>Makes one without dependency injection; it is to live as long as the application, since it keeps what was looked up.</summary>
    /// <param name="merchants">The application's merchants.</param>
    /// <param name="options">How long they are kept.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="http">What calls are made by; one of its own unless given.</param>
    public static WeChatPayMerchantClients Create(IWeChatPayMerchants merchants, WeChatPayMerchantsOptions? options = null, TimeProvider? clock = null, HttpClient? http = null)
    {
        ArgumentNullException.ThrowIfNull(merchants);
        return new WeChatPayMerchantClients(RegisterOf(merchants, options, clock, http));
    }

    /// <summary>The client of a direct merchant; null where there is no such merchant.</summary>
    /// <exception cref="WeChatPayConfigurationException">The merchant's settings are missing or wrong.</exception>
    public virtual Task<WeChatPayClient?> FindAsync(string merchant, CancellationToken cancellationToken = default) =>
        FindAsync(merchant, static (http, options, surroundings) => new WeChatPayClient(http, options, surroundings), cancellationToken);

    /// <summary>The client of a service provider; null where there is no such merchant.</summary>
    /// <exception cref="WeChatPayConfigurationException">The merchant's settings are missing or wrong.</exception>
    public virtual Task<WeChatPayPartnerClient?> FindPartnerAsync(string merchant, CancellationToken cancellationToken = default) =>
        FindAsync(merchant, static (http, options, surroundings) => new WeChatPayPartnerClient(http, options, surroundings), cancellationToken);

    /// <summary>The client of a brand; null where there is no such merchant.</summary>
    /// <exception cref="WeChatPayConfigurationException">The merchant's settings are missing or wrong.</exception>
    public virtual Task<WeChatPayBrandClient?> FindBrandAsync(string merchant, CancellationToken cancellationToken = default) =>
        FindAsync(merchant, static (http, options, surroundings) => new WeChatPayBrandClient(http, options, surroundings), cancellationToken);

    /// <summary>The client of an institution; null where there is no such merchant.</summary>
    /// <exception cref="WeChatPayConfigurationException">The merchant's settings are missing or wrong.</exception>
    public virtual Task<WeChatPayInstitutionClient?> FindInstitutionAsync(string merchant, CancellationToken cancellationToken = default) =>
        FindAsync(merchant, static (http, options, surroundings) => new WeChatPayInstitutionClient(http, options, surroundings), cancellationToken);

    /// <summary>The client of a merchant outside the mainland; null where there is no such merchant.</summary>
    /// <exception cref="WeChatPayConfigurationException">The merchant's settings are missing or wrong.</exception>
    public virtual Task<WeChatPayGlobalClient?> FindGlobalAsync(string merchant, CancellationToken cancellationToken = default) =>
        FindAsync(merchant, static (http, options, surroundings) => new WeChatPayGlobalClient(http, options, surroundings), cancellationToken);

    internal static MerchantRegister RegisterOf(IWeChatPayMerchants merchants, WeChatPayMerchantsOptions? options, TimeProvider? clock, HttpClient? http)
    {
        var own = new Lazy<HttpClient>(() => http ?? new HttpClient(WeChatPayClient.CreateHandler()));
        var source = new OneMerchantsSource(merchants, () => own.Value, new MerchantSurroundings(clock, logger: null));
        return new MerchantRegister(source, options ?? new(), clock ?? TimeProvider.System);
    }

    private async Task<TClient?> FindAsync<TClient>(string merchant, Func<HttpClient, WeChatPayOptions, MerchantSurroundings, TClient> create, CancellationToken cancellationToken)
        where TClient : MerchantClient
    {
        ArgumentNullException.ThrowIfNull(merchant);
        if (!RecipientModule.isName(merchant))
        {
            return null;
        }

        // The application itself names the merchant: no budget against strangers.
        var (found, _) = await (_register ?? throw MerchantClient.MadeForTests()).Merchants.FindAsync(merchant, isTrusted: true, cancellationToken).ConfigureAwait(false);
        return found?.ClientOrThrow(create);
    }
}
