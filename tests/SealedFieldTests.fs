/// Sensitive fields: plain in the type, sealed on the wire, opened in the answer, and nowhere printed.
module WeChatPay.Tests.SealedFieldTests

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Net.Http
open System.Security.Cryptography
open System.Text.Json
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.WebUtilities
open Microsoft.Extensions.DependencyInjection
open Microsoft.Extensions.Logging
open WeChatPay
open WeChatPay.Api
open WeChatPay.Api.Operations
open WeChatPay.Api.Onboarding
open WeChatPay.Api.Transfers
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Tests.CallTests
open WeChatPay.Tests.Platform
open WeChatPay.Tests.Shop
open WeChatPay.Tests.WirePlatform

[<Literal>]
let private Limit = 214

/// As long as RSA-2048 takes: 71 letters of 3 bytes, and one of 1.
let private longest = String('张', 71) + "a"

let private detail (name: string) =
    TransferBatchDetail(
        OutDetailNo = "d1",
        TransferAmount = 1L,
        TransferRemark = "tea",
        Openid = "o1",
        UserName = SensitiveText name
    )

let private batch (names: string list) =
    TransferBatchesCreateBatchRequest(
        Appid = "wx1",
        OutBatchNo = "batch1",
        BatchName = "b",
        BatchRemark = "r",
        TotalAmount = 1L,
        TotalNum = 1L,
        TransferDetailList = [| for name in names -> detail name |]
    )

let private policy (names: SensitiveText list) =
    CreatePolicyRequest(
        OutInsuranceNo = "i1",
        InsuredNameList = Array.ofList names,
        InsuranceCompanyCode = "c",
        EffectiveTime = now,
        ExpiredTime = now,
        CoverageDetail = "d",
        SupportRenewal = false,
        PolicyType = PolicyType "T",
        PolicyState = PolicyState "S",
        PlanId = "1",
        OutContractCode = "k",
        PolicyPeriods = [| 1L |],
        Appid = "wx1",
        Openid = "o1",
        FreeInsurance = false
    )

let private accepted = json """{"out_batch_no":"batch1","batch_id":"1"}"""

let private sealedNames (asked: Asked) =
    use document = JsonDocument.Parse asked.Text

    [
        for detail in document.RootElement.GetProperty("transfer_detail_list").EnumerateArray() do
            detail.GetProperty("user_name").GetString()
    ]

let private isSealed serial label =
    task {
        use! platform = openPlatform (fun _ -> accepted)

        let client =
            { shellAt platform.Url with
                PlatformSerial = serial
            }

        let! result =
            Client.send client (TransferBatches.CreateBatch(batch [ longest; "李四" ]))

        valueOf result |> ignore
        let asked = platform.Only
        Expect.equal (asked.Header "Wechatpay-Serial") serial (label + ": the key is named")
        Expect.equal (sealedNames asked |> List.map (unsealAt serial)) [ longest; "李四" ] (label + ": sealed to it")
        Expect.isFalse (asked.Text.Contains "李四") (label + ": not plain beside it")
    }

let private sealing =
    testList
        "out"
        [
            testCaseTask "a field is sealed to the key that Wechatpay-Serial names, whichever that is" (fun () ->
                task {
                    do! isSealed PublicKeyId "public key"
                    do! isSealed certificate.Serial "certificate"
                })

            testCaseTask "what cannot be sealed is refused by its path, and nothing is sent" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> accepted)
                    let client = shellAt platform.Url

                    let unknown =
                        { client with
                            Keys = PlatformKeys.ofRing Keyring.none
                            PlatformSerial = ""
                        }

                    let tooLong = "is too long to be sealed: at most 214 bytes in UTF-8"
                    let half = String(char 0xD800, 1)

                    for client, operation, field, problem in
                        [
                            client, batch [ "李四"; longest + "a" ], "transfer_detail_list[1].user_name", tooLong
                            client, batch [ half ], "transfer_detail_list[0].user_name", "is not well-formed Unicode"
                            unknown,
                            batch [ "李四" ],
                            "transfer_detail_list[0].user_name",
                            "cannot be sealed: no key of the platform is configured"
                        ] do
                        let! result = Client.send client (TransferBatches.CreateBatch operation)
                        Expect.equal (refusedBefore result) (field, problem) field

                    let lists =
                        [
                            policy [ SensitiveText "李四"; SensitiveText(longest + "a") ],
                            "insured_name_list[1]",
                            tooLong
                            policy [ null ], "insured_name_list[0]", "is missing"
                        ]

                    for request, field, problem in lists do
                        let! result = Client.send client (InsurancePolicies.CreatePolicy request)
                        Expect.equal (refusedBefore result) (field, problem) field

                    Expect.isEmpty platform.Asked "nothing sent"
                })

            testCaseTask "a parameter behind the question mark is sealed as well" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> json "{}")
                    let client = shellAt platform.Url
                    let number = SensitiveText "6222 0000 1111"
                    let! result = Client.send client (AggregateAccountChannel.GetBalance(number, number))
                    valueOf result |> ignore

                    let query =
                        QueryHelpers.ParseQuery(platform.Only.Target.Substring(platform.Only.Target.IndexOf '?'))

                    for name in [ "bal_account_no"; "card_no" ] do
                        Expect.equal (unsealAt PublicKeyId (query[name].ToString())) "6222 0000 1111" name

                    Expect.notEqual (query["card_no"].ToString()) (query["bal_account_no"].ToString()) "each anew"
                    let tooLong = SensitiveText(String('1', Limit + 1))

                    let! result =
                        Client.send client (AggregateAccountChannel.GetBalance(number, tooLong))

                    Expect.equal (fst (refusedBefore result)) "card_no" "too long, by name"
                    Expect.equal platform.Asked.Count 1 "not sent"
                })

            testCaseTask "a list of texts is sealed one by one" (fun () ->
                task {
                    use! platform = openPlatform (fun _ -> json """{"out_insurance_no":"i1"}""")
                    let request = policy [ SensitiveText "李四"; SensitiveText "" ]

                    let! result =
                        Client.send (shellAt platform.Url) (InsurancePolicies.CreatePolicy request)

                    valueOf result |> ignore
                    use document = JsonDocument.Parse platform.Only.Text

                    Expect.equal
                        [
                            for name in document.RootElement.GetProperty("insured_name_list").EnumerateArray() do
                                unsealAt PublicKeyId (name.GetString())
                        ]
                        [ "李四"; "" ]
                        "each"
                })
        ]

/// A key that is nowhere in this process but here, and counts what it is asked.
type private Hsm(pair: RSA) =
    member val Opened = 0 with get, set

    interface IMerchantKey with
        member _.Serial = "AB"

        member _.SignAsync(message, _) =
            ValueTask<byte array>(pair.SignData(message.ToArray(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))

        member hsm.DecryptAsync(ciphertext, _) =
            hsm.Opened <- hsm.Opened + 1

            try
                ValueTask<byte array>(pair.Decrypt(ciphertext.ToArray(), RSAEncryptionPadding.OaepSHA1))
            with :? CryptographicException ->
                ValueTask<byte array>(null: byte array)

let private transferOf (userName: string) =
    json $"""{{"batch_id":"b1","out_detail_no":"d1","user_name":{userName}}}"""

/// What becomes of the name in an answer: the text, or what stays in `Extra`.
let private nameIn (userName: string) =
    task {
        use! platform = openPlatform (fun _ -> transferOf userName)

        let! result =
            Client.send (shellAt platform.Url) (TransferBatches.GetDetailByDetailId("b1", "x"))

        let transfer = valueOf result

        return
            match transfer.UserName with
            | null when transfer.Extra.ContainsKey "user_name" -> "raw " + transfer.Extra["user_name"].GetRawText()
            | null -> "null"
            | name -> name.Reveal()
    }

let private quote text = "\"" + text + "\""

let private opening =
    testList
        "in"
        [
            testCaseTask "a sealed text is opened; what is sealed to another key stays as it came" (fun () ->
                task {
                    let own = quote (sealedFor merchantPair (utf8 "李四"))
                    let another = quote (sealedFor stranger (utf8 "李四"))
                    let noText = quote (sealedFor merchantPair [| 0xFFuy |])

                    for userName, expected in
                        [
                            own, "李四"
                            own.Replace("/", "\\/"), "李四"
                            another, "raw " + another
                            noText, "raw " + noText
                            quote "李*", "raw " + quote "李*"
                            "7", "raw 7"
                            quote "", "null"
                            "null", "null"
                        ] do
                        let! name = nameIn userName
                        Expect.equal name expected userName
                })

            testCaseTask "a list of sealed texts is opened whole, or stays as it came" (fun () ->
                task {
                    let first = sealedFor merchantPair (utf8 "李四")
                    let second = sealedFor merchantPair (utf8 "王五")
                    let alien = sealedFor stranger (utf8 "赵六")

                    for texts, expected in [ [ first; second ], [ "李四"; "王五" ]; [ first; alien ], [] ] do
                        let list = "[" + String.Join(",", texts |> List.map quote) + "]"

                        use! platform =
                            openPlatform (fun _ -> json $"""{{"out_insurance_no":"i1","insured_name_list":{list}}}""")

                        let! result = Client.send (shellAt platform.Url) (InsurancePolicies.GetPolicy "i1")
                        let policy = valueOf result

                        if expected.IsEmpty then
                            Expect.isNull policy.InsuredNameList "not whole"
                            Expect.equal (policy.Extra["insured_name_list"].GetRawText()) list "as it came"
                        else
                            Expect.equal [ for name in policy.InsuredNameList -> name.Reveal() ] expected "opened"
                            Expect.isFalse (policy.Extra.ContainsKey "insured_name_list") "once"
                })

            testCaseTask "the key that opens may be anywhere, and is asked once for each text" (fun () ->
                task {
                    let twice = quote (sealedFor merchantPair (utf8 "李四"))
                    let list = $"""{{"out_insurance_no":"i1","insured_name_list":[{twice},{twice}]}}"""
                    use! platform = openPlatform (fun _ -> json list)
                    let hsm = Hsm merchantPair
                    let client = { shellAt platform.Url with Key = hsm }
                    let! result = Client.send client (InsurancePolicies.GetPolicy "i1")

                    Expect.equal
                        [ for name in (valueOf result).InsuredNameList -> name.Reveal() ]
                        [ "李四"; "李四" ]
                        "opened"

                    Expect.equal hsm.Opened 1 "asked once"
                })
        ]

let private silence =
    testList
        "never printed"
        [
            testCase "a text says nothing of itself" (fun () ->
                let text = SensitiveText "李四"
                Expect.equal (text.ToString()) "SensitiveText(***)" "printed"
                Expect.equal $"%O{text}" "SensitiveText(***)" "formatted"
                Expect.equal (JsonSerializer.Serialize text) "{}" "serialised"
                Expect.isFalse ((batch [ "李四" ]).ToString().Contains "李四") "request"
                Expect.isFalse ((detail "李四").ToString().Contains "李四") "part"
                Expect.equal (SensitiveText "李四") text "equal by text"
                Expect.notEqual (SensitiveText "李五") text "and not otherwise")

            testCaseTask "nor do exceptions and logs, whatever becomes of the call" (fun () ->
                task {
                    let replies =
                        Queue
                            [
                                accepted
                                answer 400 (utf8 """{"code":"PARAM_ERROR","message":"bad"}""")
                                json "{"
                            ]

                    use! platform = openPlatform (fun _ -> replies.Dequeue())
                    let log = new LogBook()
                    let services = ServiceCollection()
                    services.AddSingleton<TimeProvider>(StoppedClock()) |> ignore

                    services.AddLogging(fun logging ->
                        logging.SetMinimumLevel(LogLevel.Trace).AddProvider log |> ignore)
                    |> ignore

                    services.AddWeChatPay(fun options -> setAt platform.Url options) |> ignore

                    use provider = services.BuildServiceProvider()
                    let client = provider.GetRequiredService<WeChatPayClient>()
                    let failures = ResizeArray<string>()

                    for name in [ "李四"; "李四"; "李四"; "李四" + longest ] do
                        try
                            let! _ = client.TransferBatches.CreateBatchAsync(batch [ name ])
                            ()
                        with :? WeChatPayException as failure ->
                            failures.Add(string failure + failure.Advice.ToString())

                    Expect.equal failures.Count 3 "one went well"
                    Expect.stringContains log.Text "/v3/transfer/batches" "the calls are logged"

                    for text in Seq.append failures [ log.Text ] do
                        Expect.isFalse (text.Contains "李四") text
                })
        ]

[<Tests>]
let tests = testList "sealed fields" [ sealing; opening; silence ]
