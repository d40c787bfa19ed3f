/// Keys of SM2 behind passwords and in archives as openssl makes them, issuers of SM2, and signatures whose type nobody says.
module WeChatPay.Tests.SmKeyTests

open System
open System.Formats.Asn1
open System.IO
open System.Security.Cryptography
open System.Security.Cryptography.Pkcs
open System.Security.Cryptography.X509Certificates
open System.Text.RegularExpressions
open Expecto
open FsCheck
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform
open WeChatPay.Tests.SmTests

[<Literal>]
let private Password = "1900000001"

let private role = KeyRole.MerchantPrivateKey

/// The merchant's files in a folder, what openssl makes of them there by this command, and its bytes.
let private made (command: string) =
    withFolder (fun folder ->
        let path name = Path.Combine(folder, name)
        let pair = merchantPair.Value
        File.WriteAllText(path "key.pem", pair.Private)
        File.WriteAllText(path "sec1.pem", pair.Sec1)
        File.WriteAllText(path "cert.pem", pair.Certificate)
        File.WriteAllText(path "other.pem", strangerPair.Value.Certificate)
        openssl folder (command + " -out made") |> ignore
        File.ReadAllBytes(path "made"))

let private read password serial bytes =
    MerchantKey.readFor sm password serial (span bytes)

let private errorOf result =
    match result with
    | Ok _ -> "ok"
    | Error error -> KeyError.code error

/// Whether it is the key of the merchant's certificate.
let private isMerchants (key: MerchantKey) =
    let certificate =
        force (MerchantCertificate.readFor sm (span (utf8 merchantPair.Value.Certificate)))

    Result.isOk (MerchantKey.requireCertificate certificate key)

let private encrypted (how: string) =
    made ("pkcs8 -topk8 " + how + " -in key.pem -passout pass:" + Password)

let private archived (how: string) =
    made (
        "pkcs12 -export "
        + how
        + " -inkey key.pem -in cert.pem -passout pass:"
        + Password
    )

/// PKCS#8 as GmSSL writes it, PBKDF2 with HMAC-SM3 and SM4-CBC, by openssl's primitives.
let private likeGmSsl () =
    withFolder (fun folder ->
        let path name = Path.Combine(folder, name)
        File.WriteAllText(path "key.pem", merchantPair.Value.Private)

        openssl folder "pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der"
        |> ignore

        let salt, iv =
            RandomNumberGenerator.GetHexString 16, RandomNumberGenerator.GetHexString 32

        let key =
            openssl
                folder
                ("kdf -binary -keylen 16 -kdfopt digest:SM3 -kdfopt pass:"
                 + Password
                 + " -kdfopt hexsalt:"
                 + salt
                 + " -kdfopt iter:65536 PBKDF2")

        let sealedKey =
            openssl folder ("enc -sm4-cbc -K " + Convert.ToHexString key + " -iv " + iv + " -in key.der")

        let writer = AsnWriter AsnEncodingRules.DER
        writer.PushSequence() |> ignore
        writer.PushSequence() |> ignore
        writer.WriteObjectIdentifier "1.2.840.113549.1.5.13"
        writer.PushSequence() |> ignore
        writer.PushSequence() |> ignore
        writer.WriteObjectIdentifier "1.2.840.113549.1.5.12"
        writer.PushSequence() |> ignore
        writer.WriteOctetString(span (Convert.FromHexString salt))
        writer.WriteInteger 65536L
        writer.WriteInteger 16L
        writer.PushSequence() |> ignore
        writer.WriteObjectIdentifier "1.2.156.10197.1.401.2"
        writer.PopSequence()
        writer.PopSequence()
        writer.PopSequence()
        writer.PushSequence() |> ignore
        writer.WriteObjectIdentifier "1.2.156.10197.1.104.2"
        writer.WriteOctetString(span (Convert.FromHexString iv))
        writer.PopSequence()
        writer.PopSequence()
        writer.PopSequence()
        writer.WriteOctetString(span sealedKey)
        writer.PopSequence()
        writer.Encode())

/// Good ones, made once.
let private goodArchive = lazy archived ""

let private goodKey = lazy encrypted "-iter 1000"
let private goodSm4 = lazy encrypted "-v2 sm4-cbc -iter 1000 -outform DER"

let private passwords =
    testList
        "passwords"
        [
            for how in
                [
                    ""
                    "-v2 aes-128-cbc -v2prf hmacWithSHA1"
                    "-v2 aes-256-cbc -v2prf hmacWithSHA512"
                    "-v2 des3"
                    "-v2 sm4-cbc"
                    "-v2 sm4-cbc -v2prf hmacWithSHA1"
                    "-v2 sm4-cbc -iter 600000"
                    "-v1 PBE-SHA1-3DES"
                    "-outform DER"
                ] do
                test ("a key behind a password is read as openssl writes it: pkcs8 -topk8 " + how) {
                    let bytes = encrypted how
                    let serial = merchantPair.Value.Serial
                    Expect.isTrue (isMerchants (force (read Password serial bytes))) "the key"
                    Expect.equal (errorOf (read (Password + "1") serial bytes)) "key_wrong_password" "another password"
                    Expect.equal (errorOf (read "" serial bytes)) "key_encrypted" "no password"
                }

            test "and as GmSSL does, by SM3 and SM4" {
                let bytes = likeGmSsl ()
                Expect.isTrue (isMerchants (force (read Password merchantPair.Value.Serial bytes))) "the key"
                Expect.equal (errorOf (read "1900000002" "AB" bytes)) "key_wrong_password" "another password"
            }

            test "what is not read says so: scrypt, the older form, too many rounds" {
                Expect.equal (errorOf (read Password "AB" (encrypted "-scrypt"))) "key_wrong_password" "scrypt"

                let older = made ("ec -in sec1.pem -aes256 -passout pass:" + Password)
                Expect.equal (errorOf (read Password "AB" older)) "key_encrypted" "the older form"

                Expect.equal
                    (errorOf (read Password "AB" (encrypted "-v2 sm4-cbc -iter 2000001")))
                    "key_wrong_password"
                    "2,000,001 rounds"
            }

            test "a key of RSA behind a password is no key of SM2" {
                let rsa =
                    stranger.ExportEncryptedPkcs8PrivateKey(
                        Password.AsSpan(),
                        PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2048)
                    )

                Expect.equal (errorOf (read Password "AB" rsa)) "key_not_sm2" "RSA"
            }
        ]

let private archives =
    testList
        "archives"
        [
            for how in
                [
                    ""
                    "-legacy"
                    "-keypbe sm4-cbc"
                    "-keypbe NONE -certpbe NONE"
                    "-nomac"
                    "-certfile other.pem"
                ] do
                test (
                    "an archive is read as openssl writes it, with its serial: pkcs12 -export "
                    + how
                ) {
                    let bytes = archived how
                    let key = force (read Password "" bytes)
                    Expect.isTrue (isMerchants key) "the key, under the certificate's serial"

                    let certificate =
                        force (MerchantCertificate.readArchiveFor sm Password (span bytes))

                    Expect.equal certificate.Serial merchantPair.Value.Serial "the certificate"
                    Expect.isOk (MerchantKey.requireCertificate certificate key) "both belong together"

                    Expect.equal (errorOf (read "other" "" bytes)) "key_wrong_password" "another password"
                }

            test "the certificate is the one of the key, wherever it stands" {
                let der (pem: string) =
                    Convert.FromBase64String(Regex.Replace(pem, "-----[^-]+-----|\\s", ""))

                let contents = Pkcs12SafeContents()

                for pem in [ strangerPair.Value.Certificate; merchantPair.Value.Certificate ] do
                    contents.AddCertificate(X509CertificateLoader.LoadCertificate(der pem))
                    |> ignore

                contents.AddSafeBag(Pkcs12KeyBag(ReadOnlyMemory(der merchantPair.Value.Private)))
                let builder = Pkcs12Builder()
                builder.AddSafeContentsUnencrypted contents
                builder.SealWithMac(Password, HashAlgorithmName.SHA256, 2048)
                let key = force (read Password "" (builder.Encode()))
                Expect.equal key.Serial merchantPair.Value.Serial "its own"
            }

            test "a serial that is configured must be the archive's" {
                let bytes = archived ""
                Expect.isOk (read Password merchantPair.Value.Serial bytes) "its own"
                Expect.equal (errorOf (read Password "55AA" bytes)) "serial_of_another" "another's"
            }

            test "archives that lack a half, or hold RSA, say so; RSA is told of SM2" {
                let withoutKey =
                    made ("pkcs12 -export -nokeys -in cert.pem -passout pass:" + Password)

                Expect.equal (errorOf (read Password "" withoutKey)) "key_wrong_form" "no key"

                let withoutCertificate =
                    made ("pkcs12 -export -nocerts -inkey key.pem -passout pass:" + Password)

                Expect.equal (errorOf (read Password "" withoutCertificate)) "key_wrong_form" "no certificate"

                let request =
                    CertificateRequest("CN=x", stranger, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

                use certificate = request.CreateSelfSigned(now, now.AddYears 1)
                let rsa = certificate.Export(X509ContentType.Pkcs12, Password)
                Expect.equal (errorOf (read Password "" rsa)) "key_not_sm2" "RSA"
                Expect.equal (errorOf (MerchantKey.read Password "" (span (archived "")))) "key_sm2_for_rsa" "SM2"
            }

            test "the façade opens an archive by the merchant's number, and a key by its password" {
                let settings (key: byte array) =
                    let folder = Directory.CreateTempSubdirectory "sm"
                    File.WriteAllBytes(Path.Combine(folder.FullName, "key"), key)

                    WeChatPayOptions(
                        MerchantId = Password,
                        MerchantPrivateKeyFile = "key",
                        BaseDirectory = folder.FullName,
                        ApiV3Key = apiV3KeyText,
                        PlatformPublicKeyId = PublicKeyId,
                        PlatformPublicKey = platformPair.Value.Public,
                        Suite = sm
                    )

                let create (options: WeChatPayOptions) =
                    try
                        use http = new System.Net.Http.HttpClient()
                        WeChatPayClient(http, options) |> ignore
                        []
                    with :? WeChatPayConfigurationException as failure ->
                        [ for problem in failure.Problems -> problem.English ]

                Expect.isEmpty (create (settings (archived ""))) "an archive, whose password is the merchant's number"

                let key = settings (made "pkcs8 -topk8 -in key.pem -passout pass:of-the-key")

                key.MerchantSerial <- merchantPair.Value.Serial
                Expect.isNonEmpty (create key) "a key's password is asked for"
                key.MerchantPrivateKeyPassword <- "of-the-key"
                Expect.isEmpty (create key) "and given"
                key.MerchantPrivateKeyPassword <- "other"
                Expect.isNonEmpty (create key) "and must be right"
            }

            testProperty "any bytes are an archive or a key with a password or not, never an exception"
            <| fun (at: int) (value: byte) (length: int) (junk: byte array) ->
                let der (pem: byte array) =
                    Convert.FromBase64String(Regex.Replace(Text.Encoding.UTF8.GetString pem, "-----[^-]+-----|\\s", ""))

                for good in [ goodArchive.Value; der goodKey.Value; goodSm4.Value ] do
                    let changed = Array.copy good
                    changed[abs (at % good.Length)] <- value
                    let cut = changed[.. abs (length % good.Length)]

                    for bytes in [ changed; cut; junk ] do
                        read Password "AB" bytes |> ignore
                        MerchantCertificate.readArchiveFor sm Password (span bytes) |> ignore
                        CertificateRoots.readFor sm (span bytes) |> ignore
        ]

let private authority =
    " -addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign,cRLSign"

/// An issuer as openssl makes it, and a certificate for the platform's key by it.
type private Issued =
    {
        Root: string
        /// Another one of the same key, by another name.
        Namesake: string
        Leaf: string
    }

let private issue (name: string) (days: string) (constraints: string) =
    withFolder (fun folder ->
        let path file = Path.Combine(folder, file)

        let run command = openssl folder command |> ignore

        File.WriteAllText(path "leaf.key", platformPair.Value.Private)

        File.WriteAllText(path "ext", "basicConstraints=critical,CA:FALSE\nkeyUsage=digitalSignature,nonRepudiation\n")

        run "ecparam -name SM2 -genkey -noout -out root.key"

        run (
            "req -x509 -new -key root.key -sm3 -sigopt distid:1234567812345678 -subj /CN="
            + name
            + " -days "
            + days
            + constraints
            + " -out root.pem"
        )

        run (
            "req -x509 -new -key root.key -sm3 -sigopt distid:1234567812345678 -subj /CN=Other -days 3000"
            + authority
            + " -out namesake.pem"
        )

        run "req -new -key leaf.key -sm3 -sigopt distid:1234567812345678 -subj /CN=Tenpay.com -out leaf.csr"

        run
            "x509 -req -in leaf.csr -CA root.pem -CAkey root.key -sm3 -sigopt distid:1234567812345678 -vfyopt distid:1234567812345678 -set_serial 0x7132D72A03E93CDDF8C03BBD1F37EEDF99A8D9A2 -days 400 -extfile ext -out leaf.pem"

        {
            Root = File.ReadAllText(path "root.pem")
            Namesake = File.ReadAllText(path "namesake.pem")
            Leaf = File.ReadAllText(path "leaf.pem")
        })

let private right = lazy issue "Root" "3000" authority

let private rootsOf (pem: string) =
    CertificateRoots.readFor sm (span (utf8 pem))

let private issuers =
    testList
        "issuers"
        [
            test "a certificate of SM2 is its issuer's, and nobody else's" {
                let issued = right.Value
                let roots = force (rootsOf issued.Root)
                let at = smNow.Value
                Expect.isTrue (CertificateRoots.haveIssued at issued.Leaf roots) "issued"

                // The same name, another key.
                let stranger = force (rootsOf (issue "Root" "3000" authority).Root)
                Expect.isFalse (CertificateRoots.haveIssued at issued.Leaf stranger) "by another key"
                let other = force (rootsOf issued.Namesake)
                Expect.isFalse (CertificateRoots.haveIssued at issued.Leaf other) "by another name"

                Expect.isTrue
                    (CertificateRoots.haveIssued at issued.Leaf (CertificateRoots.join [ other; roots ]))
                    "one of several"

                Expect.isFalse (CertificateRoots.haveIssued at platformPair.Value.Certificate roots) "its own alone"
                Expect.isFalse (CertificateRoots.haveIssued (at.AddYears 9) issued.Leaf roots) "after the issuer's end"
                Expect.isFalse (CertificateRoots.haveIssued (at.AddDays -2.0) issued.Leaf roots) "before its beginning"
                Expect.isFalse (CertificateRoots.haveIssued at "not a certificate" roots) "total"
            }

            test "every byte of a certificate that its issuer signed counts" {
                let issued = right.Value
                let roots = force (rootsOf issued.Root)

                let der =
                    Convert.FromBase64String(Regex.Replace(issued.Leaf, "-----[^-]+-----|\\s", ""))

                for at in 0 .. der.Length - 1 do
                    let changed = Array.copy der
                    changed[at] <- changed[at] ^^^ 1uy
                    let pem = PemEncoding.WriteString("CERTIFICATE", span changed)
                    Expect.isFalse (CertificateRoots.haveIssued smNow.Value pem roots) (at.ToString())
            }

            test "what may not issue is no root, nor is one of the other algorithm" {
                Expect.equal (errorOf (rootsOf right.Value.Leaf)) "not_an_issuer" "CA:FALSE"

                Expect.equal
                    (errorOf (rootsOf (issue "Root" "30" " -addext basicConstraints=CA:FALSE").Root))
                    "not_an_issuer"
                    "CA:FALSE without more"

                Expect.equal
                    (errorOf (CertificateRoots.read (span (utf8 right.Value.Root))))
                    "key_sm2_for_rsa"
                    "SM2 under RSA"

                let request =
                    CertificateRequest(
                        "CN=Root",
                        Platform.stranger,
                        HashAlgorithmName.SHA256,
                        RSASignaturePadding.Pkcs1
                    )

                request.CertificateExtensions.Add(X509BasicConstraintsExtension(true, false, 0, true))
                use rsa = request.CreateSelfSigned(now, now.AddYears 9)
                Expect.equal (errorOf (rootsOf (rsa.ExportCertificatePem()))) "key_not_sm2" "RSA under SM"
            }

            test "downloaded certificates are checked: issuer, validity and serial" {
                let issued = right.Value
                let leaf = force (PlatformKey.ofCertificatePemFor sm issued.Leaf)

                let answer (serial: string) =
                    let body =
                        utf8 (
                            """{"data":[{"serial_no":"@S","effective_time":"2026-01-01T00:00:00+08:00","expire_time":"2031-01-01T00:00:00+08:00","encrypt_certificate":{"algorithm":"AEAD_SM4_128_GCM","nonce":"0123456789ab","associated_data":"certificate","ciphertext":"@C"}}]}"""
                                .Replace("@S", serial)
                                .Replace("@C", Convert.ToBase64String(sealSm issued.Leaf "certificate"))
                        )

                    Response.create 200 (pairs (signSm platformSigner.Value Sm2Type leaf.Serial body)) (span body)

                let taken pem now serial =
                    match
                        Certificates.read
                            apiV3Key
                            (force (rootsOf pem))
                            (VerificationPolicy.forAnswers Keyring.none |> VerificationPolicy.withSuite sm)
                            now
                            (answer serial)
                    with
                    | Ok [ found ] -> found.Serial
                    | Ok _ -> "several"
                    | Error(ApiError.UntrustedAnswer(_, _, reason, _)) -> VerifyError.code reason
                    | Error error -> ApiError.code error

                Expect.equal (taken issued.Root smNow.Value leaf.Serial) leaf.Serial "right"

                Expect.equal
                    (taken (issue "Root" "3000" authority).Root smNow.Value leaf.Serial)
                    "foreign_certificate"
                    "another issuer"

                Expect.equal (taken issued.Root smNow.Value "55AA") "malformed_answer" "another serial"
            }

            test "the façade reads PlatformRootFiles of SM2 under the suite, and says what is wrong with one of RSA" {
                let folder = Directory.CreateTempSubdirectory "sm"

                try
                    File.WriteAllText(Path.Combine(folder.FullName, "root.pem"), right.Value.Root)

                    let problems suite =
                        let options =
                            WeChatPayOptions(
                                MerchantId = "1900000001",
                                MerchantSerial = merchantPair.Value.Serial,
                                MerchantPrivateKey = merchantPair.Value.Private,
                                ApiV3Key = apiV3KeyText,
                                DownloadPlatformCertificates = true,
                                BaseDirectory = folder.FullName,
                                Suite = suite
                            )

                        options.PlatformRootFiles.Add "root.pem"

                        try
                            use http = new System.Net.Http.HttpClient()
                            WeChatPayClient(http, options) |> ignore
                            []
                        with :? WeChatPayConfigurationException as failure ->
                            [ for problem in failure.Problems -> problem.Setting ]

                    Expect.isEmpty (problems sm) "SM"
                    Expect.contains (problems Suite.rsa) "PlatformRootFiles" "RSA"
                finally
                    folder.Delete true
            }
        ]

/// A ring of both algorithms: SM2 under one id, RSA under another.
let private types =
    testList
        "signatures without a type"
        [
            let rsaId = "PUB_KEY_ID_0119000000012026010100000000000002"

            let ring =
                lazy
                    force (
                        Keyring.create
                            [
                                publicKeyOf platformPair.Value
                                force (PlatformKey.ofPublicKeyPem rsaId (stranger.ExportSubjectPublicKeyInfoPem()))
                            ]
                    )

            let verify suite kind serial signature =
                let body = "{}"B

                let headers =
                    signSm platformSigner.Value Sm2Type serial body
                    |> List.choose (fun (name, value) ->
                        match name, kind with
                        | "Wechatpay-Signature-Type", ValueNone -> None
                        | "Wechatpay-Signature-Type", ValueSome kind -> Some(name, kind)
                        | _ -> Some(name, value))

                let find name =
                    headers |> List.find (fun (found, _) -> found = name) |> snd

                let signed =
                    headers
                    |> List.map (fun (name, value) ->
                        if name = "Wechatpay-Signature" && signature = "RSA" then
                            name, signWith stranger (find "Wechatpay-Timestamp") (find "Wechatpay-Nonce") body
                        else
                            name, value)

                let policy =
                    VerificationPolicy.forNotifications ring.Value
                    |> VerificationPolicy.withSuite suite

                codeOf (Core.verify policy smNow.Value (deliver signed body))

            test "the key that the serial names says it" {
                for kind in [ ValueNone; ValueSome "" ] do
                    Expect.equal (verify sm kind PublicKeyId "SM2") "ok" "SM2 by SM2"
                    Expect.equal (verify sm kind rsaId "RSA") "ok" "RSA by RSA"
                    Expect.equal (verify Suite.rsa kind rsaId "RSA") "ok" "RSA, without the suite"
            }

            test "and no signature of the other algorithm passes under it" {
                Expect.equal (verify sm ValueNone PublicKeyId "RSA") "signature_mismatch" "RSA under SM2"
                Expect.equal (verify sm ValueNone rsaId "SM2") "signature_mismatch" "SM2 under RSA"
            }

            test "a policy of RSA has no use for a key of SM2, said or unsaid" {
                for kind in [ ValueNone; ValueSome Sm2Type ] do
                    Expect.equal (verify Suite.rsa kind PublicKeyId "SM2") "unsupported_signature_type" "SM2"
            }

            test "a type that is said must be the key's" {
                Expect.equal (verify sm (ValueSome Sm2Type) PublicKeyId "SM2") "ok" "SM2"
                let rsa = ValueSome "WECHATPAY2-SHA256-RSA2048"
                Expect.equal (verify sm rsa PublicKeyId "SM2") "unsupported_signature_type" "RSA said of SM2"
                Expect.equal (verify sm (ValueSome Sm2Type) rsaId "RSA") "unsupported_signature_type" "SM2 said of RSA"
            }
        ]

[<Tests>]
let tests = testList "sm keys" [ passwords; archives; issuers; types ]
