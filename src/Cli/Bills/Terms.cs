using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary>A word in both languages.</summary>
internal readonly record struct Term(string English, string Chinese)
{
    public override string ToString() => Inputs.Words(English, Chinese);
}

/// <summary>What outcomes, kinds and states are called, for people; programs go by the codes.</summary>
internal static class Terms
{
    private static readonly Term[] s_findings =
    [
        new("Matched", "一致"),
        new("Amount differs", "金额不一致"),
        new("Refunded differently", "退款不一致"),
        new("Status differs", "状态不一致"),
        new("Fee differs", "手续费不一致"),
        new("Missing in the ledger", "账簿缺少"),
        new("Missing in the bill", "账单缺少"),
        new("Near midnight: see the other day", "临近零点：请查相邻日账单"),
        new("Doubled", "重复"),
    ];

    public static Term Of(ReconciliationFinding finding) => s_findings[(int)finding];

    public static Term Of(MoneyEntryKind kind) => kind switch
    {
        MoneyEntryKind.Payment => new("Payment", "支付"),
        MoneyEntryKind.Reversal => new("Reversal", "撤销"),
        _ => new("Refund", "退款"),
    };

    public static Term Of(MoneyEntryStatus status) => status switch
    {
        MoneyEntryStatus.Done => new("done", "完成"),
        MoneyEntryStatus.UnderWay => new("under way", "处理中"),
        MoneyEntryStatus.Failed => new("failed", "失败"),
        _ => new("other", "其他"),
    };
}
