/// The doctor's judgement, without a wire: facts in, findings out, at every limit and for any answer.
module WeChatPay.Tests.DoctorTests

open System
open System.Collections.Generic
open System.Globalization
open System.Net.Http
open System.Security.Cryptography
open System.Text
open System.Text.RegularExpressions
open System.Threading
open System.Threading.Tasks
open Expecto
open FsCheck
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.Platform
open WeChatPay.Tests.RotatingPlatform

let private pair = RSA.Create 2048
let private key = force (MerchantKey.ofPem "AB" (pair.ExportPkcs8PrivateKeyPem()))

/// Everything is configured and nothing was asked.
let private facts =
    {
        Now = now
        MerchantId = "1900000001"
        Refused = []
        Suite = Suite.rsa
        Key = key
        Certificate = Unchecked.defaultof<_>
        ApiV3Key = apiV3Key
        Keys = force (Keyring.create [ publicKey ])
        Roots = CertificateRoots.none
        DownloadsCertificates = false
        IsSimulated = false
        NotifyReach = NotifyReach.Internet
        NotifyUrls = []
        Files = []
        IsOffline = false
        Hosts = []
        Asked = []
        Listing = Unchecked.defaultof<_>
    }

let private host failure (ahead: TimeSpan) =
    KnockedHost(HostUse.Main, "api.mch.weixin.qq.com", failure, Nullable now, now + ahead)

let private reached =
    { facts with
        Hosts = [ host (Nullable()) TimeSpan.Zero ]
    }

let private codesOf check facts =
    [
        for finding in Doctor.judge facts do
            if DoctorFinding.check finding = check then
                DoctorFinding.code finding
    ]

let private date (time: DateTimeOffset) =
    KeyValuePair("Date", time.ToString("r", CultureInfo.InvariantCulture))

let private signed (signer: Rotated) (body: byte array) =
    let timestamp = now.ToUnixTimeSeconds().ToString CultureInfo.InvariantCulture

    [
        KeyValuePair("Wechatpay-Timestamp", timestamp)
        KeyValuePair("Wechatpay-Nonce", "n")
        KeyValuePair("Wechatpay-Signature", signWith signer.Pair timestamp "n" body)
        KeyValuePair("Wechatpay-Serial", signer.Serial)
    ]

let private answer (status: int) headers (body: byte array) =
    AskedQuestion(PublicKeyId, [||], Ok(Response.create status (date now :: headers) (ReadOnlySpan body)), now)

let private notFound = utf8 "{\"code\":\"ORDER_NOT_EXIST\",\"message\":\"\"}"
let private signer = certify 1 (now.AddYears -1) (now.AddYears 1)

let private certificates =
    { reached with
        Keys = keyringOf [ signer ]
    }

let private asked question =
    { certificates with
        Asked = [ question ]
    }

let private signatures =
    testList
        "the merchant's signature"
        [
            let says code status headers (body: byte array) =
                test $"{code}: {status}, {Encoding.UTF8.GetString body}, {List.length headers} headers" {
                    Expect.equal
                        (codesOf DoctorCheck.RequestSignature (asked (answer status headers body)))
                        [ code ]
                        "the code"
                }

            let error code =
                utf8 $"{{\"code\":\"{code}\",\"message\":\"…\"}}"

            says "signature_accepted" 404 (signed signer notFound) notFound
            says "signature_accepted" 403 (signed signer (error "NO_AUTH")) (error "NO_AUTH")
            // An unsigned 404 may be anybody's.
            says "signature_undecided" 404 [] notFound
            says "signature_refused" 401 [] (error "SIGN_ERROR")
            says "signature_refused" 401 (signed signer (error "SIGN_ERROR")) (error "SIGN_ERROR")
            says "signature_undecided" 429 (signed signer (error "RATELIMIT_EXCEEDED")) (error "RATELIMIT_EXCEEDED")
            says "signature_undecided" 500 (signed signer (error "SYSTEM_ERROR")) (error "SYSTEM_ERROR")
            says "another_answered" 200 [] (utf8 "<html>")
            says "another_answered" 302 [] [||]
            says "another_answered" 403 [] (utf8 "<html>")
            says "another_answered" 502 [] (utf8 "Bad Gateway")

            test "an answer that is not signed proves no key of the platform" {
                Expect.equal
                    (codesOf DoctorCheck.PlatformKeys (asked (answer 404 [] notFound)))
                    [ "missing_header"; "certificate_valid" ]
                    "unsigned"

                Expect.equal
                    (codesOf DoctorCheck.PlatformKeys (asked (answer 502 [] (utf8 "<html>"))))
                    [ "skipped_without_answer"; "certificate_valid" ]
                    "another's"
            }

            test "a refused certificate list is no mode, one that nobody proves is none either" {
                let listing status headers body =
                    { certificates with
                        Listing = answer status headers body
                    }

                let busy = error "SYSTEM_ERROR"
                Expect.equal (codesOf DoctorCheck.KeyMode (listing 500 [] busy)) [ "key_mode_unknown" ] "busy"
                let list = listed [ signer ]

                Expect.equal
                    (codesOf DoctorCheck.PlatformKeys (listing 200 [] list))
                    [ "skipped_without_answer"; "certificate_valid"; "untrusted_answer" ]
                    "unsigned"

                Expect.equal
                    (codesOf DoctorCheck.ApiV3Key (listing 200 (signed signer list) list))
                    [ "api_v3_key_opens" ]
                    "signed"

                Expect.equal
                    (codesOf
                        DoctorCheck.KeyMode
                        { listing 200 [] list with
                            ApiV3Key = Unchecked.defaultof<_>
                        })
                    [ "certificate_mode" ]
                    "the mode shows without the APIv3 key, too"
            }

            test "a list by an issuer that is not asked for is told" {
                let list = listed [ signer ]

                let stranger =
                    rootPem pair "CN=Tenpay.com Root CA" true (now.AddYears -1) (now.AddYears 1)

                let roots = force (CertificateRoots.read (ReadOnlySpan(utf8 stranger)))

                let listing =
                    { certificates with
                        Listing = answer 200 (signed signer list) list
                        Roots = roots
                    }

                Expect.contains (codesOf DoctorCheck.PlatformKeys listing) "foreign_certificate" "another root"
            }

            test "a new certificate of the platform is told to whoever keeps them by hand" {
                let next = certify 2 now (now.AddYears 5)
                let list = listed [ signer; next ]

                let listing =
                    { certificates with
                        Listing = answer 200 (signed signer list) list
                    }

                Expect.contains (codesOf DoctorCheck.PlatformKeys listing) "certificate_unconfigured" "by hand"

                let itself =
                    { listing with
                        DownloadsCertificates = true
                    }

                Expect.isFalse
                    (List.contains "certificate_unconfigured" (codesOf DoctorCheck.PlatformKeys itself))
                    "by itself"
            }
        ]

let private month = TimeSpan.FromDays 30.0

let private dates =
    testList
        "dates"
        [
            let platform (certificates: Rotated list) =
                codesOf
                    DoctorCheck.PlatformKeys
                    { facts with
                        Keys = keyringOf certificates
                        IsOffline = true
                    }
                |> List.tail

            let year = now.AddYears -1

            test "a certificate is told of from 30 days before its end, this instant included" {
                for seconds, code in [ 1, "certificate_valid"; 0, "certificate_ending"; -1, "certificate_ending" ] do
                    let notAfter = (now + month).AddSeconds(float seconds)
                    Expect.equal (platform [ certify 1 year notAfter ]) [ code ] $"{seconds} s"

                Expect.equal (platform [ certify 1 year now ]) [ "certificate_ending" ] "its last second"
                Expect.equal (platform [ certify 1 year (now.AddSeconds -1.) ]) [ "certificate_ended" ] "over"
                Expect.equal (platform [ certify 1 now (now.AddYears 1) ]) [ "certificate_valid" ] "its first second"

                Expect.equal
                    (platform [ certify 1 (now.AddSeconds 1.) (now.AddYears 1) ])
                    [ "certificate_early" ]
                    "not yet"
            }

            test "what ends beside its successor is no matter, and what has ended is to be taken out" {
                let successor = certify 2 year (now.AddYears 1)

                let both other =
                    platform [ other; successor ] |> List.sort

                Expect.equal
                    (both (certify 1 year (now.AddDays 1.)))
                    [ "certificate_valid"; "certificate_valid" ]
                    "followed"

                Expect.equal
                    (both (certify 1 year (now.AddDays -1.)))
                    [ "certificate_spent"; "certificate_valid" ]
                    "spent"

                Expect.equal
                    (both (certify 1 (now.AddDays 1.) (now.AddYears 2)))
                    [ "certificate_ready"; "certificate_valid" ]
                    "ready"
            }
        ]

let private clocks =
    testList
        "the clock"
        [
            let code seconds =
                codesOf
                    DoctorCheck.Clock
                    { facts with
                        Hosts = [ host (Nullable()) (TimeSpan.FromSeconds(float seconds)) ]
                    }

            test "a minute is a drift, five are too many, both ways" {
                for sign in [ 1; -1 ] do
                    for seconds, expected in
                        [
                            0, "clock_right"
                            60, "clock_right"
                            61, "clock_drifting"
                            300, "clock_drifting"
                            301, "clock_off"
                            400, "clock_off"
                        ] do
                        Expect.equal (code (sign * seconds)) [ expected ] $"{sign * seconds} s"
            }

            test "a host without a clock says nothing" {
                let silent = KnockedHost(HostUse.Main, "h", Nullable(), Nullable(), now)

                Expect.equal (codesOf DoctorCheck.Clock { facts with Hosts = [ silent ] }) [ "clock_unknown" ] "no Date"
            }
        ]

let private files =
    testList
        "files"
        [
            testProperty "who may read or change a file decides, whatever else its mode says" (fun (mode: uint16) ->
                let mode = int mode &&& 0o777

                let expected =
                    if mode &&& 0o004 <> 0 || mode &&& 0o002 <> 0 || mode &&& 0o020 <> 0 then
                        "file_for_others"
                    elif mode &&& 0o040 <> 0 then
                        "file_for_group"
                    else
                        "file_private"

                let file = SecretFile("--config", "merchant.json", Nullable mode)
                codesOf DoctorCheck.FilePermissions { facts with Files = [ file ] } = [ expected ])

            test "where files have no mode it is said" {
                let file = SecretFile("--config", "merchant.json", Nullable())

                Expect.equal
                    (codesOf DoctorCheck.FilePermissions { facts with Files = [ file ] })
                    [ "skipped_no_file_modes" ]
                    "Windows"
            }
        ]

/// A wire that fails in one way.
type private Failing(failure: exn) =
    inherit HttpMessageHandler()

    override _.SendAsync(_, _) =
        Task.FromException<HttpResponseMessage> failure

type private Endless() =
    inherit HttpMessageHandler()

    override _.SendAsync(_, cancellationToken) =
        task {
            do! Task.Delay(Timeout.Infinite, cancellationToken)
            return new HttpResponseMessage()
        }

let private givesUp () =
    task {
        use http = new HttpClient(new Endless())
        use source = new CancellationTokenSource(TimeSpan.FromMilliseconds 50.)
        let mutable isGivenUp = false

        try
            let! _ =
                Examinations.knock source.Token http TimeProvider.System HostUse.Main (Uri "https://h.test")

            ()
        with :? TaskCanceledException ->
            isGivenUp <- true

        Expect.isTrue isGivenUp "given up"
    }

let private hosts =
    testList
        "hosts"
        [
            let knock (handler: HttpMessageHandler) =
                task {
                    use http = new HttpClient(handler, Timeout = TimeSpan.FromMilliseconds 50.)
                    let address = Uri "https://api.mch.weixin.qq.com"

                    let! knocked =
                        Examinations.knock CancellationToken.None http (clockAtNow ()) HostUse.Main address

                    return codesOf DoctorCheck.Hosts { facts with Hosts = [ knocked ] }
                }

            for failure, code in
                [
                    HttpRequestError.NameResolutionError, "host_not_resolved"
                    HttpRequestError.ConnectionError, "host_not_connected"
                    HttpRequestError.SecureConnectionError, "host_tls_failed"
                    HttpRequestError.ProxyTunnelError, "host_proxy_refused"
                    HttpRequestError.InvalidResponse, "host_broken_answer"
                ] do
                testTask $"{failure} is {code}" {
                    let! codes = knock (new Failing(HttpRequestException(failure)))
                    Expect.equal codes [ code ] "told apart"
                }

            testTask "no answer in time is host_silent" {
                let! codes = knock (new Endless())
                Expect.equal codes [ "host_silent" ] "told apart"
            }

            testTask "whoever gives up is not told of a host" { do! givesUp () }

            test "a backup host is no daily need, the main and the global one are" {
                for usage, verdict in
                    [
                        HostUse.Main, DoctorVerdict.Wrong
                        HostUse.Global, DoctorVerdict.Wrong
                        HostUse.Backup, DoctorVerdict.Warning
                    ] do
                    let finding = DoctorFinding.HostUnreached(usage, "h", HostFailure.Silence)
                    Expect.equal (DoctorFinding.verdict finding) verdict (string usage)
            }
        ]

let private totality =
    testList
        "totality"
        [
            testProperty
                "any answer gives findings, and an unproven one never a healthy signature"
                (fun (status: uint16) (headers: (string * string) list) (body: byte array) ->
                    let body = if isNull body then [||] else body

                    let headers =
                        [
                            for name, value in headers do
                                KeyValuePair(name, value)
                        ]

                    let status = int status % 600
                    let answer = Response.create status headers (ReadOnlySpan body)
                    let question = AskedQuestion("", [||], Ok answer, now)

                    let findings =
                        Doctor.judge
                            { certificates with
                                Asked = [ question ]
                                Listing = question
                            }

                    findings.Count > 8
                    && not (
                        findings
                        |> Seq.exists (fun found -> DoctorFinding.code found = "signature_accepted")
                    ))

            testProperty "any notify URL gives a finding" (fun (url: string) ->
                let url = if isNull url then "" else url
                not (codesOf DoctorCheck.NotifyUrl { facts with NotifyUrls = [ url ] }).IsEmpty)
        ]

let private words =
    testList
        "words"
        [
            test "every finding has a code, a cause and a remedy in both languages" {
                let findings =
                    ErrorExamples.examplesOf typeof<DoctorFinding>
                    |> List.map (fun (_, example) -> example :?> DoctorFinding)

                Expect.isGreaterThan findings.Length 45 "they are found"

                for finding in findings do
                    let code = DoctorFinding.code finding
                    let cause, advice = DoctorFinding.cause finding, DoctorFinding.advice finding

                    for text in [ cause.English; cause.Chinese; advice.English; advice.Chinese ] do
                        Expect.isNotEmpty text code

                    for text in [ cause.Chinese; advice.Chinese ] do
                        Expect.isTrue (Regex.IsMatch(text, @"\p{IsCJKUnifiedIdeographs}")) (code + ": " + text)

                    let isFine = DoctorFinding.verdict finding = DoctorVerdict.Fine

                    Expect.equal
                        (advice.English = "Nothing to do.")
                        isFine
                        (code + " has something to do unless it is fine")
            }

            test "codes are words of their own, and no two findings share one but by what they hold" {
                let codes =
                    [
                        for case, example in ErrorExamples.examplesOf typeof<DoctorFinding> do
                            let code = DoctorFinding.code (example :?> DoctorFinding)

                            match case.Name with
                            | "SettingRefused"
                            | "NotChecked"
                            | "AnswerUntrusted"
                            | "CertificatesUnread"
                            | "NotifyUrlRefused" -> ()
                            | name ->
                                Expect.isTrue (Regex.IsMatch(code, "^[a-z][a-z0-9_]+$")) code
                                code, name
                    ]
                    |> List.distinct

                Expect.equal (codes |> List.distinctBy fst |> List.length) codes.Length "each its own"
            }

            test "every code of a refused key is a word of its own" {
                let codes =
                    ErrorExamples.examplesOf typeof<KeyError>
                    |> List.map (fun (case, example) -> case.Name, KeyError.code (example :?> KeyError))
                    |> List.distinct

                Expect.equal (codes |> List.distinctBy snd |> List.length) codes.Length "each its own"
            }
        ]

[<Tests>]
let tests =
    testList "doctor" [ signatures; dates; clocks; files; hosts; totality; words ]
