using System.Collections.Concurrent;
using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>A merchant that was found: what notifications are received by and calls are made with, or why that cannot be.</summary>
internal sealed class FoundMerchant
{
    private readonly string _name;
    private readonly string _fingerprint;
    private readonly WeChatPayOptions _options;
    private readonly Func<HttpClient> _http;
    private readonly MerchantSurroundings _surroundings;
    private readonly ConcurrentDictionary<Type, MerchantClient> _clients = new();
    private readonly WeChatPayConfigurationException? _failure;
    private readonly (string MerchantId, ReceivingKeys Keys) _receiving;

    public FoundMerchant(string name, WeChatPayOptions options, Func<HttpClient> http, MerchantSurroundings surroundings)
    {
        (_name, _fingerprint, _options, _http, _surroundings) = (name, OptionsFingerprint.Of(options), options, http, surroundings);
        try
        {
            _receiving = new MerchantSetup(options).ReadRecipient(http, surroundings);
        }
        catch (WeChatPayConfigurationException failure)
        {
            _failure = failure;
        }
    }

    /// <summary>Whether all its keys are right.</summary>
    public bool IsReady => _failure is null;

    private ReceivingKeys Keys => _failure is null ? _receiving.Keys : throw new WeChatPayConfigurationException(_failure.Problems);

    /// <summary>Whether nothing has been set otherwise since: its keys have learned what the other's have not.</summary>
    public bool IsSameAs(FoundMerchant other) => IsReady && other.IsReady && _fingerprint == other._fingerprint;

    /// <summary>What its notifications are received by now.</summary>
    public Recipient RecipientOrThrow() => new(_name, _receiving.MerchantId, Keys.Policy);

    /// <summary>Lets what is due be asked, and a key that is not known.</summary>
    public void Notice(RecipientError? error)
    {
        Keys.Tick();
        if (error is RecipientError.Unread { Error: var unread })
        {
            Keys.Notice(unread);
        }
    }

    /// <summary>Its client of a kind, made at the first call.</summary>
    public TClient ClientOrThrow<TClient>(Func<HttpClient, WeChatPayOptions, MerchantSurroundings, TClient> create)
        where TClient : MerchantClient =>
        (TClient)_clients.GetOrAdd(
            typeof(TClient),
            static (_, made) => made.create(made.merchant._http(), made.merchant._options, made.merchant.Shared()),
            (create, merchant: this));

    /// <summary>No key is printed.</summary>
    public override string ToString() => "FoundMerchant(" + _name + ")";

    /// <summary>Certificates that are downloaded are renewed once for all.</summary>
    private MerchantSurroundings Shared() => _options.DownloadPlatformCertificates ? _surroundings.With(Keys.Platform) : _surroundings;
}
