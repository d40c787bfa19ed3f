using WeChatPay.Api;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <content>Bills, downloaded or read as they come.</content>
public partial class BillsClient
{
    /// <summary>Downloads a bill into a file: payments and refunds of a day, as <see cref="MerchantClient.DownloadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="path">The file, unpacked.</param>
    /// <param name="billType">Which of them; all of them unless it is said.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<SavedBill>> DownloadTradeBillAsync(DateOnly day, string path, Api.BillType? billType = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.DownloadBillAsync(BillRequests.Trade(day, billType), path, progress, cancellationToken);

    /// <summary>Reads a bill as it comes: payments and refunds of a day, as <see cref="MerchantClient.ReadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="handler">Told each row, before hash and totals are known.</param>
    /// <param name="billType">Which of them; all of them unless it is said.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<BillSummary>> ReadTradeBillAsync(DateOnly day, BillRowHandler handler, Api.BillType? billType = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.ReadBillAsync(BillRequests.Trade(day, billType), handler, progress, cancellationToken);

    /// <summary>Downloads a bill into a file: movements of money in an account of the merchant on a day, as <see cref="MerchantClient.DownloadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="path">The file, unpacked.</param>
    /// <param name="accountType">Which account; <c>BASIC</c> unless it is said.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<SavedBill>> DownloadFundFlowBillAsync(DateOnly day, string path, Api.FundFlowBillAccountType? accountType = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.DownloadBillAsync(BillRequests.FundFlow(day, accountType), path, progress, cancellationToken);

    /// <summary>Reads a bill as it comes: movements of money in an account of the merchant on a day, as <see cref="MerchantClient.ReadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="handler">Told each row, before hash and totals are known.</param>
    /// <param name="accountType">Which account; <c>BASIC</c> unless it is said.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<BillSummary>> ReadFundFlowBillAsync(DateOnly day, BillRowHandler handler, Api.FundFlowBillAccountType? accountType = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.ReadBillAsync(BillRequests.FundFlow(day, accountType), handler, progress, cancellationToken);
}

/// <content>Bills, downloaded or read as they come.</content>
public partial class PartnerBillsClient
{
    /// <summary>Downloads a bill into a file: payments and refunds of a day, of all sub-merchants or of one, as <see cref="MerchantClient.DownloadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="path">The file, unpacked.</param>
    /// <param name="subMchid">The sub-merchant; all of them unless it is said.</param>
    /// <param name="billType">Which payments and refunds; all of them unless it is said.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<SavedBill>> DownloadTradeBillAsync(DateOnly day, string path, string? subMchid = null, Api.BillType? billType = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.DownloadBillAsync(BillRequests.PartnerTrade(day, subMchid, billType), path, progress, cancellationToken);

    /// <summary>Reads a bill as it comes: payments and refunds of a day, of all sub-merchants or of one, as <see cref="MerchantClient.ReadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="handler">Told each row, before hash and totals are known.</param>
    /// <param name="subMchid">The sub-merchant; all of them unless it is said.</param>
    /// <param name="billType">Which payments and refunds; all of them unless it is said.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<BillSummary>> ReadTradeBillAsync(DateOnly day, BillRowHandler handler, string? subMchid = null, Api.BillType? billType = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.ReadBillAsync(BillRequests.PartnerTrade(day, subMchid, billType), handler, progress, cancellationToken);

    /// <summary>Downloads a bill into a file: movements of money in an account of the service provider, or of a sub-merchant, on a day, as <see cref="MerchantClient.DownloadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="path">The file, unpacked.</param>
    /// <param name="subMchid">The sub-merchant; the provider itself unless it is said.</param>
    /// <param name="accountType">Which account; <c>BASIC</c> unless it is said.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<SavedBill>> DownloadFundFlowBillAsync(DateOnly day, string path, string? subMchid = null, Api.FundFlowBillAccountType? accountType = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.DownloadBillAsync(BillRequests.PartnerFundFlow(day, subMchid, accountType), path, progress, cancellationToken);

    /// <summary>Reads a bill as it comes: movements of money in an account of the service provider, or of a sub-merchant, on a day, as <see cref="MerchantClient.ReadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="handler">Told each row, before hash and totals are known.</param>
    /// <param name="subMchid">The sub-merchant; the provider itself unless it is said.</param>
    /// <param name="accountType">Which account; <c>BASIC</c> unless it is said.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<BillSummary>> ReadFundFlowBillAsync(DateOnly day, BillRowHandler handler, string? subMchid = null, Api.FundFlowBillAccountType? accountType = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.ReadBillAsync(BillRequests.PartnerFundFlow(day, subMchid, accountType), handler, progress, cancellationToken);

    /// <summary>Downloads a bill into a file: movements of money in an account of one sub-merchant on a day, which come sealed, as <see cref="MerchantClient.DownloadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="subMchid">The sub-merchant.</param>
    /// <param name="accountType">Which account.</param>
    /// <param name="path">The file, unpacked.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<SavedBill>> DownloadSubMerchantFundFlowBillAsync(DateOnly day, string subMchid, Api.FundFlowBillAccountType accountType, string path, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.DownloadBillAsync(BillRequests.SubMerchantFundFlow(day, subMchid, accountType), path, progress, cancellationToken);

    /// <summary>Reads a bill as it comes: movements of money in an account of one sub-merchant on a day, which come sealed, as <see cref="MerchantClient.ReadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="subMchid">The sub-merchant.</param>
    /// <param name="accountType">Which account.</param>
    /// <param name="handler">Told each row, before hash and totals are known.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<BillSummary>> ReadSubMerchantFundFlowBillAsync(DateOnly day, string subMchid, Api.FundFlowBillAccountType accountType, BillRowHandler handler, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.ReadBillAsync(BillRequests.SubMerchantFundFlow(day, subMchid, accountType), handler, progress, cancellationToken);
}

/// <content>Bills, downloaded or read as they come.</content>
public partial class EcommerceBillsClient
{
    /// <summary>Downloads a bill into a file: movements of money in the accounts of all sub-merchants on a day, which come sealed, as <see cref="MerchantClient.DownloadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="accountType">Which accounts.</param>
    /// <param name="path">The file, unpacked.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<SavedBill>> DownloadFundFlowBillAsync(DateOnly day, Api.Ecommerce.EcommerceBillAccountType accountType, string path, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.DownloadBillAsync(BillRequests.EcommerceFundFlow(day, accountType), path, progress, cancellationToken);

    /// <summary>Reads a bill as it comes: movements of money in the accounts of all sub-merchants on a day, which come sealed, as <see cref="MerchantClient.ReadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="accountType">Which accounts.</param>
    /// <param name="handler">Told each row, before hash and totals are known.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<BillSummary>> ReadFundFlowBillAsync(DateOnly day, Api.Ecommerce.EcommerceBillAccountType accountType, BillRowHandler handler, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.ReadBillAsync(BillRequests.EcommerceFundFlow(day, accountType), handler, progress, cancellationToken);
}

/// <content>Bills, downloaded or read as they come.</content>
public partial class ProfitSharingClient
{
    /// <summary>Downloads a bill into a file: money that was shared on a day, as <see cref="MerchantClient.DownloadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="path">The file, unpacked.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<SavedBill>> DownloadBillAsync(DateOnly day, string path, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.DownloadBillAsync(BillRequests.ProfitSharing(day), path, progress, cancellationToken);

    /// <summary>Reads a bill as it comes: money that was shared on a day, as <see cref="MerchantClient.ReadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="handler">Told each row, before hash and totals are known.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<BillSummary>> ReadBillAsync(DateOnly day, BillRowHandler handler, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.ReadBillAsync(BillRequests.ProfitSharing(day), handler, progress, cancellationToken);
}

/// <content>Bills, downloaded or read as they come.</content>
public partial class PartnerProfitSharingClient
{
    /// <summary>Downloads a bill into a file: money that sub-merchants shared on a day, all of them or one, as <see cref="MerchantClient.DownloadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="path">The file, unpacked.</param>
    /// <param name="subMchid">The sub-merchant; all of them unless it is said.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<SavedBill>> DownloadBillAsync(DateOnly day, string path, string? subMchid = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.DownloadBillAsync(BillRequests.PartnerProfitSharing(day, subMchid), path, progress, cancellationToken);

    /// <summary>Reads a bill as it comes: money that sub-merchants shared on a day, all of them or one, as <see cref="MerchantClient.ReadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="handler">Told each row, before hash and totals are known.</param>
    /// <param name="subMchid">The sub-merchant; all of them unless it is said.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<BillSummary>> ReadBillAsync(DateOnly day, BillRowHandler handler, string? subMchid = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.ReadBillAsync(BillRequests.PartnerProfitSharing(day, subMchid), handler, progress, cancellationToken);
}

/// <content>Bills, downloaded or read as they come.</content>
public partial class PayScoreBillsClient
{
    /// <summary>Downloads a bill into a file: PayScore orders of a service on a day, which come sealed, as <see cref="MerchantClient.DownloadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="serviceId">The service.</param>
    /// <param name="path">The file, unpacked.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<SavedBill>> DownloadMerchantBillAsync(DateOnly day, string serviceId, string path, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.DownloadBillAsync(BillRequests.PayScore(day, serviceId), path, progress, cancellationToken);

    /// <summary>Reads a bill as it comes: PayScore orders of a service on a day, which come sealed, as <see cref="MerchantClient.ReadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="serviceId">The service.</param>
    /// <param name="handler">Told each row, before hash and totals are known.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<BillSummary>> ReadMerchantBillAsync(DateOnly day, string serviceId, BillRowHandler handler, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.ReadBillAsync(BillRequests.PayScore(day, serviceId), handler, progress, cancellationToken);
}

/// <content>Bills, downloaded or read as they come.</content>
public partial class MerchantFundClient
{
    /// <summary>Downloads a bill into a file: withdrawals of a day that did not succeed, as <see cref="MerchantClient.DownloadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="billType">Which file, such as <c>NO_SUCC</c>.</param>
    /// <param name="path">The file, unpacked.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<SavedBill>> DownloadWithdrawalBillAsync(DateOnly day, string billType, string path, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.DownloadBillAsync(BillRequests.Withdrawals(day, billType), path, progress, cancellationToken);

    /// <summary>Reads a bill as it comes: withdrawals of a day that did not succeed, as <see cref="MerchantClient.ReadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="billType">Which file, such as <c>NO_SUCC</c>.</param>
    /// <param name="handler">Told each row, before hash and totals are known.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<BillSummary>> ReadWithdrawalBillAsync(DateOnly day, string billType, BillRowHandler handler, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.ReadBillAsync(BillRequests.Withdrawals(day, billType), handler, progress, cancellationToken);
}

/// <content>Bills, downloaded or read as they come.</content>
public partial class FundsToOverseaClient
{
    /// <summary>Downloads a bill into a file: money that was sent abroad on a day, as <see cref="MerchantClient.DownloadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="path">The file, unpacked.</param>
    /// <param name="subMchid">The sub-merchant; all of them unless it is said.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<SavedBill>> DownloadBillAsync(DateOnly day, string path, string? subMchid = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.DownloadBillAsync(BillRequests.FundsToOversea(day, subMchid), path, progress, cancellationToken);

    /// <summary>Reads a bill as it comes: money that was sent abroad on a day, as <see cref="MerchantClient.ReadBillAsync{TAnswer}"/> does.</summary>
    /// <param name="day">The day, as the platform counts it (+08:00).</param>
    /// <param name="handler">Told each row, before hash and totals are known.</param>
    /// <param name="subMchid">The sub-merchant; all of them unless it is said.</param>
    /// <param name="progress">Told how many bytes have come, unpacked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public virtual Task<BillResult<BillSummary>> ReadBillAsync(DateOnly day, BillRowHandler handler, string? subMchid = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Client.ReadBillAsync(BillRequests.FundsToOversea(day, subMchid), handler, progress, cancellationToken);
}
