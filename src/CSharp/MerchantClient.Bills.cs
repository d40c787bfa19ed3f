using System.Runtime.ExceptionServices;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay;

/// <content>Bills.</content>
public abstract partial class MerchantClient
{
    /// <summary>
    /// Downloads a bill into a file, unpacked. Until all of it is there and has the hash that the platform gave, it stands under a temporary name beside it; then it is flushed to the disk and takes its name, in place of an older one.
    /// After a failure or a cancellation nothing is left. The file is for this account alone. Of a bill of several files each has its number before the extension: <c>bill-1.csv</c>.
    /// </summary>
    /// <param name="request">The bill: <see cref="Api.BillRequests"/> has every kind.</param>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told how many bytes have come, unpacked, of all files.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="WeChatPayApiException">The platform refused for another reason than that there is no bill.</exception>
    /// <exception cref="WeChatPayUntrustedAnswerException">The answer must not be used, or the file is not the one that its hash was given for.</exception>
    /// <exception cref="IOException">The file cannot be written, or the connection broke.</exception>
    /// <exception cref="HttpRequestException">No answer came.</exception>
    public virtual async Task<BillResult<SavedBill>> DownloadBillAsync<TAnswer>(BillRequest<TAnswer> request, string path, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
        where TAnswer : class
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ResultOf(request.Day, await BillDownloads.toFile(cancellationToken, Inner, progress, path, request).ConfigureAwait(false));
    }

    /// <summary>
    /// Reads a bill as it comes, and keeps nothing of it. Rows come before hash and totals are known: write what the handler gathers to a place that can be left again, and make it count when this returns.
    /// Of a bill of several files each has its summary. What the handler throws comes out as it is.
    /// </summary>
    /// <param name="request">The bill: <see cref="Api.BillRequests"/> has every kind.</param>
    /// <param name="handler">Told each row.</param>
    /// <param name="progress">Told how many bytes have come, unpacked, of all files.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="WeChatPayApiException">The platform refused for another reason than that there is no bill.</exception>
    /// <exception cref="WeChatPayUntrustedAnswerException">The answer must not be used, or the file is not the one that its hash was given for.</exception>
    /// <exception cref="WeChatPayBillException">The file is the platform's, and does not hold together.</exception>
    /// <exception cref="HttpRequestException">No answer came.</exception>
    public virtual async Task<BillResult<BillSummary>> ReadBillAsync<TAnswer>(BillRequest<TAnswer> request, BillRowHandler handler, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
        where TAnswer : class
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(handler);
        return ResultOf(request.Day, await BillDownloads.read(cancellationToken, Inner, progress, handler, request).ConfigureAwait(false));
    }

    private static BillResult<T> ResultOf<T>(DateOnly day, FSharpResult<BillOutcome<FSharpList<T>>, BillFailure> result)
        where T : class =>
        result.IsError
            ? throw ToException(result.ErrorValue)
            : result.ResultValue switch
            {
                BillOutcome<FSharpList<T>>.Received { Bill: var files } => new(day, [.. files]),
                BillOutcome<FSharpList<T>>.Absent { Absence: var absence } => new(day, absence),
                _ => throw new InvalidOperationException("A kind of outcome that this version does not know."),
            };

    private static Exception ToException(BillFailure failure)
    {
        switch (failure)
        {
            case BillFailure.Call { Error: var error }:
                return ToException(error);
            case BillFailure.Bill { Error: var error }:
                return new WeChatPayBillException(error);
            case BillFailure.File { Failure: var found }:
                ExceptionDispatchInfo.Throw(found);
                return found;
            default:
                return new InvalidOperationException("A kind of failure that this version does not know.");
        }
    }
}
