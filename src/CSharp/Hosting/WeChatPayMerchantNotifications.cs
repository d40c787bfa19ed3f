using Microsoft.FSharp.Collections;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>Receives notifications for merchants that are looked up (<see cref="IWeChatPayMerchants"/>): headers and bytes in; an event and whose it is, or a failure, out. No merchant is ever taken for another.</summary>
public class WeChatPayMerchantNotifications
{
    private static readonly Advice s_overBudget = new(
        english: "Names or serials that nobody knows are asked for faster than WeChatPayMerchantsOptions.LookupsPerSecond: a flood, or many merchants after a restart. WeChat Pay sends it again.",
        chinese: "对未知名称或序列号的查询超过 WeChatPayMerchantsOptions.LookupsPerSecond：可能是请求洪泛，或重启后大量商户同时到来。微信支付会重新通知。");

    private readonly MerchantRegister? _register;

    internal WeChatPayMerchantNotifications(MerchantRegister register) => _register = register;

    /// <summary>For replacing the receiver in a user's own tests.</summary>
    protected WeChatPayMerchantNotifications()
    {
    }

    private MerchantRegister Register => _register ?? throw WeChatPayClient.MadeForTests();

    /// <summary>Makes one without dependency injection; it is to live as long as the application, since it keeps what was looked up.</summary>
    /// <param name="merchants">The application's merchants.</param>
    /// <param name="options">How long they are kept.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="http">What certificates are downloaded by, for merchants who have them downloaded; one of its own unless given.</param>
    public static WeChatPayMerchantNotifications Create(IWeChatPayMerchants merchants, WeChatPayMerchantsOptions? options = null, TimeProvider? clock = null, HttpClient? http = null)
    {
        ArgumentNullException.ThrowIfNull(merchants);
        return new WeChatPayMerchantNotifications(WeChatPayMerchantClients.RegisterOf(merchants, options, clock, http));
    }

    /// <summary>Verifies, opens and reads a notification that came just now to the address of one merchant.</summary>
    /// <param name="merchant">The name in the address.</param>
    /// <param name="headers">All headers, in any framework's spelling.</param>
    /// <param name="body">The exact bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="WeChatPayConfigurationException">The merchant's own keys are missing or wrong.</exception>
    public virtual async Task<NotificationResult> DecodeAsync(string merchant, IEnumerable<KeyValuePair<string, string>> headers, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(merchant);
        ArgumentNullException.ThrowIfNull(headers);
        var delivery = DeliveryModule.create(headers, body.Span);
        if (!RecipientModule.isName(merchant))
        {
            return Refused(RecipientError.NewUnknownMerchant("…"), delivery);
        }

        // What has not even the form of a notification is nobody's, and no reason to ask for anybody.
        var serial = RecipientModule.serialOf(delivery);
        if (serial.IsError)
        {
            return Refused(RecipientError.NewUnread(serial.ErrorValue), delivery);
        }

        var (found, isOverBudget) = await Register.Merchants.FindAsync(merchant, isTrusted: false, cancellationToken).ConfigureAwait(false);
        return isOverBudget ? Overloaded()
            : found is null ? Refused(RecipientError.NewUnknownMerchant(merchant), delivery)
            : Decode([found], delivery);
    }

    /// <summary>Verifies, opens and reads a notification that came just now to the one address of all merchants: whose it is, the platform key of its serial and the APIv3 key that opens it decide. At most 16 merchants are tried.</summary>
    /// <param name="headers">All headers, in any framework's spelling.</param>
    /// <param name="body">The exact bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="WeChatPayConfigurationException">The keys of a merchant whose it may be are missing or wrong.</exception>
    public virtual async Task<NotificationResult> DecodeForAnyAsync(IEnumerable<KeyValuePair<string, string>> headers, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var delivery = DeliveryModule.create(headers, body.Span);
        var serial = RecipientModule.serialOf(delivery);
        if (serial.IsError)
        {
            return Refused(RecipientError.NewUnread(serial.ErrorValue), delivery);
        }

        var (names, isOverBudget) = await Register.Serials.FindAsync(serial.ResultValue, isTrusted: false, cancellationToken).ConfigureAwait(false);
        return isOverBudget ? Overloaded() : Decode(await FindAllAsync(names ?? [], cancellationToken).ConfigureAwait(false), delivery);
    }

    /// <summary>The merchants of these names; one more than are tried, where there are so many, for the core to see it.</summary>
    private async Task<List<FoundMerchant>> FindAllAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var merchants = new List<FoundMerchant>();
        foreach (var name in names.Distinct(StringComparer.Ordinal).Take(RecipientModule.MostTries + 1))
        {
            var (found, _) = await Register.Merchants.FindAsync(name, isTrusted: true, cancellationToken).ConfigureAwait(false);
            if (found is not null)
            {
                merchants.Add(found);
            }
        }

        return merchants;
    }

    private NotificationResult Decode(List<FoundMerchant> merchants, Delivery delivery)
    {
        var recipients = ListModule.OfSeq(merchants.Select(static merchant => merchant.RecipientOrThrow()));
        var result = RecipientModule.decode(recipients, Register.Clock.GetUtcNow(), delivery);
        foreach (var merchant in merchants)
        {
            merchant.Notice(result.IsError ? result.ErrorValue : null);
        }

        return result.IsOk ? new NotificationResult(result.ResultValue) : Refused(result.ErrorValue, delivery);
    }

    private static NotificationResult Refused(RecipientError error, Delivery delivery)
    {
        VerifyFailures.notification(RecipientErrorModule.code(error));
        return new(VerificationFailure.Of(error, delivery.BodyLength == 0));
    }

    private static NotificationResult Overloaded() =>
        new(VerificationFailure.Overloaded("Too many merchants that nobody knows are asked for.", s_overBudget));
}
