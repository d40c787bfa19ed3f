/// `wechatpay doctor` as a process of its own: every fault is planted in a configuration that is right otherwise, and is the only one that is found.
module WeChatPay.Tests.ToolDoctorTests

open System
open System.IO
open System.Net
open System.Net.Sockets
open System.Security.Cryptography
open System.Security.Cryptography.X509Certificates
open System.Text.Json.Nodes
open Expecto
open WeChatPay.Simulator
open WeChatPay.Tests.PlantedFaults
open WeChatPay.Tests.ToolProcess

let private is name options arguments verdict expected plant =
    testTask name {
        let! (report: Report) = examine options arguments plant
        Expect.equal (report.With verdict) expected name

        if verdict <> "wrong" then
            Expect.equal (report.With "wrong") [] "nothing is wrong"
    }

let private wrongWith name options expected plant =
    is name options withNotifyUrl "wrong" expected plant

let private wrong name expected plant =
    wrongWith name (usual ()) expected plant

let private warns name expected plant =
    is name (usual ()) withNotifyUrl "warning" expected plant

let private keyFile (pair: RSA) (patient: Patient) =
    patient.Give("MerchantPrivateKeyFile", "apiclient_key.pem", pair.ExportPkcs8PrivateKeyPem())

let private alone (patient: Patient) = patient.Drop "MerchantCertificateFile"

let private merchantCertificate fromDay toDay (patient: Patient) =
    let publicKey = publicKeyOf patient.Platform.MerchantCertificatePem
    patient.Give("MerchantCertificateFile", "cert.pem", certify publicKey patient.Platform.MerchantSerial fromDay toDay)

let private archive fromDay toDay (patient: Patient) =
    use pair = RSA.Create()
    pair.ImportFromPem(patient.Platform.MerchantPrivateKeyPem.AsSpan())
    let publicKey = publicKeyOf patient.Platform.MerchantCertificatePem
    let pem = certify publicKey patient.Platform.MerchantSerial fromDay toDay
    use certificate = X509Certificate2.CreateFromPem(pem.AsSpan())
    use whole = certificate.CopyWithPrivateKey pair
    patient.Write("apiclient_cert.p12", whole.Export(X509ContentType.Pkcs12, patient.Platform.MerchantId))
    patient.Set("MerchantPrivateKeyFile", "apiclient_cert.p12")
    patient.Drop "MerchantSerial"
    alone patient

let private withoutPublicKey (patient: Patient) =
    patient.Drop "PlatformPublicKeyId"
    patient.Drop "PlatformPublicKeyFile"

let private withoutCertificates (patient: Patient) = patient.Drop "PlatformCertificateFiles"

let private downloading (patient: Patient) =
    withoutPublicKey patient
    withoutCertificates patient
    patient.Settings["DownloadPlatformCertificates"] <- JsonValue.Create true
    patient.Set("PlatformCertificateFolder", "")

/// The platform's certificate with other days, alone.
let private platformCertificate fromDay toDay (patient: Patient) =
    withoutPublicKey patient
    let publicKey = publicKeyOf patient.Platform.PlatformCertificatePem
    patient.Write("platform.pem", certify publicKey patient.Platform.PlatformCertificateSerial fromDay toDay)
    patient.Settings["PlatformCertificateFiles"] <- JsonArray(JsonValue.Create "platform.pem")

let private byCertificate () =
    WeChatPaySimulatorOptions(SignsWith = PlatformKeyKind.Certificate)

let private publicKeyOnly () =
    WeChatPaySimulatorOptions(IssuesCertificates = false)

let private clockOff seconds =
    WeChatPaySimulatorOptions(Clock = ShiftedClock(TimeSpan.FromSeconds(float seconds)))

let private chmod (name: string) (mode: int) (patient: Patient) =
    File.SetUnixFileMode(Path.Combine(patient.Folder, name), enum<UnixFileMode> mode)

let private right =
    testList
        "the right configuration is healthy, and every check says so"
        [
            testTask "with the public key and certificates" {
                let! (report: Report) = examine (usual ()) withNotifyUrl ignore

                Expect.equal
                    (report.With "fine")
                    [
                        "settings", "settings_read"
                        "merchant_key", "key_of_certificate"
                        "merchant_certificate", "certificate_valid"
                        "api_v3_key", "api_v3_key_opens"
                        "platform_keys", "platform_key_verified"
                        "platform_keys", "platform_key_verified"
                        "platform_keys", "certificate_valid"
                        "key_mode", "transition_mode"
                        "hosts", "host_reached"
                        "clock", "clock_right"
                        "request_signature", "signature_accepted"
                        "notify_url", "notify_url_fits"
                        "file_permissions", "file_private"
                        "file_permissions", "file_private"
                    ]
                    "every check"

                Expect.equal report.Lines.Length 14 "and nothing else"
            }

            testTask "in public key mode" {
                let! (report: Report) = examine (publicKeyOnly ()) withNotifyUrl withoutCertificates
                Expect.contains (report.With "fine") ("key_mode", "public_key_mode") "the mode"
                Expect.equal (report.With "skipped") [ "api_v3_key", "api_v3_key_untried" ] "nothing to try it on"
                Expect.equal (report.With "warning" @ report.With "wrong") [] "healthy"
            }

            testTask "with certificates that are downloaded" {
                let! (report: Report) = examine (byCertificate ()) withNotifyUrl downloading
                Expect.contains (report.With "fine") ("key_mode", "certificate_mode") "the mode"
                Expect.contains (report.With "fine") ("platform_keys", "platform_key_verified") "verified"
                Expect.equal report.Lines.Length (report.With "fine").Length "healthy"
            }

            testTask "with an archive, whose certificate is looked at" {
                let! (report: Report) = examine (usual ()) withNotifyUrl (archive -1. 400.)
                Expect.contains (report.With "fine") ("merchant_key", "key_of_certificate") "the key"
                Expect.contains (report.With "fine") ("merchant_certificate", "certificate_valid") "its end"
                Expect.equal report.Lines.Length (report.With "fine").Length "healthy"
            }
        ]

let private merchants =
    testList
        "the merchant's key and certificate"
        [
            wrong
                "the key of another certificate"
                [ "merchant_key", "key_not_of_certificate" ]
                (keyFile (RSA.Create 2048))

            wrong
                "the key of another certificate, which is not there"
                [ "request_signature", "signature_refused" ]
                (fun patient ->
                    keyFile (RSA.Create 2048) patient
                    alone patient)

            wrong "another serial" [ "merchant_key", "serial_of_another" ] (fun patient ->
                patient.Set("MerchantSerial", "ABCD"))

            wrong "another serial, without a certificate" [ "request_signature", "signature_refused" ] (fun patient ->
                patient.Set("MerchantSerial", "ABCD")
                alone patient)

            wrong "a key of 1024 bits" [ "merchant_key", "key_too_short" ] (keyFile (RSA.Create 1024))
            wrong
                "a certificate that has ended"
                [ "merchant_certificate", "certificate_ended" ]
                (merchantCertificate -400. -1.)
            wrong
                "a certificate of tomorrow"
                [ "merchant_certificate", "certificate_early" ]
                (merchantCertificate 1. 400.)
            warns
                "a certificate of 29 days"
                [ "merchant_certificate", "certificate_ending" ]
                (merchantCertificate -1. 29.)
            warns "a certificate of 31 days" [] (merchantCertificate -1. 31.)
            wrong "an archive that has ended" [ "merchant_certificate", "certificate_ended" ] (archive -400. -1.)
            warns "no certificate" [ "merchant_certificate", "certificate_not_given" ] alone
        ]

let private platforms =
    testList
        "the platform's keys"
        [
            wrong "another APIv3 key" [ "api_v3_key", "api_v3_key_wrong" ] (fun patient ->
                patient.Set("ApiV3Key", Convert.ToHexString(RandomNumberGenerator.GetBytes 16)))

            wrong "an APIv3 key of 31 bytes" [ "api_v3_key", "wrong_api_v3_key_length" ] (fun patient ->
                patient.Set("ApiV3Key", String('a', 31)))

            wrong "another public key id" [ "platform_keys", "public_key_id_wrong" ] (fun patient ->
                patient.Set("PlatformPublicKeyId", Platform.PublicKeyId))

            wrong "a public key id without its prefix" [ "platform_keys", "bad_public_key_id" ] (fun patient ->
                patient.Set("PlatformPublicKeyId", "0119"))

            wrong "another public key" [ "platform_keys", "platform_key_wrong" ] (fun patient ->
                patient.Give("PlatformPublicKeyFile", "pub_key.pem", Platform.publicKeyPem))

            wrong
                "no public key, where the platform signs with one"
                [ "platform_keys", "public_key_missing" ]
                downloading

            wrongWith
                "a certificate that has ended"
                (byCertificate ())
                [ "platform_keys", "certificate_ended" ]
                (platformCertificate -400. -1.)
            wrongWith
                "a certificate of tomorrow"
                (byCertificate ())
                [ "platform_keys", "certificate_early" ]
                (platformCertificate 1. 400.)
            warns "a certificate of 29 days" [ "platform_keys", "certificate_ending" ] (platformCertificate -1. 29.)
            warns "a certificate of 31 days" [] (platformCertificate -1. 31.)

            wrongWith
                "another certificate"
                (byCertificate ())
                [ "platform_keys", "platform_certificate_unknown" ]
                (fun patient ->
                    withoutPublicKey patient
                    let publicKey = publicKeyOf patient.Platform.PlatformCertificatePem
                    patient.Write("platform.pem", certify publicKey "51AB" -1. 400.)
                    patient.Settings["PlatformCertificateFiles"] <- JsonArray(JsonValue.Create "platform.pem"))

            wrongWith
                "certificates, where the merchant is in public key mode"
                (publicKeyOnly ())
                [ "key_mode", "public_key_needed" ]
                withoutPublicKey

            wrongWith
                "the public key, where the platform signs with certificates"
                (byCertificate ())
                [ "key_mode", "certificates_needed" ]
                (fun patient ->
                    withoutCertificates patient
                    patient.Set("PlatformPublicKeyId", Platform.PublicKeyId))

            is
                "certificates besides the public key, where there are none"
                (publicKeyOnly ())
                withNotifyUrl
                "warning"
                [ "key_mode", "certificates_needless" ]
                ignore
            warns
                "the public key alone, where there are certificates"
                [ "key_mode", "certificates_beside" ]
                withoutCertificates
        ]

/// A port where nobody listens.
let private closedPort () =
    use listener = new TcpListener(IPAddress.Loopback, 0)
    listener.Start()
    (listener.LocalEndpoint :?> IPEndPoint).Port

let private wire =
    testList
        "the wire"
        [
            for seconds in [ 400; -400 ] do
                testTask $"a platform whose clock is {seconds} s ahead" {
                    let! (report: Report) = examine (clockOff seconds) withNotifyUrl ignore
                    Expect.equal (report.With "wrong") [ "clock", "clock_off" ] "the clock alone"

                    Expect.contains
                        (report.With "skipped")
                        ("request_signature", "skipped_for_clock")
                        "not the key's fault"

                    Expect.contains
                        (report.With "fine")
                        ("platform_keys", "platform_key_verified")
                        "answers are judged all the same"

                    Expect.stringContains report.Said.Output (if seconds > 0 then "behind" else "ahead") "which way"
                }

                is
                    $"a platform whose clock is {seconds / 2} s ahead"
                    (clockOff (seconds / 2))
                    withNotifyUrl
                    "warning"
                    [ "clock", "clock_drifting" ]
                    ignore

            testTask "a host that takes no connection; what is kept here is looked at all the same" {
                let! (report: Report) =
                    examine (usual ()) withNotifyUrl (fun patient ->
                        patient.Set("BaseAddress", $"http://127.0.0.1:{closedPort ()}"))

                Expect.equal (report.With "wrong") [ "hosts", "host_not_connected" ] "the host alone"

                Expect.equal
                    (report.With "skipped")
                    [
                        for check in [ "api_v3_key"; "platform_keys"; "key_mode"; "clock"; "request_signature" ] do
                            check, "skipped_without_answer"
                    ]
                    "what only the platform can tell"
            }

            wrong "a host that speaks no TLS" [ "hosts", "host_tls_failed" ] (fun patient ->
                patient.Set("BaseAddress", "https://127.0.0.1:" + string patient.Platform.BaseAddress.Port))

            testTask "a backup host that takes no connection, told apart from the main one" {
                let port = closedPort ()

                let! (report: Report) =
                    examine (usual ()) ("--backup-address" :: $"http://127.0.0.1:{port}" :: withNotifyUrl) ignore

                Expect.equal (report.With "warning") [ "hosts", "host_not_connected" ] "the backup host"
                Expect.contains (report.With "fine") ("hosts", "host_reached") "the main host"
                Expect.stringContains report.Said.Output $"The backup host 127.0.0.1:{port} takes no connection" "which"
                Expect.equal report.Exit 0 "calls go through today"
            }

            testTask "a backup host of the configuration is knocked at, too" {
                let! (report: Report) =
                    examine (usual ()) withNotifyUrl (fun patient ->
                        let resilience = JsonObject()
                        let address = patient.Platform.BaseAddress.GetLeftPart UriPartial.Authority
                        resilience["BackupAddresses"] <- JsonArray(JsonValue.Create address)
                        patient.Settings["Resilience"] <- resilience)

                let hosts = report.With "fine" |> List.filter (fun (check, _) -> check = "hosts")
                Expect.equal hosts [ "hosts", "host_reached"; "hosts", "host_reached" ] "both"
                Expect.stringContains report.Said.Output "The backup host" "told apart"
            }

            testTask "offline, nobody is called, and it is said what is left out" {
                let! (report: Report) =
                    examine (usual ()) ("--offline" :: withNotifyUrl) (fun patient ->
                        patient.Set("BaseAddress", "https://api.mch.weixin.qq.com"))

                Expect.equal
                    (report.With "skipped")
                    [
                        for check in
                            [
                                "api_v3_key"
                                "platform_keys"
                                "key_mode"
                                "hosts"
                                "clock"
                                "request_signature"
                            ] do
                            check, "skipped_offline"
                    ]
                    "six"

                Expect.equal (report.With "wrong" @ report.With "warning") [] "the rest is right"
            }
        ]

let private notifyUrls =
    testList
        "the notify URL"
        [
            for url, codes in
                [
                    NotifyUrl, []
                    NotifyUrl + "?order=1", [ "has_query" ]
                    "http://shop.example.com/wechatpay", [ "not_https" ]
                    "https://192.168.1.8/wechatpay", [ "not_reachable" ]
                    "https://localhost/wechatpay", [ "not_reachable" ]
                    "ftp://shop.example.com/wechatpay", [ "not_an_address" ]
                    "shop.example.com/wechatpay", [ "not_an_address" ]
                ] do
                let expected = [ for code in codes -> "notify_url", code ]

                is url (usual ()) [ "--offline"; "--notify-url"; url ] "wrong" expected (fun patient ->
                    patient.Set("BaseAddress", "https://api.mch.weixin.qq.com"))

            is
                "a line of one's own"
                (usual ())
                [ "--offline"; "--private-line"; "--notify-url"; "http://10.0.0.8/pay" ]
                "wrong"
                []
                (fun patient -> patient.Set("BaseAddress", "https://api.mch.weixin.qq.com"))
        ]

let private files =
    testList
        "file permissions"
        [
            wrong
                "a key that everybody may read"
                [ "file_permissions", "file_for_others" ]
                (chmod "merchant-merchant-key.pem" 0o644)
            warns
                "a key that the group may read"
                [ "file_permissions", "file_for_group" ]
                (chmod "merchant-merchant-key.pem" 0o640)
            warns "a key for its owner" [] (chmod "merchant-merchant-key.pem" 0o400)

            wrong "an archive that everybody may read" [ "file_permissions", "file_for_others" ] (fun patient ->
                archive -1. 400. patient
                chmod "apiclient_cert.p12" 0o644 patient)

            testTask "a link is as open as what it leads to" {
                let link mode (patient: Patient) =
                    let path name = Path.Combine(patient.Folder, name)

                    File.CreateSymbolicLink(path "link.pem", path "merchant-merchant-key.pem")
                    |> ignore

                    chmod "merchant-merchant-key.pem" mode patient
                    patient.Set("MerchantPrivateKeyFile", "link.pem")

                let! (closed: Report) = examine (usual ()) withNotifyUrl (link 0o600)
                Expect.equal (closed.With "wrong") [] "closed"
                let! (opened: Report) = examine (usual ()) withNotifyUrl (link 0o644)
                Expect.equal (opened.With "wrong") [ "file_permissions", "file_for_others" ] "open"
            }

            testTask "a configuration with the APIv3 key that everybody may read" {
                let run (patient: Patient) arguments =
                    chmod "merchant.json" 0o644 patient
                    run [] ([ "doctor"; "--config"; patient.Config; "--json" ] @ arguments)

                let! (said: Said) = examineWith run (usual ()) withNotifyUrl ignore
                Expect.equal said.Exit 1 "wrong"

                Expect.stringContains
                    said.Output
                    "\"code\":\"file_for_others\",\"cause\":\"The file of --config"
                    "which file"
            }
        ]

let private whole =
    testList
        "doctor tool"
        [
            testTask "says everything that is wrong at once, and goes on with what is right" {
                let! (report: Report) =
                    examine (usual ()) [ "--notify-url"; "https://a.example.com/?b" ] (fun patient ->
                        patient.Set("ApiV3Key", "")
                        patient.Set("PlatformPublicKeyFile", "lost.pem")
                        chmod "merchant-merchant-key.pem" 0o644 patient)

                Expect.equal
                    (report.With "wrong")
                    [
                        "api_v3_key", "missing"
                        "platform_keys", "file_not_found"
                        "notify_url", "has_query"
                        "file_permissions", "file_for_others"
                    ]
                    "all of them"

                for fine in
                    [
                        "merchant_key", "key_of_certificate"
                        "merchant_certificate", "certificate_valid"
                        "platform_keys", "platform_key_verified"
                        "key_mode", "certificate_mode"
                        "hosts", "host_reached"
                        "clock", "clock_right"
                        "request_signature", "signature_accepted"
                    ] do
                    Expect.contains (report.With "fine") fine "the rest"
            }

            testTask "speaks to people, in their language" {
                let said language (patient: Patient) arguments =
                    run [ "LC_ALL", language ] ([ "doctor"; "--config"; patient.Config ] @ arguments)

                let! (english: Said) = examineWith (said "C") (usual ()) withNotifyUrl alone
                Expect.equal english.Exit 0 "a warning is no fault"
                Expect.stringContains english.Output "warning merchant_certificate certificate_not_given: When" "a line"
                Expect.stringContains english.Output "Set MerchantCertificateFile to apiclient_cert.pem" "what to do"
                Expect.stringContains english.Output "wrong: 0, warnings: 1, skipped: 0" "the sum"

                let! (chinese: Said) =
                    examineWith (said "zh_CN.UTF-8") (usual ()) withNotifyUrl alone

                Expect.stringContains chinese.Output "请将 MerchantCertificateFile 设为 apiclient_cert.pem" "what to do"
                Expect.stringContains chinese.Output "错误：0，警告：1，未检查：0" "the sum"
            }

            testTask "tells wrong usage from a sick configuration" {
                for arguments in
                    [
                        [ "doctor" ]
                        [ "doctor"; "--config"; "nowhere.json" ]
                        [ "doctor"; "--config"; "nowhere.json"; "--backup-address"; "api2" ]
                    ] do
                    let! (said: Said) = run [] arguments
                    Expect.equal (said.Exit, said.Output) (2, "") (String.concat " " arguments)
                    Expect.stringStarts said.Errors "wechatpay: " "one clear line"
            }
        ]

[<Tests>]
let tests =
    testList "planted faults" [ right; merchants; platforms; wire; notifyUrls; files ]

[<Tests>]
let tool = whole
