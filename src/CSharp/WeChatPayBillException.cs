using WeChatPay.Functional;

namespace WeChatPay;

/// <summary>A bill that came as the platform made it, and is not believed: its totals are not what its rows add up to, a row cannot be read, or its end is missing.</summary>
public sealed class WeChatPayBillException : WeChatPayException
{
    internal WeChatPayBillException(BillError error)
        : base(BillErrorModule.code(error), BillErrorModule.advice(error), BillErrorModule.message(error)) => Error = error;

    /// <summary>What was found, and where; never what stands in a cell.</summary>
    public BillError Error { get; }
}
