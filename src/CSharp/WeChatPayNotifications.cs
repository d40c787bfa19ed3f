using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Receives notifications for one merchant: headers and bytes in, an event or a failure out; nothing that a sender can choose throws.</summary>
public class WeChatPayNotifications
{
    private volatile ReceivingKeys? _keys;
    private readonly TimeProvider _clock;
    private readonly MismatchExplainer? _explainer;

    internal WeChatPayNotifications(ReceivingKeys keys, TimeProvider clock, bool explainsMismatches)
    {
        _keys = keys;
        _clock = clock;
        _explainer = explainsMismatches ? new MismatchExplainer(() => Receiving.Policy.Verification, clock) : null;
    }

    /// <summary>For replacing the receiver in a user's own tests.</summary>
    protected WeChatPayNotifications() => _clock = TimeProvider.System;

    private ReceivingKeys Receiving => _keys ?? throw WeChatPayClient.MadeForTests();

    /// <summary>Makes one from options that hold the platform's keys; all that is missing or wrong is named at once. Whoever has certificates downloaded has a client, and its <see cref="MerchantClient.Notifications"/>.</summary>
    /// <exception cref="WeChatPayConfigurationException">A key is missing or wrong.</exception>
    public static WeChatPayNotifications Create(WeChatPayOptions options, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new WeChatPayNotifications(new MerchantSetup(options).ReadReceiving(), clock ?? TimeProvider.System, options.ExplainMismatches);
    }

    /// <summary>How many bytes a body may have, inclusive.</summary>
    public virtual int BodyLimit => _keys?.BodyLimit ?? DeliveryModule.NotificationLimit;

    /// <summary>Verifies, opens and reads a notification that came just now. Header names may be in any framework's spelling.</summary>
    public virtual NotificationResult Decode(IEnumerable<KeyValuePair<string, string>> headers, ReadOnlySpan<byte> body) =>
        DecodeReceivedAt(_clock.GetUtcNow(), headers, body);

    /// <summary>Verifies, opens and reads a notification that was stored when it came: freshness and the keys' validity are judged as of that time, which must be the receiver's own, not the sender's.</summary>
    public virtual NotificationResult DecodeReceivedAt(DateTimeOffset receivedAt, IEnumerable<KeyValuePair<string, string>> headers, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(headers);
        Receiving.Tick();
        var delivery = DeliveryModule.createWithin(BodyLimit, headers, body);
        var result = Core.decode(Receiving.Policy, receivedAt, delivery);
        return result.IsOk ? new NotificationResult(result.ResultValue) : new NotificationResult(Fail(result.ErrorValue, delivery));
    }

    /// <summary>Reads the raw body, then verifies, opens and reads a notification that came just now. At most one byte more than the limit is read; a stream that can seek is read from its beginning; none is closed.</summary>
    public virtual async Task<NotificationResult> DecodeAsync(IEnumerable<KeyValuePair<string, string>> headers, Stream body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(headers);
        ArgumentNullException.ThrowIfNull(body);
        var bytes = await BodyBytes.ReadAsync(body, BodyLimit, announcedLength: null, cancellationToken).ConfigureAwait(false);
        return Decode(headers, bytes.Span);
    }

    /// <summary>Verifies only: for those who store the bytes first and decode later. What is proven is the sender; the resource is still sealed.</summary>
    public virtual VerificationResult Verify(IEnumerable<KeyValuePair<string, string>> headers, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(headers);
        Receiving.Tick();
        var delivery = DeliveryModule.createWithin(BodyLimit, headers, body);
        var result = Core.verify(Receiving.Policy.Verification, _clock.GetUtcNow(), delivery);
        return result.IsOk ? new VerificationResult(result.ResultValue) : new VerificationResult(Fail(result.ErrorValue, delivery));
    }

    /// <summary>Reads the raw body as <see cref="DecodeAsync"/> does, then verifies only.</summary>
    public virtual async Task<VerificationResult> VerifyAsync(IEnumerable<KeyValuePair<string, string>> headers, Stream body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(headers);
        ArgumentNullException.ThrowIfNull(body);
        var bytes = await BodyBytes.ReadAsync(body, BodyLimit, announcedLength: null, cancellationToken).ConfigureAwait(false);
        return Verify(headers, bytes.Span);
    }

    /// <summary>Opens and reads what <see cref="Verify"/> has proven.</summary>
    public virtual NotificationResult Read(Verified verified)
    {
        ArgumentNullException.ThrowIfNull(verified);
        var result = Core.read(Receiving.Policy, verified);
        if (result.IsOk)
        {
            return new NotificationResult(result.ResultValue);
        }

        VerifyFailures.notification(VerifyErrorModule.code(result.ErrorValue));
        return new NotificationResult(VerificationFailure.Of(result.ErrorValue, isBodyEmpty: false));
    }

    /// <summary>The platform keys that this merchant trusts, for recognising its callbacks where they arrive at another's address.</summary>
    internal Keyring? Keys => _keys?.Ring;

    /// <summary>Takes other keys from now on.</summary>
    internal void Replace(ReceivingKeys keys) => _keys = keys;

    /// <summary>The platform keys as they are renewed; null in a user's own tests.</summary>
    internal ReceivingKeys? ReceivedBy => _keys;

    /// <summary>Tells the explainer, where there is one, of the application's other merchants.</summary>
    internal void KnowOthers(Func<IEnumerable<OtherMerchant>> others)
    {
        if (_explainer is not null)
        {
            _explainer.Others = others;
        }
    }

    private VerificationFailure Fail(VerifyError error, Delivery delivery)
    {
        Receiving.Notice(error);
        VerifyFailures.notification(VerifyErrorModule.code(error));
        return VerificationFailure.Of(error, delivery.BodyLength == 0, _explainer?.Explain(error, delivery));
    }
}
