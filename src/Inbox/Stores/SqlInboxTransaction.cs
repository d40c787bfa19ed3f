using System.Data.Common;

namespace WeChatPay.Inbox;

/// <summary>A handler's transaction.</summary>
internal sealed class SqlInboxTransaction(SqlInboxStore store, SqlWriter writer, InboxLease lease) : IInboxTransaction
{
    public DbTransaction Transaction => writer.Transaction;

    public async Task<InboxOutcome> CompleteAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            var rows = await SqlInboxStore.ExecuteAsync(
                writer,
                SqlText.Complete,
                [("now", now.ToUnixTimeMilliseconds()), ("seq", lease.Sequence), ("fence", lease.Fence)],
                cancellationToken).ConfigureAwait(false);
            if (rows != 1)
            {
                return InboxOutcome.Fenced;
            }
        }
        catch (DbException failure) when (store.IsEffectDone(failure))
        {
            return InboxOutcome.EffectDone;
        }

        await writer.CommitAsync(cancellationToken).ConfigureAwait(false);
        return InboxOutcome.Done;
    }

    public Task AbortAsync() => store.AbortAsync(writer);

    public ValueTask DisposeAsync() => writer.DisposeAsync();
}
