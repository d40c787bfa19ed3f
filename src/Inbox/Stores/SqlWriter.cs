using System.Data.Common;

namespace WeChatPay.Inbox;

/// <summary>A connection in a transaction, with the turn to write where writers take turns. Disposing it rolls back what is not committed.</summary>
internal sealed class SqlWriter(DbConnection connection, DbTransaction transaction, bool keepsConnection, Action? leave) : IAsyncDisposable
{
    private int _hasLeft;

    public DbConnection Connection => connection;

    public DbTransaction Transaction => transaction;

    public Task CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            if (!keepsConnection)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }

            Leave();
        }
    }

    /// <summary>Gives the turn to the next writer, once.</summary>
    public void Leave()
    {
        if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
        {
            leave?.Invoke();
        }
    }
}
