/// Keys and settings as people give them: what can be understood is taken, everything else says what is wrong and where the right one is.
module WeChatPay.Tests.KeyTests

open System
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open System.Text
open Expecto
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform

let pair = RSA.Create 2048
let pkcs8 = pair.ExportPkcs8PrivateKeyPem()

let private serialBytes =
    Convert.FromHexString "00F1570000000000000000000000000000000001"

[<Literal>]
let SerialText = "F1570000000000000000000000000000000001"

let private certify (key: RSA) =
    let request =
        CertificateRequest("CN=1900000001", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

    let signer = X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1)

    request.Create(
        request.SubjectName,
        signer,
        DateTimeOffset.UtcNow.AddDays -1.0,
        DateTimeOffset.UtcNow.AddDays 1.0,
        serialBytes
    )

let private certificate = certify pair
let certificatePem = certificate.ExportCertificatePem()

let archive (password: string) =
    use whole = certificate.CopyWithPrivateKey pair
    whole.Export(X509ContentType.Pkcs12, password)

let private read (bytes: byte array) =
    MerchantKey.read "" "AB" (ReadOnlySpan bytes)

let private ofText (text: string) = read (utf8 text)

let private body (pem: string) =
    String.Join("", pem.Split('\n') |> Array.filter (fun line -> not (line.StartsWith "-----")))

let private errorOf result =
    match result with
    | Ok _ -> None
    | Error error -> Some error

let private isKey what result =
    match result with
    | Ok(key: MerchantKey) ->
        Expect.equal
            (Signing.sign key (ReadOnlySpan(utf8 "m")))
            (pair.SignData(utf8 "m", HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
            what
    | Error error -> failtest (what + ": " + (KeyError.advice error).English)

let private isError (expected: KeyError) (words: string list) result =
    Expect.equal (errorOf result) (Some expected) "the case"
    let advice = KeyError.advice expected

    for word in words do
        Expect.stringContains (advice.English + advice.Chinese) word "the words"

let encrypted (password: string) =
    pair.ExportEncryptedPkcs8PrivateKeyPem(
        password,
        PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)
    )

/// What PKCS#1 writes behind a password; the base64 stands for ciphertext.
let private oldEncrypted =
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"

let private request =
    CertificateRequest("CN=1900000001", pair, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        .CreateSigningRequestPem()

let private role = KeyRole.MerchantPrivateKey

let private forms =
    testList
        "forms"
        [
            test "a private key is taken in every form that people give it in" {
                for what, text in
                    [
                        "PKCS#8", pkcs8
                        "PKCS#1", pair.ExportRSAPrivateKeyPem()
                        "byte order mark", "\uFEFF" + pkcs8
                        "CRLF", pkcs8.Replace("\n", "\r\n")
                        "one line", pkcs8.Replace("\n", "")
                        "blanks for line ends", pkcs8.Replace("\n", " ")
                        "line ends in two letters, quoted", "\"" + pkcs8.Replace("\n", "\\n") + "\""
                        "BEGIN missing", pkcs8.Substring(pkcs8.IndexOf '\n')
                        "base64 only", body pkcs8
                        "base64 of the whole file", Convert.ToBase64String(utf8 pkcs8)
                        "indented", pkcs8.Replace("\n", "\n    ")
                        "behind its certificate", certificatePem + "\n" + pkcs8
                    ] do
                    isKey what (ofText text)

                isKey "DER" (read (pair.ExportPkcs8PrivateKey()))
                isKey "UTF-16" (read (Array.append (Encoding.Unicode.GetPreamble()) (Encoding.Unicode.GetBytes pkcs8)))
            }

            test "PKCS#12 is opened by its password, and has the serial in it" {
                let archived = archive "1900000001"

                match MerchantKey.read "1900000001" "" (ReadOnlySpan archived) with
                | Ok key ->
                    Expect.equal key.Serial SerialText "the serial"
                    isKey "PKCS#12" (Ok key)
                | Error error -> failtest (KeyError.advice error).English

                MerchantKey.read "1900000002" "" (ReadOnlySpan archived)
                |> isError (KeyError.WrongPassword role) [ "MerchantId"; "商户号" ]

                MerchantKey.read "1900000001" "AB" (ReadOnlySpan archived)
                |> isError (KeyError.SerialOfAnother("AB", SerialText)) [ SerialText; "openssl x509" ]

                let bare = certificate.Export X509ContentType.Pkcs12

                MerchantKey.read "" "" (ReadOnlySpan bare)
                |> isError (KeyError.WrongForm(role, KeyForm.Certificate)) [ "apiclient_key.pem" ]
            }

            test "a key behind a password is opened with it, and says so without" {
                isKey "with its password" (MerchantKey.read "secret" "AB" (ReadOnlySpan(utf8 (encrypted "secret"))))

                ofText (encrypted "secret")
                |> isError (KeyError.Encrypted role) [ "openssl pkey"; "密码" ]

                ofText oldEncrypted
                |> isError (KeyError.Encrypted role) [ "MerchantPrivateKeyPassword" ]

                MerchantKey.read "other" "AB" (ReadOnlySpan(utf8 (encrypted "secret")))
                |> isError (KeyError.WrongPassword role) []
            }

            test "the wrong file is named as what it is, with where the right one lies" {
                for found, text in
                    [
                        KeyForm.Certificate, certificatePem
                        KeyForm.PublicKey, pair.ExportSubjectPublicKeyInfoPem()
                        KeyForm.PublicKey, pair.ExportRSAPublicKeyPem()
                        KeyForm.CertificateRequest, request
                    ] do
                    ofText text
                    |> isError
                        (KeyError.WrongForm(role, found))
                        [ "apiclient_key.pem"; "merchant platform"; "商户平台"; "文件给错了" ]

                PlatformKey.readPublicKey PublicKeyId (ReadOnlySpan(utf8 certificatePem))
                |> isError
                    (KeyError.WrongForm(KeyRole.PlatformPublicKey, KeyForm.Certificate))
                    [ "PlatformCertificateFiles"; "pub_key.pem" ]

                PlatformKey.readCertificates (ReadOnlySpan(utf8 publicKeyPem))
                |> isError
                    (KeyError.WrongForm(KeyRole.PlatformCertificate, KeyForm.PublicKey))
                    [ "PlatformPublicKeyId" ]

                PlatformKey.readCertificates (ReadOnlySpan(utf8 pkcs8))
                |> isError
                    (KeyError.WrongForm(KeyRole.PlatformCertificate, KeyForm.PrivateKey))
                    [ "a private key"; "私钥" ]

                MerchantCertificate.read (ReadOnlySpan(utf8 pkcs8))
                |> isError
                    (KeyError.WrongForm(KeyRole.MerchantCertificate, KeyForm.PrivateKey))
                    [ "apiclient_cert.pem" ]
            }

            test "what is no key, not whole, empty, or a file's name says so" {
                ofText "" |> isError (KeyError.Empty role) [ "is empty"; "为空" ]
                ofText " \r\n" |> isError (KeyError.Empty role) []

                ofText "<html>not found</html>"
                |> isError (KeyError.NotAKey role) [ "-----BEGIN" ]

                ofText "c2VjcmV0" |> isError (KeyError.NotAKey role) []

                ofText "certs/apiclient_key.pem"
                |> isError (KeyError.IsFileName role) [ "File"; "文件名" ]

                ofText (pkcs8.Replace("-----END PRIVATE KEY-----", ""))
                |> isError (KeyError.Damaged role) [ "-----END"; "不完整" ]

                ofText (pkcs8.Remove(200, 3)) |> isError (KeyError.Damaged role) []
                // Four letters less are still base64, but no longer a key.
                ofText (pkcs8.Remove(200, 4))
                |> errorOf
                |> (fun error -> Expect.isSome error "lost letters")
            }

            test "not RSA, or too short" {
                ofText (ECDsa.Create().ExportPkcs8PrivateKeyPem())
                |> isError (KeyError.NotRsa role) [ "RSA" ]

                ofText (ECDsa.Create().ExportECPrivateKeyPem())
                |> isError (KeyError.NotRsa role) []

                ofText (RSA.Create(1024).ExportPkcs8PrivateKeyPem())
                |> isError (KeyError.TooShort(role, 1024)) [ "1024"; "2048" ]

                PlatformKey.readPublicKey
                    PublicKeyId
                    (ReadOnlySpan(utf8 (RSA.Create(1024).ExportSubjectPublicKeyInfoPem())))
                |> isError (KeyError.TooShort(KeyRole.PlatformPublicKey, 1024)) [ "pub_key.pem" ]
            }

            testProperty "any bytes give a result" (fun (bytes: byte array) (prefix: bool) ->
                let bytes = if isNull bytes then [||] else bytes

                let bytes =
                    if prefix then
                        Array.append [| 0x30uy; 0x82uy |] bytes
                    else
                        bytes

                errorOf (read bytes) |> Option.isSome)

            testProperty "any change of a good key gives a result" (fun (at: uint16) (letter: byte) ->
                let der = pair.ExportPkcs8PrivateKey()
                der[int at % der.Length] <- letter
                read der |> ignore
                true)
        ]

let private names =
    testList
        "names"
        [
            test "a serial is taken in every spelling, and is one" {
                for text in
                    [
                        SerialText
                        SerialText.ToLowerInvariant()
                        "00" + SerialText
                        "serial=" + SerialText
                        "0x" + SerialText
                        " " + SerialText + "\n"
                        String.Join(":", SerialText.ToLowerInvariant() |> Seq.chunkBySize 2 |> Seq.map String)
                        // python3 -c "print(0xF1570000000000000000000000000000000001)"
                        "5382058361721943318568364382964975464546828289"
                    ] do
                    Expect.equal (Serial.ofText text) (Ok SerialText) text

                // 40 digits may be hexadecimal, and are.
                Expect.equal (Serial.ofText (String('1', 40))) (Ok(String('1', 40))) "40 digits"
            }

            test "what is no serial says how to print one" {
                for text in [ ""; "apiclient"; "G1"; String('A', 65) ] do
                    Serial.ofText text
                    |> isError KeyError.BadSerial [ "openssl x509 -noout -serial"; "序列号" ]

                Serial.ofText PublicKeyId
                |> isError KeyError.PublicKeyIdForSerial [ "PlatformPublicKeyId"; "apiclient_cert.pem" ]
            }

            test "the private key must be the certificate's" {
                let own = force (MerchantCertificate.read (ReadOnlySpan(utf8 certificatePem)))
                let key = force (MerchantKey.ofPem SerialText pkcs8)
                Expect.isOk (MerchantKey.requireCertificate own key) "its own"

                let other =
                    force (MerchantKey.ofPem SerialText (stranger.ExportPkcs8PrivateKeyPem()))

                MerchantKey.requireCertificate own other
                |> isError (KeyError.NotOfCertificate SerialText) [ "pairs"; "压缩包" ]

                let renamed = force (MerchantKey.ofPem "AB" pkcs8)

                MerchantKey.requireCertificate own renamed
                |> isError (KeyError.SerialOfAnother("AB", SerialText)) [ SerialText ]
            }

            test "an APIv3 key has 32 bytes without blanks" {
                Expect.isOk (ApiV3Key.create apiV3KeyText) "32"

                ApiV3Key.create (apiV3KeyText + "0")
                |> isError (KeyError.WrongApiV3KeyLength 33) [ "33"; "APIv2"; "商户平台" ]

                ApiV3Key.create (apiV3KeyText.Substring 1)
                |> isError (KeyError.WrongApiV3KeyLength 31) [ "31" ]

                ApiV3Key.create (apiV3KeyText + "\n")
                |> isError (KeyError.BlankInApiV3Key 33) [ "line end"; "换行" ]

                ApiV3Key.create (apiV3KeyText.Substring 1 + " ")
                |> isError (KeyError.BlankInApiV3Key 32) []
            }

            test "the APIv2 key in its place is named when nothing opens" {
                let other =
                    force (ApiV3Key.create (Convert.ToHexStringLower(RandomNumberGenerator.GetBytes 16)))

                let good = notify "TRANSACTION.SUCCESS" paid

                match Core.decode { policy with ApiV3Key = other } now (deliver (headersOf good) good.Body) with
                | Error(VerifyError.DecryptionFailed _ as error) ->
                    let advice = VerifyError.advice error
                    Expect.stringContains advice.English "APIv2" "English"
                    Expect.stringContains advice.Chinese "APIv2" "Chinese"
                | _ -> failtest "another key opened it"
            }

            test "a public key id is whole" {
                for id in
                    [
                        "0119000000012026010100000000000001"
                        "PUB_KEY_ID_"
                        "pub_key_id_01"
                        "PUB_KEY_ID_1 2"
                    ] do
                    PlatformKey.ofPublicKeyPem id publicKeyPem
                    |> isError KeyError.BadPublicKeyId [ "PUB_KEY_ID_"; "公钥 ID" ]

                Expect.isOk (PlatformKey.ofPublicKeyPem (" " + PublicKeyId + "\n") publicKeyPem) "blanks around"
            }

            test "the merchant's own key is not the platform's" {
                let key = force (MerchantKey.ofPem "AB" pkcs8)

                let own =
                    force (PlatformKey.ofPublicKeyPem PublicKeyId (pair.ExportSubjectPublicKeyInfoPem()))

                PlatformKey.requireForeign key own
                |> isError (KeyError.MerchantsOwn KeyRole.PlatformPublicKey) [ "pub_key.pem" ]

                let ownCertificate = force (PlatformKey.ofCertificatePem certificatePem)

                PlatformKey.requireForeign key ownCertificate
                |> isError (KeyError.MerchantsOwn KeyRole.PlatformCertificate) []

                Expect.isOk (PlatformKey.requireForeign key publicKey) "the platform's"
            }

            test "a ring has keys, and one of each serial" {
                Keyring.create []
                |> errorOf
                |> (fun error -> Expect.equal error (Some KeyError.NoKeys) "none")

                let twin =
                    force (PlatformKey.ofPublicKeyPem PublicKeyId (stranger.ExportSubjectPublicKeyInfoPem()))

                Keyring.create [ publicKey; twin ]
                |> errorOf
                |> (fun error -> Expect.equal error (Some(KeyError.SerialTwice PublicKeyId)) "two")

                Expect.equal (force (Keyring.create [ publicKey; publicKey ])).Count 1 "the same twice is one"
            }
        ]

[<Tests>]
let tests = testList "keys" [ forms; names ]
