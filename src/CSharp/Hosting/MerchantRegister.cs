namespace WeChatPay;

/// <summary>The merchants that were looked up, kept for a while: for their notifications and their calls alike.</summary>
internal sealed class MerchantRegister
{
    public MerchantRegister(IMerchantsSource source, WeChatPayMerchantsOptions options, TimeProvider clock)
    {
        options.Validate();
        Clock = clock;
        var budget = new LookupBudget(options.LookupsPerSecond, clock);
        Merchants = new(options, budget, clock, source.FindAsync, static found => found.IsReady, static (kept, found) => kept.IsSameAs(found));
        Serials = new(options, budget, clock, source.CandidatesAsync, static _ => true, static (_, _) => false);
    }

    public TimeProvider Clock { get; }

    public LookupCache<FoundMerchant> Merchants { get; }

    public LookupCache<IReadOnlyList<string>> Serials { get; }
}
