using System.Security.Cryptography;
using System.Text;

namespace WeChatPay.Inbox;

/// <summary>Seals what holds personal data before it is stored: AES-256-GCM under the user's key, bound to the merchant, the notification and the column. Without a key nothing is sealed.</summary>
public sealed class InboxSeal
{
    private const int KeyLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);
    private string? _current;

    /// <summary>Seals from now on under this key of 32 bytes; what it sealed is opened by it.</summary>
    /// <exception cref="ArgumentException">The key has not 32 bytes, or the name is empty or taken.</exception>
    public InboxSeal SealWith(string name, ReadOnlySpan<byte> key)
    {
        OpenWith(name, key);
        _current = name;
        return this;
    }

    /// <summary>Opens what an earlier key of 32 bytes sealed.</summary>
    /// <exception cref="ArgumentException">The key has not 32 bytes, or the name is empty or taken.</exception>
    public InboxSeal OpenWith(string name, ReadOnlySpan<byte> key)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (key.Length != KeyLength)
        {
            throw new ArgumentException("An inbox key has 32 bytes: RandomNumberGenerator.GetBytes(32), or openssl rand -base64 32.", nameof(key));
        }

        if (!_keys.TryAdd(name, key.ToArray()))
        {
            throw new ArgumentException("There is an inbox key of this name already: each key has a name of its own, for good.", nameof(name));
        }

        return this;
    }

    /// <summary>Nothing of the keys.</summary>
    public override string ToString() => "InboxSeal(***)";

    internal InboxItem Seal(InboxItem item)
    {
        return _current is null ? item : With(item, _current, Seal(_keys[_current], item, "body", item.Body.Span), Seal(_keys[_current], item, "resource", item.Resource.Span));
    }

    /// <summary>The item with its bytes opened, or the reason why they cannot be.</summary>
    internal InboxItem? Open(InboxItem item, out string problem)
    {
        problem = string.Empty;
        if (item.SealedBy is null)
        {
            return item;
        }

        if (!_keys.TryGetValue(item.SealedBy, out var key))
        {
            problem = "The item is sealed under the inbox key \"" + item.SealedBy + "\", which this program does not have: add it with OpenWith.";
            return null;
        }

        try
        {
            return With(item, null, Open(key, item, "body", item.Body.Span), Open(key, item, "resource", item.Resource.Span));
        }
        catch (CryptographicException)
        {
            problem = "The item does not open under the inbox key \"" + item.SealedBy + "\": the key is another one, or the row was changed.";
            return null;
        }
    }

    private static InboxItem With(InboxItem item, string? sealedBy, byte[] body, byte[] resource) =>
        new(item) { SealedBy = sealedBy, Body = body, Resource = resource };

    private static byte[] Seal(byte[] key, InboxItem item, string column, ReadOnlySpan<byte> plain)
    {
        var sealedBytes = new byte[NonceLength + plain.Length + TagLength];
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(0, NonceLength));
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(sealedBytes.AsSpan(0, NonceLength), plain, sealedBytes.AsSpan(NonceLength, plain.Length), sealedBytes.AsSpan(NonceLength + plain.Length), Place(item, column));
        return sealedBytes;
    }

    private static byte[] Open(byte[] key, InboxItem item, string column, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < NonceLength + TagLength)
        {
            throw new CryptographicException("It is too short to be sealed.");
        }

        var plain = new byte[sealedBytes.Length - NonceLength - TagLength];
        using var cipher = new AesGcm(key, TagLength);
        cipher.Decrypt(sealedBytes[..NonceLength], sealedBytes.Slice(NonceLength, plain.Length), sealedBytes[^TagLength..], plain, Place(item, column));
        return plain;
    }

    /// <summary>Where the bytes belong, so that they open nowhere else.</summary>
    private static byte[] Place(InboxItem item, string column) => Encoding.UTF8.GetBytes(item.Merchant + "\n" + item.NotificationId + "\n" + column);
}
