using System.Runtime.CompilerServices;

namespace WeChatPay;

/// <summary>Goes through the pages of a list, one item after another.</summary>
internal static class Paging
{
    /// <summary>Pages that begin at a number: of an item, or of the page.</summary>
    public static async IAsyncEnumerable<TItem> ByCount<TPage, TItem>(
        Func<long, Task<TPage>> ask,
        Func<TPage, IReadOnlyList<TItem>?> itemsOf,
        Func<TPage, long?> totalOf,
        long? size,
        bool countsPages,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long seen = 0;
        var full = size;
        for (long page = 0; ; page++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var answer = await ask(countsPages ? page : seen).WaitAsync(cancellationToken).ConfigureAwait(false);
            var items = itemsOf(answer) ?? [];
            foreach (var item in items)
            {
                yield return item;
            }

            seen += items.Count;
            full ??= items.Count;

            // Where the platform does not say how many there are, a page that is not full is the last; how many it takes unasked, the first page shows.
            var isLast = items.Count == 0 || (totalOf(answer) is { } total ? seen >= total : items.Count < full);
            if (isLast)
            {
                yield break;
            }
        }
    }

    /// <summary>Pages that a token leads to.</summary>
    public static async IAsyncEnumerable<TItem> ByToken<TPage, TItem>(
        Func<string?, Task<TPage>> ask,
        Func<TPage, IReadOnlyList<TItem>?> itemsOf,
        Func<TPage, string?> nextOf,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? token = null;
        var followed = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            var answer = await ask(token).WaitAsync(cancellationToken).ConfigureAwait(false);
            foreach (var item in itemsOf(answer) ?? [])
            {
                yield return item;
            }

            token = nextOf(answer);
        }

        // A token that comes again would lead around for ever.
        while (!string.IsNullOrEmpty(token) && followed.Add(token));
    }
}
