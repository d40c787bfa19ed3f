using System.Threading.Channels;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;
using WeChatPay.Shell;
using ISession = Net.Pkcs11Interop.HighLevelAPI.ISession;

namespace MerchantKeys;

/// <summary>
/// A merchant's key that never leaves its HSM: asked by PKCS#11. One session works for one caller at a time, so that there are several;
/// a call to the device blocks, so that it has a thread of its own.
/// </summary>
internal sealed class Pkcs11MerchantKey : IMerchantKey, IDisposable
{
    private readonly IPkcs11Library _library;
    private readonly Channel<(ISession Session, IObjectHandle Key)> _free;
    private readonly List<ISession> _sessions = [];

    /// <summary>Opens the sessions, and finds the key in each.</summary>
    /// <param name="module">The device's library, such as <c>/usr/lib/softhsm/libsofthsm2.so</c>.</param>
    /// <param name="token">The token's label.</param>
    /// <param name="pin">Its PIN.</param>
    /// <param name="label">The private key's label.</param>
    /// <param name="serial">The serial of the merchant's certificate, which is not secret and need not be in the device.</param>
    /// <param name="sessions">How many calls may sign at once.</param>
    public Pkcs11MerchantKey(string module, string token, string pin, string label, string serial, int sessions = 4)
    {
        Serial = serial;
        _free = Channel.CreateBounded<(ISession, IObjectHandle)>(sessions);
        _library = Pkcs11Module.Load(module);
        var slot = _library.FindToken(token);
        for (var i = 0; i < sessions; i++)
        {
            var session = slot.OpenSession(SessionType.ReadOnly);
            _sessions.Add(session);

            // All sessions of a token are logged in by one.
            if (i == 0)
            {
                session.Login(CKU.CKU_USER, pin);
            }

            _free.Writer.TryWrite((session, FindKey(session, label)));
        }
    }

    public string Serial { get; }

    public async ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        await UseAsync((session, key) => session.Sign(session.Factories.MechanismFactory.Create(CKM.CKM_SHA256_RSA_PKCS), key, message.ToArray()), cancellationToken).ConfigureAwait(false);

    public async ValueTask<byte[]?> DecryptAsync(ReadOnlyMemory<byte> ciphertext, CancellationToken cancellationToken)
    {
        try
        {
            return await UseAsync((session, key) => session.Decrypt(Oaep(session), key, ciphertext.ToArray()), cancellationToken).ConfigureAwait(false);
        }
        catch (Pkcs11Exception failure) when (failure.RV is CKR.CKR_ENCRYPTED_DATA_INVALID or CKR.CKR_ENCRYPTED_DATA_LEN_RANGE or CKR.CKR_GENERAL_ERROR)
        {
            // Not sealed to this key: an answer, not a failure. SoftHSM says no more than that.
            return null;
        }
    }

    public void Dispose()
    {
        _sessions.ForEach(static session => session.Dispose());
        _library.Dispose();
    }

    private static IObjectHandle FindKey(ISession session, string label) =>
        session.FindAllObjects([
            session.Factories.ObjectAttributeFactory.Create(CKA.CKA_CLASS, CKO.CKO_PRIVATE_KEY),
            session.Factories.ObjectAttributeFactory.Create(CKA.CKA_LABEL, label),
        ]) is [var key]
            ? key
            : throw new InvalidOperationException($"There is not exactly one private key with the label {label}.");

    /// <summary>WeChat Pay seals with OAEP, SHA-1 and MGF1 with SHA-1.</summary>
    private static IMechanism Oaep(ISession session) =>
        session.Factories.MechanismFactory.Create(
            CKM.CKM_RSA_PKCS_OAEP,
            session.Factories.MechanismParamsFactory.CreateCkRsaPkcsOaepParams((ulong)CKM.CKM_SHA_1, (ulong)CKG.CKG_MGF1_SHA1, (ulong)CKZ.CKZ_DATA_SPECIFIED, null));

    private async Task<byte[]> UseAsync(Func<ISession, IObjectHandle, byte[]> work, CancellationToken cancellationToken)
    {
        var free = await _free.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => work(free.Session, free.Key), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _free.Writer.TryWrite(free);
        }
    }
}
