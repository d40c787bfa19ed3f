using WeChatPay.Functional;

namespace WeChatPay.Tool;

/// <summary>A word in both languages.</summary>
internal readonly record struct Term(string English, string Chinese)
{
    public override string ToString() => BillCommand.Words(English, Chinese);
}

/// <summary>What outcomes, kinds and states are called, for people; programs go by the codes.</summary>
internal static class Terms
{
    private static readonly (string Code, Term Term)[] s_findings =
    [
        ("matched", new("Matched", "一致")),
        ("amount_differs", new("Amount differs", "金额不一致")),
        ("refunded_differently", new("Refunded differently", "退款不一致")),
        ("status_differs", new("Status differs", "状态不一致")),
        ("fee_differs", new("Fee differs", "手续费不一致")),
        ("missing_here", new("Missing in the ledger", "账簿缺少")),
        ("missing_there", new("Missing in the bill", "账单缺少")),
        ("over_midnight", new("Near midnight: see the other day", "临近零点：请查相邻日账单")),
        ("doubled", new("Doubled", "重复")),
    ];

    public static string CodeOf(ReconciliationFinding finding) => s_findings[(int)finding].Code;

    public static Term Of(ReconciliationFinding finding) => s_findings[(int)finding].Term;

    public static Term Of(MoneyEntryKind kind) => kind switch
    {
        MoneyEntryKind.Payment => new("Payment", "支付"),
        MoneyEntryKind.Reversal => new("Reversal", "撤销"),
        _ => new("Refund", "退款"),
    };

    public static string CodeOf(MoneyEntryKind kind) => kind switch
    {
        MoneyEntryKind.Payment => "payment",
        MoneyEntryKind.Reversal => "reversal",
        _ => "refund",
    };

    public static Term Of(MoneyEntryStatus status) => status switch
    {
        MoneyEntryStatus.Done => new("done", "完成"),
        MoneyEntryStatus.UnderWay => new("under way", "处理中"),
        MoneyEntryStatus.Failed => new("failed", "失败"),
        _ => new("other", "其他"),
    };

    public static string CodeOf(MoneyEntryStatus status) => status switch
    {
        MoneyEntryStatus.Done => "done",
        MoneyEntryStatus.UnderWay => "under_way",
        MoneyEntryStatus.Failed => "failed",
        _ => "other",
    };
}
