namespace WeChatPay;

/// <summary>
/// The merchants that an application knows, from its own store such as a database. The library asks it and keeps the answers for a while (<see cref="WeChatPayMerchantsOptions"/>),
/// so an implementation just reads. It is made anew for each question, in a scope of its own.
/// </summary>
public interface IWeChatPayMerchants
{
    /// <summary>The merchant of a name, as it stands in the address; null where there is none. The private key is needed for calls, and where certificates are downloaded.</summary>
    /// <param name="merchant">1 to 128 visible characters that a stranger may have chosen.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<WeChatPayOptions?> FindAsync(string merchant, CancellationToken cancellationToken);

    /// <summary>The names of the merchants who have the platform key of this serial: for one address of all merchants, where at most 16 are tried. None unless implemented.</summary>
    /// <param name="serial">A public key id, or a certificate's serial in upper hex without leading zeros.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<IReadOnlyList<string>> CandidatesAsync(string serial, CancellationToken cancellationToken) => new([]);
}
