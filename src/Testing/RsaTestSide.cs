using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.FSharp.Core;
using WeChatPay.Functional;

namespace WeChatPay.Testing;

/// <summary>The platform's side of RSA, which .NET has itself.</summary>
internal sealed class RsaTestSide : PlatformSide
{
    public override string SignatureType => Signing.Scheme;

    public override string CertificateType => "RSA";

    public override string Cipher => Functional.Cipher.Aes256Gcm;

    public override KeyPair NewPair() => new RsaTestPair();

    public override byte[] Seal(ReadOnlySpan<byte> apiV3Key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plain)
    {
        const int TagLength = 16;
        var sealedBytes = new byte[plain.Length + TagLength];
        using var aes = new AesGcm(apiV3Key, TagLength);
        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(0, plain.Length), sealedBytes.AsSpan(plain.Length), associatedData);
        return sealedBytes;
    }
}

/// <summary>A new pair of RSA.</summary>
internal sealed class RsaTestPair : KeyPair
{
    private readonly RSA _rsa = RSA.Create(2048);

    public override byte[] PrivateKey => _rsa.ExportPkcs8PrivateKey();

    public override byte[] PublicKey => _rsa.ExportSubjectPublicKeyInfo();

    public override byte[] Sign(ReadOnlySpan<byte> message) => _rsa.SignData(message.ToArray(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public override bool IsSignature(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature) => _rsa.VerifyData(text, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public override FSharpResult<byte[], SensitiveError> Seal(byte[] plain) => FSharpResult<byte[], SensitiveError>.NewOk(_rsa.Encrypt(plain, RSAEncryptionPadding.OaepSHA1));

    public override FSharpValueOption<byte[]> Unseal(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return FSharpValueOption<byte[]>.NewValueSome(_rsa.Decrypt(bytes, RSAEncryptionPadding.OaepSHA1));
        }
        catch (CryptographicException)
        {
            return FSharpValueOption<byte[]>.ValueNone;
        }
    }

    public override byte[] Certify(string name, byte[] serial, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var subject = new X500DistinguishedName("CN=" + name);
        var request = new CertificateRequest(subject, _rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.Create(subject, X509SignatureGenerator.CreateForRSA(_rsa, RSASignaturePadding.Pkcs1), notBefore, notAfter, serial);
        return certificate.RawData;
    }
}
