module WeChatPay.Tests.SmTests

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Net
open System.Net.Http
open System.Numerics
open System.Text
open System.Text.RegularExpressions
open System.Threading
open System.Threading.Tasks
open Expecto
open FsCheck
open Org.BouncyCastle.Crypto.Digests
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.Platform

let sm = SmSuite.Instance

let private hex (text: string) =
    Convert.FromHexString(text.Replace(" ", ""))

let span (bytes: byte array) = ReadOnlySpan<byte> bytes

/// Runs openssl in a folder of its own; what it wrote to standard output. The command stands in the test.
let openssl (folder: string) (command: string) =
    let start =
        ProcessStartInfo(
            "openssl",
            command,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    use tool = nonNull (Process.Start start)
    use output = new MemoryStream()
    let errors = tool.StandardError.ReadToEndAsync()
    tool.StandardOutput.BaseStream.CopyTo output
    tool.WaitForExit()

    if tool.ExitCode <> 0 then
        failtestf "openssl %s: %s" command errors.Result

    output.ToArray()

let withFolder work =
    let folder = Directory.CreateTempSubdirectory "sm"

    try
        work folder.FullName
    finally
        folder.Delete true

/// A pair of SM2 as openssl makes it, with a certificate of its own.
type Pair =
    {
        Private: string
        Sec1: string
        Public: string
        Certificate: string
        Serial: string
    }

/// Made once, for this run only.
let newPair (serial: string) =
    withFolder (fun folder ->
        let run = openssl folder

        let read name =
            File.ReadAllText(Path.Combine(folder, name))

        run "ecparam -name SM2 -genkey -out sec1.pem" |> ignore
        run "pkcs8 -topk8 -nocrypt -in sec1.pem -out key.pem" |> ignore
        run "pkey -in key.pem -pubout -out pub.pem" |> ignore

        run (
            "req -x509 -new -key key.pem -sm3 -sigopt distid:1234567812345678 -subj /CN=Tenpay.com -days 3650 -set_serial 0x"
            + serial
            + " -out cert.pem"
        )
        |> ignore

        {
            Private = read "key.pem"
            Sec1 = read "sec1.pem"
            Public = read "pub.pem"
            Certificate = read "cert.pem"
            Serial = serial
        })

let platformPair = lazy newPair "7132D72A03E93CDDF8C03BBD1F37EEDF99A8D9A1"
let merchantPair = lazy newPair "4A27B1F0C6A54E6AB0C7A3A5D8E2F40911223344"
let strangerPair = lazy newPair "55AA"

let keyOf (pair: Pair) =
    force (MerchantKey.readFor sm "" pair.Serial (span (utf8 pair.Private)))

/// The platform's own signing key: what a merchant's key does, it does.
let platformSigner = lazy keyOf platformPair.Value

let publicKeyOf (pair: Pair) =
    force (PlatformKey.readPublicKeyFor sm PublicKeyId (span (utf8 pair.Public)))

let certificateOf (pair: Pair) =
    force (PlatformKey.ofCertificatePemFor sm pair.Certificate)

/// An hour into the validity of openssl's certificate, which begins when it was made.
let smNow = lazy (certificateOf platformPair.Value).NotBefore.AddHours 1.0

let private smRing =
    lazy
        force (
            Keyring.create
                [
                    publicKeyOf platformPair.Value
                    certificateOf platformPair.Value
                    certificate
                ]
        )

let smVerification =
    lazy
        (VerificationPolicy.forNotifications smRing.Value
         |> VerificationPolicy.withSuite sm)

let smPolicy =
    lazy
        {
            Verification = smVerification.Value
            ApiV3Key = apiV3Key
        }

let signSm (signer: MerchantKey) (kind: string) (serial: string) (body: byte array) =
    let timestamp = smNow.Value.ToUnixTimeSeconds().ToString()
    let nonce = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"

    [
        "Wechatpay-Timestamp", timestamp
        "Wechatpay-Nonce", nonce
        "Wechatpay-Signature",
        Convert.ToBase64String(Signing.sign signer (span (Canonical.delivery timestamp nonce (span body))))
        "Wechatpay-Serial", serial
        "Wechatpay-Signature-Type", kind
    ]

[<Literal>]
let Sm2Type = "WECHATPAY2-SM2-WITH-SM3"

let sealSm (plain: string) (data: string) =
    force (Sm4.seal apiV3Key (span "0123456789ab"B) (span (utf8 data)) (span (utf8 plain)))

let envelope (algorithm: string) (sealedBytes: byte array) =
    utf8 (
        """{"id":"EV-2018022511223320873","create_time":"2026-01-31T08:00:00+08:00","event_type":"TRANSACTION.SUCCESS","resource_type":"encrypt-resource","summary":"支付成功","resource":{"original_type":"transaction","algorithm":"@A","ciphertext":"@C","associated_data":"transaction","nonce":"0123456789ab"}}"""
            .Replace("@A", algorithm)
            .Replace("@C", Convert.ToBase64String sealedBytes)
    )

let decodeBy policy headers body =
    Core.decode policy smNow.Value (deliver headers body)

let codeOf result =
    match result with
    | Ok _ -> "ok"
    | Error error -> VerifyError.code error

/// SM4-GCM as openssl's single blocks and the specification give it (NIST SP 800-38D), with nothing of the library.
let private referenceGcm (key: byte array) (nonce: byte array) (data: byte array) (plain: byte array) =
    withFolder (fun folder ->
        let blockOf (input: byte array) (iv: string) mode =
            File.WriteAllBytes(Path.Combine(folder, "in"), input)
            openssl folder ("enc -sm4-" + mode + " -K " + Convert.ToHexString key + iv + " -nopad -in in")

        let number (bytes: byte array) = BigInteger(span bytes, true, true)
        let h = number (blockOf (Array.zeroCreate 16) "" "ecb")
        let first = Array.append nonce [| 0uy; 0uy; 0uy; 1uy |]
        let second = Array.append nonce [| 0uy; 0uy; 0uy; 2uy |]
        let cipher = blockOf plain (" -iv " + Convert.ToHexString second) "ctr"
        let polynomial = BigInteger(0xE1) <<< 120

        let times (x: BigInteger) =
            let mutable z, v = BigInteger.Zero, h

            for bit in 127..-1..0 do
                if not ((x >>> bit) &&& BigInteger.One).IsZero then
                    z <- z ^^^ v

                v <- if v.IsEven then v >>> 1 else (v >>> 1) ^^^ polynomial

            z

        let padded (bytes: byte array) =
            Array.append bytes (Array.zeroCreate ((16 - bytes.Length % 16) % 16))

        let lengths = (BigInteger(8 * data.Length) <<< 64) + BigInteger(8 * cipher.Length)

        let hash =
            Seq.append
                (Array.append (padded data) (padded cipher)
                 |> Array.chunkBySize 16
                 |> Seq.map number)
                [ lengths ]
            |> Seq.fold (fun sum block -> times (sum ^^^ block)) BigInteger.Zero

        let tag = (hash ^^^ number (blockOf first "" "ecb")).ToByteArray(true, true)
        Array.concat [ cipher; Array.zeroCreate (16 - tag.Length); tag ])

/// GB/T 32918.5-2017, annexes A and C: the curve's recommended parameters, the pair, a signature, a sealed text.
module private Standard =
    let d = hex "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"

    let point =
        hex
            "04 09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020 CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"

    let signature =
        hex
            "3046 022100 F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3 022100 B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"

    let sealedText =
        hex
            "307C 0220 04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73 022100 E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0 0420 59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766 0413 21886CA989CA9C7D58087307CA93092D651EFA"

    let spki =
        Array.append (hex "3059301306072A8648CE3D020106082A811CCF5501822D034200") point

    let sec1 =
        Array.concat [ hex "3031 020101 0420"; d; hex "A00A 06082A811CCF5501822D" ]

    let key = force (MerchantKey.readFor sm "" "AB" (span sec1))
    let publicKey = force (PlatformKey.readPublicKeyFor sm PublicKeyId (span spki))

let private standards =
    testList
        "standards"
        [
            test "SM3 is that of GM/T 0004: abc, and 64 bytes" {
                let hash (text: string) =
                    let digest = SM3Digest()
                    digest.BlockUpdate(span (utf8 text))
                    let bytes = Array.zeroCreate<byte> 32
                    digest.DoFinal(bytes.AsSpan()) |> ignore
                    Convert.ToHexStringLower bytes

                Expect.equal (hash "abc") "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" "abc"

                Expect.equal
                    (hash (String.replicate 16 "abcd"))
                    "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
                    "64 bytes"
            }

            test "GB/T 32918.5, annex C: the sealed text opens, one bit more does not" {
                Expect.equal
                    (Sensitive.unsealBytes Standard.key (span Standard.sealedText))
                    (Ok(utf8 "encryption standard"))
                    "opened"

                for at in [ 10; 50; 80; 115; 124 ] do
                    let changed = Array.copy Standard.sealedText
                    changed[at] <- changed[at] ^^^ 1uy

                    Expect.equal
                        (Sensitive.unsealBytes Standard.key (span changed))
                        (Error SensitiveError.NotAuthentic)
                        "not with another bit"
            }

            test
                "GB/T 32918.5, annex A: the pair signs under the user 1234567812345678, and openssl verifies the standard's signature by our key's form" {
                withFolder (fun folder ->
                    let write name (bytes: byte array) =
                        File.WriteAllBytes(Path.Combine(folder, name), bytes)

                    write "pub.der" Standard.spki
                    write "m" "message digest"B
                    write "standard.sig" Standard.signature
                    write "ours.sig" (Signing.sign Standard.key (span "message digest"B))

                    for name in [ "standard.sig"; "ours.sig" ] do
                        openssl
                            folder
                            ("pkeyutl -verify -pubin -keyform DER -inkey pub.der -rawin -digest sm3 -pkeyopt distid:1234567812345678 -in m -sigfile "
                             + name)
                        |> ignore)
            }

            test "RFC 8998, A.1: the reference that the next test compares with is SM4-GCM" {
                let actual =
                    referenceGcm
                        (hex "0123456789ABCDEFFEDCBA9876543210")
                        (hex "00001234567800000000ABCD")
                        (hex "FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
                        (hex
                            "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDDEEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA")

                Expect.equal
                    (Convert.ToHexString actual)
                    "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D83DE3541E4C2B58177E065A9BF7B62EC"
                    "ciphertext and tag"
            }

            test "a resource is sealed by SM4-GCM under the first half of SM3 of the APIv3 key, both ways" {
                let key =
                    withFolder (fun folder ->
                        File.WriteAllText(Path.Combine(folder, "k"), apiV3KeyText)
                        (openssl folder "dgst -sm3 -binary k")[..15])

                for length in [ 0; 1; 16; 31; 700 ] do
                    let plain = Array.init length byte
                    let nonce, data = "0123456789ab"B, utf8 "transaction"
                    // `enc` is not to be had without any input.
                    if length > 0 then
                        let reference = referenceGcm key nonce data plain
                        Expect.equal (Sm4.seal apiV3Key (span nonce) (span data) (span plain)) (Ok reference) "sealed"
                        Expect.equal (Sm4.unseal apiV3Key (span nonce) (span data) (span reference)) (Ok plain) "opened"
                    else
                        let ours = force (Sm4.seal apiV3Key (span nonce) (span data) (span plain))
                        Expect.equal (Sm4.unseal apiV3Key (span nonce) (span data) (span ours)) (Ok plain) "nothing"
            }
        ]

let private opensslBothWays =
    testList
        "openssl"
        [
            test "a signature of ours is verified by openssl, and one of openssl's by us" {
                withFolder (fun folder ->
                    let path name = Path.Combine(folder, name)
                    File.WriteAllText(path "key.pem", platformPair.Value.Private)
                    File.WriteAllText(path "cert.pem", platformPair.Value.Certificate)
                    let body = envelope Sm4.Name (sealSm paid "transaction")

                    let headers =
                        signSm platformSigner.Value Sm2Type platformPair.Value.Serial body |> dict

                    let text =
                        Canonical.delivery headers["Wechatpay-Timestamp"] headers["Wechatpay-Nonce"] (span body)

                    File.WriteAllBytes(path "m", text)
                    File.WriteAllBytes(path "ours", Convert.FromBase64String headers["Wechatpay-Signature"])

                    openssl
                        folder
                        "pkeyutl -verify -certin -inkey cert.pem -rawin -digest sm3 -pkeyopt distid:1234567812345678 -in m -sigfile ours"
                    |> ignore

                    let theirs =
                        openssl
                            folder
                            "pkeyutl -sign -inkey key.pem -rawin -digest sm3 -pkeyopt distid:1234567812345678 -in m"

                    let signedBy (signature: byte array) =
                        [
                            for KeyValue(name, value) in headers do
                                name,
                                (if name = "Wechatpay-Signature" then
                                     Convert.ToBase64String signature
                                 else
                                     value)
                        ]

                    Expect.equal (codeOf (decodeBy smPolicy.Value (signedBy theirs) body)) "ok" "openssl's"
                    // Signed for another user than the one that both agree on.
                    let other =
                        openssl folder "pkeyutl -sign -inkey key.pem -rawin -digest sm3 -pkeyopt distid:87654321 -in m"

                    Expect.equal
                        (codeOf (decodeBy smPolicy.Value (signedBy other) body))
                        "signature_mismatch"
                        "another user's")
            }

            test "a field sealed by us is opened by openssl, and one sealed by openssl by us" {
                withFolder (fun folder ->
                    let path name = Path.Combine(folder, name)
                    File.WriteAllText(path "key.pem", platformPair.Value.Private)
                    File.WriteAllText(path "pub.pem", platformPair.Value.Public)

                    // Coordinates of 31 bytes come up once in 128.
                    for text in [ "张三"; "a"; String('9', 1000) ] do
                        let ours = force (Sensitive.seal (publicKeyOf platformPair.Value) text)
                        File.WriteAllBytes(path "ours", Convert.FromBase64String ours)
                        let opened = openssl folder "pkeyutl -decrypt -inkey key.pem -in ours"
                        Expect.equal (Encoding.UTF8.GetString opened) text "by openssl"
                        File.WriteAllText(path "plain", text)
                        let theirs = openssl folder "pkeyutl -encrypt -pubin -inkey pub.pem -in plain"

                        Expect.equal
                            (Sensitive.unseal platformSigner.Value (Convert.ToBase64String theirs))
                            (Ok text)
                            "by us")

                Expect.equal
                    (Sensitive.seal (publicKeyOf platformPair.Value) "")
                    (Error SensitiveError.Nothing)
                    "an empty text"
            }

            test "many fields, so that short coordinates come up" {
                let key, signer = publicKeyOf platformPair.Value, platformSigner.Value

                for number in 1..600 do
                    let text = number.ToString()
                    Expect.equal (Sensitive.seal key text |> Result.bind (Sensitive.unseal signer)) (Ok text) text
            }
        ]

let private pipeline =
    testList
        "pipeline"
        [
            test "a notification of an SM merchant is verified, opened and typed, whichever name its cipher has" {
                for algorithm in [ "AEAD_SM4_128_GCM"; "AEAD_SM4_GCM" ] do
                    for serial in [ PublicKeyId; platformPair.Value.Serial ] do
                        let body = envelope algorithm (sealSm paid "transaction")

                        match decodeBy smPolicy.Value (signSm platformSigner.Value Sm2Type serial body) body with
                        | Ok {
                                 Event = WeChatPayEvent.PaymentSucceeded transaction
                             } -> Expect.isNotEmpty transaction.OutTradeNo "typed"
                        | other -> failtestf "%s under %s: %s" algorithm serial (codeOf other)
            }

            test "AES-256-GCM is read under the suite, too; an unknown cipher is not" {
                let aes =
                    force (Cipher.seal apiV3Key (span "0123456789ab"B) (span "transaction"B) (span (utf8 paid)))

                for algorithm, expected in
                    [
                        "AEAD_AES_256_GCM", "ok"
                        "AEAD_SM4_128_GCM", "decryption_failed"
                        "AEAD_SM4_128_CCM", "unsupported_cipher"
                    ] do
                    let body = envelope algorithm aes

                    Expect.equal
                        (codeOf (decodeBy smPolicy.Value (signSm platformSigner.Value Sm2Type PublicKeyId body) body))
                        expected
                        algorithm
            }

            test "SM4 without the suite in the policy is unsupported_cipher, as ever" {
                // Signed by RSA, so that only the cipher is in question.
                let sent = sign (envelope "AEAD_SM4_128_GCM" (sealSm paid "transaction"))
                Expect.equal (codeOf (decode sent)) "unsupported_cipher" "RSA"

                let withSm =
                    { policy with
                        Verification = VerificationPolicy.withSuite sm policy.Verification
                    }

                Expect.equal
                    (codeOf (Core.decode withSm now (deliver (headersOf sent) sent.Body)))
                    "ok"
                    "with the suite"
            }

            test "a signature's type agrees with the named key's algorithm, or is unsupported_signature_type" {
                let body = envelope Sm4.Name (sealSm paid "transaction")

                let headers kind =
                    signSm platformSigner.Value kind PublicKeyId body

                let decode policy kind =
                    codeOf (decodeBy policy (headers kind) body)

                Expect.equal (decode smPolicy.Value Sm2Type) "ok" "SM2 by SM2"

                for kind in [ "WECHATPAY2-SHA256-RSA2048"; "WECHATPAY-BRAND-SHA256-RSA2048"; "SM2" ] do
                    Expect.equal (decode smPolicy.Value kind) "unsupported_signature_type" kind

                let rsaOnly =
                    { smPolicy.Value with
                        Verification = VerificationPolicy.withSuite Suite.rsa smVerification.Value
                    }

                Expect.equal (decode rsaOnly Sm2Type) "unsupported_signature_type" "the policy knows RSA alone"

                let sent = notify "TRANSACTION.SUCCESS" paid

                let withSm =
                    { policy with
                        Verification = VerificationPolicy.withSuite sm policy.Verification
                    }

                let claim kind =
                    codeOf (
                        Core.decode
                            withSm
                            now
                            (deliver (headersOf sent @ [ "Wechatpay-Signature-Type", kind ]) sent.Body)
                    )

                Expect.equal (claim "WECHATPAY2-SHA256-RSA2048") "ok" "RSA by RSA, under the suite"
                Expect.equal (claim Sm2Type) "unsupported_signature_type" "SM2 claimed for an RSA key"
            }

            test "every bit of a signature, a tag, a nonce and a body counts" {
                let body = envelope Sm4.Name (sealSm paid "transaction")
                let headers = signSm platformSigner.Value Sm2Type PublicKeyId body
                let signature = Convert.FromBase64String(snd headers[2])

                for bit in 0 .. signature.Length * 8 - 1 do
                    let changed = Array.copy signature
                    changed[bit / 8] <- changed[bit / 8] ^^^ byte (1 <<< bit % 8)

                    let sent =
                        headers
                        |> List.map (fun (name, value) ->
                            name,
                            (if name = "Wechatpay-Signature" then
                                 Convert.ToBase64String changed
                             else
                                 value))

                    Expect.equal (codeOf (decodeBy smPolicy.Value sent body)) "signature_mismatch" "signature"

                for at in 0..7 .. body.Length - 1 do
                    let changed = Array.copy body
                    changed[at] <- changed[at] ^^^ 1uy
                    Expect.equal (codeOf (decodeBy smPolicy.Value headers changed)) "signature_mismatch" "body"

                let nonce, data, bytes =
                    "0123456789ab"B, utf8 "transaction", sealSm paid "transaction"

                let opens (bytes: byte array) =
                    Sm4.unseal apiV3Key (span nonce) (span data) (span bytes)

                Expect.isOk (opens bytes) "as sealed"

                for bit in 0 .. bytes.Length * 8 - 1 do
                    let changed = Array.copy bytes
                    changed[bit / 8] <- changed[bit / 8] ^^^ byte (1 <<< bit % 8)
                    Expect.equal (opens changed) (Error CipherError.NotAuthentic) "sealed"
            }

            test "the certificates of the suite are asked for by algorithm_type, opened by SM4 and read as SM2" {
                let asked = Certificates.operationFor sm

                match OperationRequest.prepare (Caller "1900000001") asked with
                | Ok request -> Expect.equal request.Url "/v3/certificates?algorithm_type=SM2" "asked"
                | Error _ -> failtest "prepared"

                match OperationRequest.prepare (Caller "1900000001") Certificates.operation with
                | Ok request -> Expect.equal request.Url "/v3/certificates" "RSA is given unasked"
                | Error _ -> failtest "prepared"

                let pair = platformPair.Value

                let answer (signer: MerchantKey) =
                    let body =
                        utf8 (
                            """{"data":[{"serial_no":"@S","effective_time":"2026-01-01T00:00:00+08:00","expire_time":"2031-01-01T00:00:00+08:00","encrypt_certificate":{"algorithm":"AEAD_SM4_128_GCM","nonce":"0123456789ab","associated_data":"certificate","ciphertext":"@C"}}]}"""
                                .Replace("@S", pair.Serial)
                                .Replace("@C", Convert.ToBase64String(sealSm pair.Certificate "certificate"))
                        )

                    Response.create 200 (pairs (signSm signer Sm2Type pair.Serial body)) (span body)

                let policyOf suite =
                    VerificationPolicy.forAnswers Keyring.none |> VerificationPolicy.withSuite suite

                match
                    Certificates.read
                        apiV3Key
                        CertificateRoots.none
                        (policyOf sm)
                        smNow.Value
                        (answer platformSigner.Value)
                with
                | Ok [ found ] -> Expect.equal found.Serial pair.Serial "read"
                | _ -> failtest "one certificate"

                let reason result =
                    match result with
                    | Error(ApiError.UntrustedAnswer(_, _, reason, _)) -> VerifyError.code reason
                    | _ -> "ok"

                Expect.equal
                    (reason (
                        Certificates.read
                            apiV3Key
                            CertificateRoots.none
                            (policyOf Suite.rsa)
                            smNow.Value
                            (answer platformSigner.Value)
                    ))
                    "unsupported_cipher"
                    "not without the suite"

                Expect.equal
                    (reason (
                        Certificates.read
                            apiV3Key
                            CertificateRoots.none
                            (policyOf sm)
                            smNow.Value
                            (answer (keyOf strangerPair.Value))
                    ))
                    "signature_mismatch"
                    "not signed by a stranger"

                let kept = (answer platformSigner.Value).Delivery.Body

                let takenUp suite =
                    Certificates.readKept suite apiV3Key CertificateRoots.none smNow.Value kept.Span

                match takenUp sm with
                | Ok [ found ] -> Expect.equal found.Serial pair.Serial "kept between runs"
                | _ -> failtest "one certificate"

                Expect.equal (reason (takenUp Suite.rsa)) "unsupported_cipher" "and not without the suite"
            }
        ]

let private keys =
    testList
        "keys"
        [
            test "PKCS#8, SEC 1 with its parameters before it, and DER are read; the same key each time" {
                let pair = merchantPair.Value

                let certificate =
                    force (MerchantCertificate.readFor sm (span (utf8 pair.Certificate)))

                Expect.equal certificate.Serial pair.Serial "the certificate's serial"

                for text in [ pair.Private; pair.Sec1 ] do
                    let key = force (MerchantKey.readFor sm "" pair.Serial (span (utf8 text)))
                    Expect.isOk (MerchantKey.requireCertificate certificate key) "the certificate's key"

                let other = keyOf strangerPair.Value

                Expect.equal
                    (MerchantKey.requireCertificate certificate other |> Result.mapError ignore)
                    (Error())
                    "not another's"
            }

            test "the merchant's own key in the platform's place is refused" {
                let pair = merchantPair.Value

                Expect.equal
                    (PlatformKey.requireForeign (keyOf pair) (publicKeyOf pair)
                     |> Result.mapError id
                     |> Result.isError)
                    true
                    "own"

                Expect.isOk (PlatformKey.requireForeign (keyOf pair) (publicKeyOf platformPair.Value)) "the platform's"
            }

            test "a key of the other algorithm is said to be so, in two languages" {
                let pair = merchantPair.Value
                let rsa = stranger.ExportPkcs8PrivateKeyPem()
                let sm2 = span (utf8 pair.Private)

                let says (expected: KeyError) (words: string) result =
                    match result with
                    | Ok _ -> failtest "refused"
                    | Error error ->
                        Expect.equal error expected "the case"
                        let advice = KeyError.advice error
                        Expect.stringContains advice.English words "English"
                        Expect.stringContains advice.Chinese "SM2" "Chinese"

                MerchantKey.readFor Suite.rsa "" "AB" sm2
                |> says (KeyError.Sm2ForRsa KeyRole.MerchantPrivateKey) "SmSuite.Instance"

                MerchantKey.readFor Suite.rsa "" "AB" (span (utf8 pair.Sec1))
                |> says (KeyError.Sm2ForRsa KeyRole.MerchantPrivateKey) "SmSuite.Instance"

                PlatformKey.readPublicKey PublicKeyId (span (utf8 pair.Public))
                |> says (KeyError.Sm2ForRsa KeyRole.PlatformPublicKey) "SmSuite.Instance"

                PlatformKey.readCertificates (span (utf8 pair.Certificate))
                |> says (KeyError.Sm2ForRsa KeyRole.PlatformCertificate) "SmSuite.Instance"

                MerchantCertificate.read (span (utf8 pair.Certificate))
                |> says (KeyError.Sm2ForRsa KeyRole.MerchantCertificate) "SmSuite.Instance"

                MerchantKey.readFor sm "" "AB" (span (utf8 rsa))
                |> says (KeyError.NotSm2 KeyRole.MerchantPrivateKey) "SM2"

                PlatformKey.readPublicKeyFor sm PublicKeyId (span (utf8 publicKeyPem))
                |> says (KeyError.NotSm2 KeyRole.PlatformPublicKey) "SM2"
            }

            test "numbers and points that no key has are damaged: 0, n - 1, off the curve" {
                let sec1 (d: string) =
                    Array.concat [ hex "3031 020101 0420"; hex d; hex "A00A 06082A811CCF5501822D" ]

                let read d =
                    MerchantKey.readFor sm "" "AB" (span (sec1 d)) |> Result.map ignore

                let damaged = Error(KeyError.Damaged KeyRole.MerchantPrivateKey)
                Expect.equal (read (String('0', 64))) damaged "0"
                let n = "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D541"
                Expect.equal (read (n + "22")) damaged "n - 1"
                Expect.equal (read (n + "21")) (Ok()) "n - 2"
                let off = Array.copy Standard.spki
                off[off.Length - 1] <- off[off.Length - 1] ^^^ 1uy

                Expect.equal
                    (PlatformKey.readPublicKeyFor sm PublicKeyId (span off) |> Result.map ignore)
                    (Error(KeyError.Damaged KeyRole.PlatformPublicKey))
                    "off the curve"
            }
        ]

/// One byte of something good changed, or cut, or anything at all.
let private spoil (good: byte array) (at: int) (value: byte) (length: int) =
    let changed = Array.copy good
    changed[abs at % good.Length] <- value
    changed[.. abs length % good.Length]

let private totality =
    testList
        "totality"
        [
            testProperty "any bytes are a key or not, never an exception"
            <| fun (at: int) (value: byte) (length: int) (junk: byte array) ->
                let der (pem: string) =
                    let body = Regex.Replace(pem, "-----[^-]+-----|\\s", "")
                    Convert.FromBase64String body

                let pair = merchantPair.Value

                for good in [ der pair.Private; Standard.sec1; der pair.Public; der pair.Certificate ] do
                    let whole = Array.copy good
                    whole[abs at % good.Length] <- value

                    for bytes in [ spoil good at value length; whole; junk ] do
                        MerchantKey.readFor sm "x" "AB" (span bytes) |> ignore
                        PlatformKey.readPublicKeyFor sm PublicKeyId (span bytes) |> ignore
                        PlatformKey.readCertificatesFor sm (span bytes) |> ignore
                        MerchantCertificate.readFor sm (span bytes) |> ignore

            testProperty "any bytes are a signature, a sealed field, a sealed resource or not, never an exception"
            <| fun (at: int) (value: byte) (length: int) (junk: byte array) ->
                let body = "{}"B
                let headers = signSm platformSigner.Value Sm2Type PublicKeyId body
                let signature = Convert.FromBase64String(snd headers[2])
                let field = Convert.FromBase64String(force (Sensitive.seal Standard.publicKey "张三"))
                let resource = sealSm "{}" ""

                let isSigned bytes =
                    let changed =
                        headers
                        |> List.map (fun (name, text) ->
                            name,
                            (if name = "Wechatpay-Signature" then
                                 Convert.ToBase64String(bytes: byte array)
                             else
                                 text))

                    codeOf (Core.verify smVerification.Value smNow.Value (deliver changed body))

                for bytes in [ spoil signature at value length; junk ] do
                    let code = isSigned bytes
                    Expect.isTrue (code = "signature_mismatch" || code = "missing_header" || bytes = signature) code

                for bytes in [ spoil field at value length; junk ] do
                    if bytes <> field then
                        Expect.isError (Sensitive.unsealBytes Standard.key (span bytes)) "a field"

                for bytes in [ spoil resource at value length; junk ] do
                    if bytes <> resource then
                        Expect.isError
                            (Sm4.unseal apiV3Key (span "0123456789ab"B) (span [||]) (span bytes))
                            "a resource"
        ]

/// The platform's end of the wire for an SM merchant.
[<Sealed>]
type private SmWire(answer: HttpRequestMessage -> string -> string, signer: MerchantKey) =
    inherit HttpMessageHandler()
    member val Problem = "" with get, set

    override wire.SendAsync(request: HttpRequestMessage, cancellationToken) =
        task {
            let! body =
                match request.Content with
                | null -> Task.FromResult ""
                | content -> content.ReadAsStringAsync cancellationToken

            let authorization = String.Join("", request.Headers.GetValues "Authorization")

            let part (name: string) =
                Regex.Match(authorization, name + "=\"([^\"]*)\"").Groups[1].Value

            let text =
                Canonical.request
                    request.Method.Method
                    (nonNull request.RequestUri).PathAndQuery
                    (part "timestamp")
                    (part "nonce_str")
                    (span (utf8 body))

            withFolder (fun folder ->
                let path name = Path.Combine(folder, name)
                File.WriteAllText(path "pub.pem", merchantPair.Value.Public)
                File.WriteAllBytes(path "m", text)
                File.WriteAllBytes(path "sig", Convert.FromBase64String(part "signature"))

                openssl
                    folder
                    "pkeyutl -verify -pubin -inkey pub.pem -rawin -digest sm3 -pkeyopt distid:1234567812345678 -in m -sigfile sig"
                |> ignore)

            Expect.stringStarts authorization "WECHATPAY2-SM2-WITH-SM3 mchid=" "the scheme"
            let serial = String.Join("", request.Headers.GetValues "Wechatpay-Serial")
            let answered = utf8 (answer request body)

            let response =
                new HttpResponseMessage(HttpStatusCode.OK, Content = new ByteArrayContent(answered))

            for name, value in signSm signer Sm2Type serial answered do
                response.Headers.TryAddWithoutValidation(name, value) |> ignore

            return response
        }

let private options () =
    WeChatPayOptions(
        MerchantId = "1900000001",
        MerchantSerial = merchantPair.Value.Serial,
        MerchantPrivateKey = merchantPair.Value.Private,
        ApiV3Key = apiV3KeyText,
        PlatformPublicKeyId = PublicKeyId,
        PlatformPublicKey = platformPair.Value.Public,
        BaseAddress = "https://wechatpay.test",
        Suite = sm
    )

let private clock () =
    Microsoft.Extensions.Time.Testing.FakeTimeProvider smNow.Value

let private facade =
    testList
        "façade"
        [
            testCaseTask "an order is signed by SM2 and its answer verified; a stranger's answer is not" (fun () ->
                task {
                    let call signer =
                        task {
                            use http =
                                new HttpClient(
                                    new SmWire(
                                        (fun _ _ -> """{"code_url":"weixin://wxpay/bizpayurl?pr=p4lpSuKzz"}"""),
                                        signer
                                    )
                                )

                            let client = WeChatPayClient(http, options (), clock ())

                            return!
                                client.Payments.PrepayNativeAsync(
                                    NativePrepayRequest(
                                        Appid = "wxd678efh567hg6787",
                                        Description = "a cup of tea",
                                        OutTradeNo = "1217752501201407033233368018",
                                        NotifyUrl = "https://shop.example/wechatpay/notify",
                                        Amount = OrderAmount(Total = 100L)
                                    )
                                )
                        }

                    let! order = call platformSigner.Value
                    Expect.equal order.CodeUrl "weixin://wxpay/bizpayurl?pr=p4lpSuKzz" "answered"

                    let! refused =
                        task {
                            try
                                let! _ = call (keyOf strangerPair.Value)
                                return false
                            with :? WeChatPayUntrustedAnswerException ->
                                return true
                        }

                    Expect.isTrue refused "a stranger's answer is not trusted"
                })

            test "notifications are decoded by the façade; without the suite each key is said to be SM2" {
                let body = envelope Sm4.Name (sealSm paid "transaction")
                let headers = pairs (signSm platformSigner.Value Sm2Type PublicKeyId body)

                let result =
                    WeChatPayNotifications.Create(options (), clock ()).Decode(headers, span body)

                let isDecoded, _, _ = result.TryGet()
                Expect.isTrue isDecoded "decoded"

                let plain = options ()
                plain.Suite <- Suite.rsa

                let problems =
                    try
                        WeChatPayNotifications.Create(plain, clock ()) |> ignore
                        []
                    with :? WeChatPayConfigurationException as failure ->
                        [ for problem in failure.Problems -> problem.English ]

                Expect.hasLength problems 1 "one problem"
                Expect.stringContains problems[0] "SmSuite.Instance" "with what to do"
            }
        ]

[<Tests>]
let tests =
    testList "sm" [ standards; opensslBothWays; pipeline; keys; totality; facade ]
