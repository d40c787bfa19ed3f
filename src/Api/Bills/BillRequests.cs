using WeChatPay.Api.Ecommerce;
using WeChatPay.Functional;

namespace WeChatPay.Api;

/// <summary>Every kind of bill as a request: packed by gzip, sealed by AES where it comes sealed, with the hash that its file must have. Days are the platform's, +08:00.</summary>
public static class BillRequests
{
    private const string Gzip = "GZIP";

    /// <summary>Payments and refunds of a day.</summary>
    /// <param name="day">The day.</param>
    /// <param name="billType">Which of them; all of them unless it is said.</param>
    public static BillRequest<BillFile> Trade(DateOnly day, BillType? billType = null) =>
        OfFile(day, Bills.GetTradeBill(day, billType, Gzip), IsSpecial(billType));

    /// <summary>Payments and refunds of a day, of all sub-merchants or of one.</summary>
    /// <param name="day">The day.</param>
    /// <param name="subMchid">The sub-merchant; all of them unless it is said.</param>
    /// <param name="billType">Which payments and refunds; all of them unless it is said.</param>
    public static BillRequest<BillFile> PartnerTrade(DateOnly day, string? subMchid = null, BillType? billType = null) =>
        OfFile(day, PartnerBills.GetTradeBill(day, subMchid, billType, Gzip), IsSpecial(billType));

    /// <summary>Movements of money in an account of the merchant.</summary>
    /// <param name="day">The day.</param>
    /// <param name="accountType">Which account; <c>BASIC</c> unless it is said.</param>
    public static BillRequest<BillFile> FundFlow(DateOnly day, FundFlowBillAccountType? accountType = null) =>
        OfFile(day, Bills.GetFundFlowBill(day, accountType, Gzip));

    /// <summary>Movements of money in an account of the service provider, or of a sub-merchant.</summary>
    /// <param name="day">The day.</param>
    /// <param name="subMchid">The sub-merchant; the provider itself unless it is said.</param>
    /// <param name="accountType">Which account; <c>BASIC</c> unless it is said.</param>
    public static BillRequest<BillFile> PartnerFundFlow(DateOnly day, string? subMchid = null, FundFlowBillAccountType? accountType = null) =>
        OfFile(day, PartnerBills.GetFundFlowBill(day, subMchid, accountType, Gzip));

    /// <summary>Movements of money in an account of one sub-merchant, in sealed files.</summary>
    /// <param name="day">The day.</param>
    /// <param name="subMchid">The sub-merchant.</param>
    /// <param name="accountType">Which account.</param>
    public static BillRequest<EncryptedBill> SubMerchantFundFlow(DateOnly day, string subMchid, FundFlowBillAccountType accountType) =>
        OfSealedFiles(day, Bills.GetSubMerchantFundFlowBill(subMchid, day, BillAlgorithm.AeadAes256Gcm, accountType, Gzip));

    /// <summary>Movements of money in the accounts of all sub-merchants of an e-commerce platform, in sealed files.</summary>
    /// <param name="day">The day.</param>
    /// <param name="accountType">Which accounts.</param>
    public static BillRequest<EncryptedBill> EcommerceFundFlow(DateOnly day, EcommerceBillAccountType accountType) =>
        OfSealedFiles(day, EcommerceBills.GetFundFlowBill(day, accountType, BillAlgorithm.AeadAes256Gcm, Gzip));

    /// <summary>Money that a merchant shared.</summary>
    /// <param name="day">The day.</param>
    public static BillRequest<BillFile> ProfitSharing(DateOnly day) =>
        OfFile(day, Api.ProfitSharing.ProfitSharing.GetBill(day, Gzip), isUndescribed: true);

    /// <summary>Money that sub-merchants shared, or one of them.</summary>
    /// <param name="day">The day.</param>
    /// <param name="subMchid">The sub-merchant; all of them unless it is said.</param>
    public static BillRequest<BillFile> PartnerProfitSharing(DateOnly day, string? subMchid = null) =>
        OfFile(day, Api.ProfitSharing.PartnerProfitSharing.GetBill(day, subMchid, Gzip), isUndescribed: true);

    /// <summary>PayScore orders of a service, in sealed files.</summary>
    /// <param name="day">The day.</param>
    /// <param name="serviceId">The service.</param>
    public static BillRequest<EncryptedBill> PayScore(DateOnly day, string serviceId) =>
        OfSealedFiles(day, Api.PayScore.PayScoreBills.GetMerchantBill(day, BillAlgorithm.AeadAes256Gcm.Value, serviceId, Gzip));

    /// <summary>Withdrawals that did not succeed.</summary>
    /// <param name="day">The day.</param>
    /// <param name="billType">Which file, such as <c>NO_SUCC</c>.</param>
    public static BillRequest<BillFile> Withdrawals(DateOnly day, string billType) =>
        OfFile(day, Api.Funds.MerchantFund.GetWithdrawalBill(billType, day, Gzip), isUndescribed: true);

    /// <summary>Money that was sent abroad.</summary>
    /// <param name="day">The day.</param>
    /// <param name="subMchid">The sub-merchant; all of them unless it is said.</param>
    public static BillRequest<BillFile> FundsToOversea(DateOnly day, string? subMchid = null) =>
        OfFile(day, Ecommerce.FundsToOversea.GetBillDownloadUrl(day, subMchid), isUndescribed: true);

    /// <summary>The trade bills whose columns no source gives.</summary>
    private static bool IsSpecial(BillType? billType) => billType is { Known: BillType.Kind.RechargeRefund or BillType.Kind.AllSpecial or BillType.Kind.SucSpecial or BillType.Kind.RefSpecial or BillType.Kind.Other };

    private static BillRequest<BillFile> OfFile(DateOnly day, Operation<BillFile> operation, bool isUndescribed = false) =>
        new(day, operation, static file => [new BillLink(file.DownloadUrl, file.HashType, file.HashValue)]) { IsUndescribed = isUndescribed };

    private static BillRequest<EncryptedBill> OfSealedFiles(DateOnly day, Operation<EncryptedBill> operation) =>
        new(day, operation, static bill =>
        [
            .. (bill.DownloadBillList ?? []).Select(static file =>
                new BillLink(file.BillSequence, file.DownloadUrl, file.HashType, file.HashValue, file.EncryptKey ?? new(string.Empty), file.Nonce)),
        ])
        {
            Count = static bill => bill.DownloadBillCount,
            IsUndescribed = true,
        };
}
