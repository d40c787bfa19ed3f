namespace WeChatPay.Simulator

open System
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open WeChatPay.Functional

/// A new pair of RSA, by .NET itself: nothing of it is the code that the client signs and verifies with.
[<Sealed>]
type internal RsaKeyPair() =
    inherit KeyPair()

    let rsa = RSA.Create 2048

    override _.Sign message =
        rsa.SignData(message.ToArray(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

    override _.IsSignature(text, signature) =
        rsa.VerifyData(text, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

    override _.Seal plain =
        Ok(rsa.Encrypt(plain, RSAEncryptionPadding.OaepSHA1))

    override _.Unseal bytes =
        try
            ValueSome(rsa.Decrypt(bytes, RSAEncryptionPadding.OaepSHA1))
        with :? CryptographicException ->
            ValueNone

    override _.PrivateKey = rsa.ExportPkcs8PrivateKey()
    override _.PublicKey = rsa.ExportSubjectPublicKeyInfo()

    override _.Certify(name, serial, notBefore, notAfter) =
        let subject = X500DistinguishedName("CN=" + name)

        let request =
            CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

        let signer = X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
        use certificate = request.Create(subject, signer, notBefore, notAfter, serial)
        certificate.RawData

/// The platform's side of RSA.
[<Sealed>]
type internal RsaPlatformSide() =
    inherit PlatformSide()

    override _.SignatureType = Signing.Scheme
    override _.CertificateType = "RSA"
    override _.NewPair() = RsaKeyPair()
    override _.Cipher = Cipher.Aes256Gcm

    override _.Seal(apiV3Key, nonce, associatedData, plain) =
        let sealedBytes = Array.zeroCreate<byte>(plain.Length + 16)
        use aes = new AesGcm(apiV3Key, 16)

        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(0, plain.Length), sealedBytes.AsSpan plain.Length, associatedData)

        sealedBytes
