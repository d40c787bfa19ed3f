using System.Diagnostics.CodeAnalysis;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>The outer, readable part of a notification, with its resource still sealed.</summary>
public sealed class NotificationEnvelope
{
    /// <summary>The platform's number for this notification; the same whenever it is sent again.</summary>
    public required string Id { get; init; }

    /// <summary>What happened, such as <c>TRANSACTION.SUCCESS</c>.</summary>
    public required string EventType { get; init; }

    /// <summary>What is sealed inside.</summary>
    public required SealedResource Resource { get; init; }

    /// <summary>When the notification was made; null when the platform wrote no readable date.</summary>
    public DateTimeOffset? CreateTime { get; init; }

    /// <summary>What happened, in words.</summary>
    public string? Summary { get; init; }

    /// <summary>Reads an envelope from checked JSON, and names the fields outside the evidence that were odd.</summary>
    public static bool TryRead(WireDocument document, [NotNullWhen(true)] out NotificationEnvelope? value, [NotNullWhen(false)] out DecodeError? error, out IReadOnlyList<DecodeError> anomalies) =>
        WireReader.TryRead(document, Read, out value, out error, out anomalies);

    /// <summary>The type, the number and the event's type.</summary>
    public override string ToString() => "NotificationEnvelope(id = " + Id + ", event_type = " + EventType + ")";

    private static NotificationEnvelope? Read(ref WireReader reader)
    {
        string? id = null;
        string? eventType = null;
        SealedResource? resource = null;
        DateTimeOffset? createTime = null;
        string? summary = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("id"u8)) { if (!reader.TryEvidence(ref id)) { return null; } }
            else if (reader.Is("event_type"u8)) { if (!reader.TryEvidence(ref eventType)) { return null; } }
            else if (reader.Is("resource"u8)) { if (!reader.TryEvidence(SealedResource.Read, ref resource)) { return null; } }
            else if (reader.Is("create_time"u8)) { createTime = reader.Date(ref extra); }
            else if (reader.Is("summary"u8)) { summary = reader.String(ref extra); }
            else { reader.Skip(); }
        }

        if (reader.Lacks(id, "id"u8)
            || reader.Lacks(eventType, "event_type"u8)
            || reader.Lacks(resource, "resource"u8))
        {
            return null;
        }

        return new()
        {
            Id = id,
            EventType = eventType,
            Resource = resource,
            CreateTime = createTime,
            Summary = summary,
        };
    }
}

/// <summary>A resource as the platform sealed it, under the APIv3 key.</summary>
public sealed class SealedResource
{
    /// <summary>The cipher: <c>AEAD_AES_256_GCM</c>, or one of the SM suite.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The cipher's nonce: 12 bytes.</summary>
    public required string Nonce { get; init; }

    /// <summary>The sealed bytes, the last 16 of them the tag.</summary>
    public required ReadOnlyMemory<byte> Ciphertext { get; init; }

    /// <summary>What is authenticated with the sealed bytes; empty when the envelope has none.</summary>
    public required string AssociatedData { get; init; }

    /// <summary>What kind of object was sealed, such as <c>transaction</c>.</summary>
    public string? OriginalType { get; init; }

    /// <summary>The type and the cipher.</summary>
    public override string ToString() => "SealedResource(algorithm = " + Algorithm + ")";

    internal static SealedResource? Read(ref WireReader reader)
    {
        string? algorithm = null;
        string? nonce = null;
        byte[]? ciphertext = null;
        string? associatedData = null;
        string? originalType = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("algorithm"u8)) { if (!reader.TryEvidence(ref algorithm)) { return null; } }
            else if (reader.Is("nonce"u8)) { if (!reader.TryEvidence(ref nonce)) { return null; } }
            else if (reader.Is("ciphertext"u8)) { if (!reader.TryEvidence(ref ciphertext)) { return null; } }
            else if (reader.Is("associated_data"u8)) { if (!reader.TryEvidence(ref associatedData)) { return null; } }
            else if (reader.Is("original_type"u8)) { originalType = reader.String(ref extra); }
            else { reader.Skip(); }
        }

        if (reader.Lacks(algorithm, "algorithm"u8)
            || reader.Lacks(nonce, "nonce"u8)
            || reader.Lacks(ciphertext, "ciphertext"u8))
        {
            return null;
        }

        return new()
        {
            Algorithm = algorithm,
            Nonce = nonce,
            Ciphertext = ciphertext,
            AssociatedData = associatedData ?? string.Empty,
            OriginalType = originalType,
        };
    }
}
