using System.Diagnostics.CodeAnalysis;
using WeChatPay.Functional;
using WeChatPay.Wire;

namespace WeChatPay.Api;

/// <summary>Checked orders as operations, for every way to pay.</summary>
public static class CheckoutOperations
{
    /// <summary>Places an order that breaks no rule.</summary>
    /// <param name="order">The order.</param>
    public static Operation<Prepayment> Place(CheckedOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return order.Order switch
        {
            OrderToPlace.Direct { Order: var direct } => DirectCheckout.Place(direct),
            OrderToPlace.Partner { Order: var partner } => PartnerCheckout.Place(partner),
            OrderToPlace.Combined { Order: var combined } => CombinedCheckout.Place(combined).For(MerchantKinds.Direct),
            OrderToPlace.PartnerCombined { Order: var combined } => CombinedCheckout.Place(combined).For(MerchantKinds.Partner),
            _ => throw new ArgumentException("A kind of order that this version does not know.", nameof(order)),
        };
    }

    internal static Operation<Prepayment> Native(Operation<NativePrepayResponse> operation, IWireShape request) =>
        Answering(operation, request, NativePrepayResponse.TryRead, static answer => Prepayment.NewNative(answer.CodeUrl));

    internal static Operation<Prepayment> Invoked(Operation<PrepayResponse> operation, IWireShape request) =>
        Answering(operation, request, PrepayResponse.TryRead, static answer => Prepayment.NewInvoked(answer.PrepayId));

    internal static Operation<Prepayment> Invoked(Operation<CombinedAppPrepayResponse> operation, IWireShape request) =>
        Answering(operation, request, CombinedAppPrepayResponse.TryRead, static answer => Prepayment.NewInvoked(answer.PrepayId));

    internal static Operation<Prepayment> H5(Operation<H5PrepayResponse> operation, IWireShape request) =>
        Answering(operation, request, H5PrepayResponse.TryRead, static answer => Prepayment.NewH5(answer.H5Url));

    internal static ArgumentException UnknownWay(CheckoutOrder order) => new("There is no way to pay " + order.Way + ".", nameof(order));

    /// <summary>The same call with an answer that all ways to pay have in common.</summary>
    private static Operation<Prepayment> Answering<T>(Operation<T> operation, IWireShape request, WireDecoder<T> read, Func<T, Prepayment> convert)
        where T : class
    {
        bool Read(ReadOnlySpan<byte> json, [NotNullWhen(true)] out Prepayment? value, [NotNullWhen(false)] out DecodeError? error)
        {
            value = read(json, out var answer, out error) ? convert(answer) : null;
            return value is not null;
        }

        return Operation.Create<Prepayment>(operation.Method, operation.PathTemplate, Read)
            .WithBody(request)
            .RepeatableBy(operation.RepeatedBy)
            .SettledBy(() => operation.SettlingQuery)
            .For(operation.Kinds);
    }
}
