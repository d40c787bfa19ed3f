namespace WeChatPay;

/// <summary>What a lookup gave: a value, nothing, or that too much is asked.</summary>
internal readonly record struct Lookup<TValue>(TValue? Value, bool IsOverBudget)
    where TValue : class;

/// <summary>
/// Keeps what was looked up: known and unknown apart, so that names that strangers make up displace nobody; one question at a time for a key;
/// and a budget for keys that nobody is known by.
/// </summary>
internal sealed class LookupCache<TValue>(
    WeChatPayMerchantsOptions options,
    LookupBudget budget,
    TimeProvider clock,
    Func<string, CancellationToken, Task<TValue?>> load,
    Func<TValue, bool> isLasting,
    Func<TValue, TValue, bool> isSame)
    where TValue : class
{
    private const int MostUnknown = 4096;
    private readonly Lock _gate = new();
    private readonly RecentlyUsed<(TValue Value, long Since)> _known = new(options.Capacity);
    private readonly RecentlyUsed<long> _unknown = new(MostUnknown);
    private readonly Dictionary<string, Task<TValue?>> _asked = new(StringComparer.Ordinal);

    /// <summary>The value of a key, from what is kept or by asking.</summary>
    /// <param name="key">What is looked up.</param>
    /// <param name="isTrusted">Whether the application itself names the key, so that no stranger can have made it up.</param>
    /// <param name="cancellationToken">Stops waiting; the question goes on for whoever asks next.</param>
    public async ValueTask<Lookup<TValue>> FindAsync(string key, bool isTrusted, CancellationToken cancellationToken)
    {
        Task<TValue?>? answer;
        lock (_gate)
        {
            var isKnown = _known.TryGet(key, out var known);
            if (isKnown && IsFresh(known.Since, isLasting(known.Value)))
            {
                return new(known.Value, IsOverBudget: false);
            }

            if (!isKnown && _unknown.TryGet(key, out var since) && IsFresh(since, isLasting: false))
            {
                return default;
            }

            if (!_asked.TryGetValue(key, out answer))
            {
                if (!isKnown && !isTrusted && !budget.TryTake())
                {
                    return new(null, IsOverBudget: true);
                }

                answer = _asked[key] = Task.Run(() => AskAsync(key), CancellationToken.None);
            }
        }

        return new(await answer.WaitAsync(cancellationToken).ConfigureAwait(false), IsOverBudget: false);
    }

    private bool IsFresh(long since, bool isLasting) =>
        clock.GetElapsedTime(since) < (isLasting ? options.KeepFor : options.KeepUnknownFor);

    private async Task<TValue?> AskAsync(string key)
    {
        try
        {
            using var timeout = new CancellationTokenSource(options.LookupTimeout, clock);

            // Whoever does not heed the token is not waited for either.
            return Keep(key, await load(key, timeout.Token).WaitAsync(timeout.Token).ConfigureAwait(false));
        }
        finally
        {
            lock (_gate)
            {
                _asked.Remove(key);
            }
        }
    }

    /// <summary>What is kept: the value that was there where the new one is the same, for what it has learned meanwhile.</summary>
    private TValue? Keep(string key, TValue? value)
    {
        lock (_gate)
        {
            if (value is null)
            {
                _known.Remove(key);
                _unknown.Set(key, clock.GetTimestamp());
                return null;
            }

            var kept = _known.TryGet(key, out var known) && isSame(known.Value, value) ? known.Value : value;
            _unknown.Remove(key);
            _known.Set(key, (kept, clock.GetTimestamp()));
            return kept;
        }
    }
}
