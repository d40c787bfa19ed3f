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
    private readonly Lazy<Reading> _reading;

    public FoundMerchant(string name, WeChatPayOptions options, Func<HttpClient> http, MerchantSurroundings surroundings)
    {
        (_name, _fingerprint, _options, _http, _surroundings) = (name, OptionsFingerprint.Of(options), options, http, surroundings);
        _reading = new(Read);
    }

    /// <summary>Whether all its keys are right.</summary>
    public bool IsReady => _reading.Value.Failure is null;

    private (string MerchantId, ReceivingKeys Keys) Receiving =>
        _reading.Value is { Failure: { } failure } ? throw new WeChatPayConfigurationException(failure.Problems) : _reading.Value.Receiving;

    /// <summary>Whether nothing has been set otherwise since: its keys have learned what the other's, which nobody has read yet, have not.</summary>
    public bool IsSameAs(FoundMerchant other) => _fingerprint == other._fingerprint && IsReady;

    /// <summary>What its notifications are received by now.</summary>
    public Recipient RecipientOrThrow() => new(_name, Receiving.MerchantId, Receiving.Keys.Policy);

    /// <summary>Lets what is due be asked, and a key that is not known.</summary>
    public void Notice(RecipientError? error)
    {
        var keys = Receiving.Keys;
        keys.Tick();
        if (error is RecipientError.Unread { Error: var unread })
        {
            keys.Notice(unread);
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
    private MerchantSurroundings Shared() => _options.DownloadPlatformCertificates ? _surroundings.With(Receiving.Keys.Platform) : _surroundings;

    /// <summary>Parses keys: at the first use, so that settings that have not changed cost nothing when they are looked up again.</summary>
    private Reading Read()
    {
        try
        {
            return new(new MerchantSetup(_options).ReadRecipient(_http, _surroundings), Failure: null);
        }
        catch (WeChatPayConfigurationException failure)
        {
            return new(default, failure);
        }
    }

    /// <summary>What notifications are received by, or why that cannot be.</summary>
    private sealed record Reading((string MerchantId, ReceivingKeys Keys) Receiving, WeChatPayConfigurationException? Failure);
}
