using System.Diagnostics.CodeAnalysis;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>The platform's certificates, each sealed under the APIv3 key: the answer to <c>GET /v3/certificates</c>. Several may be valid at once.</summary>
public sealed class CertificateList
{
    /// <summary>The certificates; at least one.</summary>
    public required IReadOnlyList<SealedCertificate> Data { get; init; }

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out CertificateList? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "CertificateList";

    internal static CertificateList? Read(ref WireReader reader)
    {
        IReadOnlyList<SealedCertificate>? data = null;
        while (reader.NextField())
        {
            if (reader.Is("data"u8)) { if (!reader.TryEvidence(SealedCertificate.Read, ref data)) { return null; } }
            else { reader.Skip(); }
        }

        return reader.Lacks(data, "data"u8) ? null : new() { Data = data };
    }
}

/// <summary>One of the platform's certificates, sealed.</summary>
public sealed class SealedCertificate
{
    /// <summary>The certificate's serial, in hex.</summary>
    public required string SerialNo { get; init; }

    /// <summary>The certificate in PEM, sealed.</summary>
    public required SealedResource EncryptCertificate { get; init; }

    /// <summary>The type and the serial.</summary>
    public override string ToString() => "SealedCertificate(" + SerialNo + ")";

    internal static SealedCertificate? Read(ref WireReader reader)
    {
        string? serialNo = null;
        SealedResource? encryptCertificate = null;
        while (reader.NextField())
        {
            if (reader.Is("serial_no"u8)) { if (!reader.TryEvidence(ref serialNo)) { return null; } }
            else if (reader.Is("encrypt_certificate"u8)) { if (!reader.TryEvidence(SealedResource.Read, ref encryptCertificate)) { return null; } }
            else { reader.Skip(); }
        }

        if (reader.Lacks(serialNo, "serial_no"u8)
            || reader.Lacks(encryptCertificate, "encrypt_certificate"u8))
        {
            return null;
        }

        return new() { SerialNo = serialNo, EncryptCertificate = encryptCertificate };
    }
}
