/// Why a signature does not fit, shown by what makes it fit; and where a refused request's text departs from what was signed.
module WeChatPay.Tests.DiagnosisTests

open System
open System.Globalization
open System.IO
open System.IO.Compression
open System.Net
open System.Net.Http
open System.Text
open System.Text.Encodings.Web
open System.Text.Json
open System.Text.Json.Nodes
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Shell
open WeChatPay.Simulator
open WeChatPay.Tests.Platform
open WeChatPay.Tests.Shop

/// As the platform writes it: compact, Chinese as it is, slashes and plus signs in the base64.
let private original =
    """{"id":"EV-1","create_time":"2026-01-31T08:00:00+08:00","resource_type":"encrypt-resource","event_type":"TRANSACTION.SUCCESS","summary":"支付成功","resource":{"original_type":"transaction","algorithm":"AEAD_AES_256_GCM","ciphertext":"ab/+cd/+ef==","associated_data":"transaction","nonce":"0123456789ab"}}"""

let private good = sign (utf8 original)
let private tools = Recodings.compression @ Recodings.legacyCharacterSets ()

let private explainWith tools others (callback: Callback) =
    Diagnosis.explain tools others policy.Verification (deliver (headersOf callback) callback.Body)

let private explain callback = explainWith tools [] callback

let private causeOf (body: byte array) =
    let changed = { good with Body = body }
    Expect.isError (decode changed) "refused, whatever the diagnosis"
    explain changed

let private codeOf cause =
    match cause with
    | ValueSome cause -> MismatchCause.code cause
    | ValueNone -> "none"

let private tracesOf cause =
    match cause with
    | ValueSome(MismatchCause.JsonRewritten traces) -> traces
    | other -> failtestf "gave %s" (codeOf other)

let private reencoded (encoder: JavaScriptEncoder) isIndented =
    (nonNull (JsonNode.Parse original))
        .ToJsonString(JsonSerializerOptions(Encoder = encoder, WriteIndented = isIndented))

/// The same fields in the order of their names.
let private sorted =
    let node = nonNull (JsonNode.Parse original)
    let fields = node.AsObject() |> Seq.sortBy (fun field -> field.Key) |> List.ofSeq
    let again = JsonObject()

    for field in fields do
        again[field.Key] <- (nonNull field.Value).DeepClone()

    again.ToJsonString(JsonSerializerOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping))

let private gzip (bytes: byte array) =
    use target = new MemoryStream()

    (use stream = new GZipStream(target, CompressionLevel.Optimal)
     stream.Write(bytes, 0, bytes.Length))

    target.ToArray()

let private deflateRaw (bytes: byte array) =
    use target = new MemoryStream()

    (use stream = new DeflateStream(target, CompressionLevel.Optimal)
     stream.Write(bytes, 0, bytes.Length))

    target.ToArray()

let private brotli (bytes: byte array) =
    use target = new MemoryStream()

    (use stream = new BrotliStream(target, CompressionLevel.Optimal)
     stream.Write(bytes, 0, bytes.Length))

    target.ToArray()

let private encodingOf (name: string) =
    nonNull (CodePagesEncodingProvider.Instance.GetEncoding name)

let private rewriting =
    testList
        "bodies"
        [
            test "JSON that was parsed and written again is recognised, with what was changed" {
                let relaxed = JavaScriptEncoder.UnsafeRelaxedJsonEscaping

                for text, expected in
                    [
                        // System.Text.Json's defaults escape Chinese and plus signs.
                        reencoded JavaScriptEncoder.Default false, RewriteTraces.UnicodeEscapes
                        reencoded relaxed true, RewriteTraces.Blanks
                        reencoded JavaScriptEncoder.Default true, RewriteTraces.UnicodeEscapes ||| RewriteTraces.Blanks
                        original.Replace("/", "\\/"), RewriteTraces.SlashEscapes
                        original.Replace(",\"", ", \"").Replace("\":", "\": "), RewriteTraces.Blanks
                        sorted, RewriteTraces.KeyOrder
                        original.Replace("2026-01-31T08:00:00+08:00", "2026-01-31T00:00:00Z"), RewriteTraces.Dates
                        original.Replace("\"nonce\"", "\"more\":null,\"nonce\""), RewriteTraces.Nulls
                    ] do
                    Expect.equal (tracesOf (causeOf (utf8 text))) expected text
            }

            test "numbers of an answer that were written in another form are recognised" {
                let answer = """{"code_url":"weixin://wxpay/1","total":100,"rate":0.5}"""
                let signed = sign (utf8 answer)

                for text in [ answer.Replace(":100", ":100.0"); answer.Replace(":100", ":1e2") ] do
                    let cause = explain { signed with Body = utf8 text }
                    Expect.equal (tracesOf cause) RewriteTraces.Numbers text
            }

            test "the same holds where the platform's bytes are the ones with blanks or escapes" {
                for text in
                    [
                        reencoded JavaScriptEncoder.UnsafeRelaxedJsonEscaping true
                        reencoded JavaScriptEncoder.Default false
                        original.Replace("/", "\\/")
                        original + "\n"
                    ] do
                    let cause =
                        explain
                            { sign (utf8 text) with
                                Body = utf8 (reencoded JavaScriptEncoder.UnsafeRelaxedJsonEscaping false)
                            }

                    Expect.notEqual (codeOf cause) "none" text
            }

            test "a byte order mark, a line end, blanks: added or dropped" {
                let mark = [| 0xEFuy; 0xBBuy; 0xBFuy |]
                let body = good.Body

                Expect.equal
                    (causeOf (Array.append mark body))
                    (ValueSome(MismatchCause.ByteOrderMark true))
                    "mark added"

                Expect.equal (causeOf (Array.append body "\n"B)) (ValueSome(MismatchCause.BlanksAround true)) "LF added"

                Expect.equal
                    (causeOf (Array.append body "\r\n"B))
                    (ValueSome(MismatchCause.BlanksAround true))
                    "CRLF added"

                Expect.equal
                    (causeOf (Array.append "  "B body))
                    (ValueSome(MismatchCause.BlanksAround true))
                    "blanks before"

                let marked = sign (Array.append mark body)

                Expect.equal
                    (explain { marked with Body = body })
                    (ValueSome(MismatchCause.ByteOrderMark false))
                    "mark dropped"

                let ended = sign (Array.append body "\n"B)

                Expect.equal
                    (explain { ended with Body = body })
                    (ValueSome(MismatchCause.BlanksAround false))
                    "LF dropped"

                let lines = sign (utf8 (reencoded JavaScriptEncoder.UnsafeRelaxedJsonEscaping true))
                let converted = utf8 ((Encoding.UTF8.GetString lines.Body).Replace("\n", "\r\n"))

                Expect.equal
                    (explain { lines with Body = converted })
                    (ValueSome MismatchCause.LineEndsConverted)
                    "CRLF inside"
            }

            test "a body that went through another character set" {
                for encoding, name in
                    [
                        Encoding.Latin1, "iso-8859-1"
                        encodingOf "windows-1252", "windows-1252"
                        encodingOf "gb18030", "gb18030"
                        // It has no letters for these bytes, and they are lost.
                        encodingOf "big5", "other than UTF-8"
                    ] do
                    // Read as if it were in that character set, written as UTF-8.
                    let misread = Encoding.UTF8.GetBytes(encoding.GetString good.Body)
                    Expect.equal (causeOf misread) (ValueSome(MismatchCause.CharacterSet name)) encoding.WebName

                Expect.equal
                    (codeOf (causeOf ((encodingOf "gb18030").GetBytes original)))
                    "character_set"
                    "written as GB 18030"

                Expect.equal (codeOf (causeOf (Encoding.Unicode.GetBytes original))) "character_set" "written as UTF-16"

                Expect.equal (codeOf (causeOf (Encoding.ASCII.GetBytes original))) "character_set" "question marks"
                // Without the character sets of old the platform's usual words show it.
                let misread = Encoding.UTF8.GetBytes((encodingOf "gb18030").GetString good.Body)
                Expect.equal (codeOf (explainWith [] [] { good with Body = misread })) "character_set" "usual words"
            }

            test "a body that was compressed or decompressed" {
                Expect.equal (causeOf (gzip good.Body)) (ValueSome(MismatchCause.Compression("gzip", false))) "gzip"
                Expect.equal (causeOf (brotli good.Body)) (ValueSome(MismatchCause.Compression("br", false))) "Brotli"

                Expect.equal
                    (causeOf (deflateRaw good.Body))
                    (ValueSome(MismatchCause.Compression("deflate", false)))
                    "deflate without zlib's header"

                let packed = sign (gzip good.Body)

                Expect.equal
                    (explain { packed with Body = good.Body })
                    (ValueSome(MismatchCause.Compression("gzip", true)))
                    "unpacked"
            }

            test "another content is no rewriting" {
                for text in
                    [
                        original.Replace("EV-1", "EV-2")
                        original.Replace("TRANSACTION", "REFUND")
                        original.Replace("ab/+", "ac/+")
                        "{}"
                        ""
                    ] do
                    Expect.equal (causeOf (utf8 text)) ValueNone text
            }

            test "the work is bounded" {
                let junk count : Recoding =
                    {
                        Cause = MismatchCause.CharacterSet "junk"
                        Forms =
                            fun body ->
                                [
                                    for index in 1..count do
                                        utf8 (string index)
                                ]
                                @ [ body[.. body.Length - 2] ]
                    }

                let changed =
                    { good with
                        Body = Array.append good.Body "x"B
                    }

                Expect.equal (codeOf (explainWith [ junk 10 ] [] changed)) "character_set" "within the limit"
                Expect.equal (codeOf (explainWith [ junk Diagnosis.Attempts ] [] changed)) "none" "beyond it"
            }

            testProperty "any bytes and headers give a diagnosis or none" (fun (body: byte array) (header: string) ->
                let body = if isNull body then [||] else body
                let header = if isNull header then "" else header

                explain
                    { good with
                        Body = body
                        Nonce = header
                    }
                |> ignore

                true)
        ]

let private headers =
    testList
        "headers and keys"
        [
            test "a header that was rewritten is named" {
                for change, name in
                    [
                        (fun (callback: Callback) ->
                            { callback with
                                Signature = callback.Signature.Replace('+', ' ')
                            }),
                        "Wechatpay-Signature"
                        (fun (callback: Callback) ->
                            { callback with
                                Signature = Uri.EscapeDataString callback.Signature
                            }),
                        "Wechatpay-Signature"
                        (fun (callback: Callback) ->
                            { callback with
                                Signature = callback.Signature.Insert(76, " ")
                            }),
                        "Wechatpay-Signature"
                        (fun (callback: Callback) ->
                            { callback with
                                Nonce = callback.Nonce.Insert(4, " ")
                            }),
                        "Wechatpay-Nonce"
                        (fun (callback: Callback) ->
                            { callback with
                                Nonce = callback.Nonce.ToLowerInvariant()
                            }),
                        "Wechatpay-Nonce"
                        (fun (callback: Callback) ->
                            { callback with
                                Nonce = callback.Nonce + ", " + callback.Nonce
                            }),
                        "Wechatpay-Nonce"
                        (fun (callback: Callback) ->
                            { callback with
                                Timestamp = "\"" + callback.Timestamp + "\""
                            }),
                        "Wechatpay-Timestamp"
                    ] do
                    // Enough of them that one has a plus sign.
                    let callback =
                        Seq.initInfinite (fun index -> sign (utf8 (original + String(' ', index))))
                        |> Seq.find (fun one -> one.Signature.Contains '+')

                    let changed = change callback
                    Expect.isError (decode changed) "refused"

                    match explain changed with
                    | ValueSome(MismatchCause.HeaderRewritten(found, _)) -> Expect.equal found name name
                    | other -> failtestf "%s gave %s" name (codeOf other)
            }

            test "another key of the ring, or another merchant's, is named" {
                let swapped = { good with Serial = "F15701" }
                Expect.equal (explain swapped) (ValueSome(MismatchCause.OtherKey PublicKeyId)) "another key"

                let foreign =
                    { good with
                        Signature = signWith stranger good.Timestamp good.Nonce good.Body
                    }

                Expect.equal (explain foreign) ValueNone "nobody's"

                let ring =
                    force (
                        Keyring.create
                            [
                                force (
                                    PlatformKey.ofPublicKeyPem
                                        "PUB_KEY_ID_02"
                                        (stranger.ExportSubjectPublicKeyInfoPem())
                                )
                            ]
                    )

                let others = [ { Name = "coffee"; Keys = ring } ]

                Expect.equal
                    (explainWith [] others foreign)
                    (ValueSome(MismatchCause.OtherMerchant "coffee"))
                    "another merchant's"

                Expect.equal
                    (explainWith
                        []
                        others
                        { foreign with
                            Serial = "PUB_KEY_ID_02"
                        })
                    (ValueSome(MismatchCause.OtherMerchant "coffee"))
                    "by its own serial"
            }

            test "every cause has its code, and advice in two languages" {
                let causes =
                    [
                        MismatchCause.HeaderRewritten("h", "how")
                        MismatchCause.ByteOrderMark true
                        MismatchCause.ByteOrderMark false
                        MismatchCause.BlanksAround true
                        MismatchCause.BlanksAround false
                        MismatchCause.LineEndsConverted
                        MismatchCause.JsonRewritten(RewriteTraces.KeyOrder ||| RewriteTraces.Blanks)
                        MismatchCause.CharacterSet "gb18030"
                        MismatchCause.Compression("gzip", true)
                        MismatchCause.Compression("gzip", false)
                        MismatchCause.OtherKey "s"
                        MismatchCause.OtherMerchant "m"
                    ]

                Expect.hasLength (causes |> List.map MismatchCause.code |> List.distinct) 9 "codes"

                for cause in causes do
                    let advice = MismatchCause.advice cause
                    Expect.isTrue (advice.English.Length > 40 && advice.Chinese.Length > 15) (MismatchCause.code cause)

                let advice =
                    MismatchCause.advice (MismatchCause.JsonRewritten RewriteTraces.KeyOrder)

                Expect.stringStarts
                    advice.English
                    "Your framework parsed the body and wrote it again (the keys are in another order)"
                    "as the beginner reads it"
            }
        ]

/// Changes a request on its way, as a careless proxy would.
let private changing (change: HttpRequestMessage -> unit) =
    { new DelegatingHandler(WeChatPayClient.CreateHandler()) with
        member _.SendAsync(request, cancellationToken) =
            change request
            base.SendAsync(request, cancellationToken)
    }

let private signErrorOver (platform: WeChatPaySimulator) (handler: HttpMessageHandler) change =
    let client =
        WeChatPayClient(new HttpClient(handler), clientFor platform change, TimeProvider.System)

    refusalOf (fun () -> client.Payments.PrepayNativeAsync(native "order-1"))

let private signErrors =
    testList
        "refused signatures"
        [
            testCaseTask "the right text under a wrong key is told apart from a changed text" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()

                    let! refusal =
                        signErrorOver platform (WeChatPayClient.CreateHandler()) (fun options ->
                            options.MerchantPrivateKey <- stranger.ExportPkcs8PrivateKeyPem())

                    Expect.stringContains refusal.Advice.English "the text is right, the key is wrong" "English"
                    Expect.stringContains refusal.Advice.Chinese "内容没有问题" "Chinese"
                })

            testCaseTask "a URL that was rewritten is laid beside the one that was signed" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()

                    let! refusal =
                        signErrorOver
                            platform
                            (changing (fun request ->
                                request.RequestUri <- Uri(nonNull (string request.RequestUri) + "?from=proxy")))
                            ignore

                    Expect.stringContains refusal.Advice.English "another url" "the line"
                    Expect.stringContains refusal.Advice.English "?from=proxy" "what was seen"
                })

            testCaseTask "a body that was changed is located, and not shown" (fun () ->
                task {
                    use! platform = WeChatPaySimulator.StartAsync()

                    let body change (request: HttpRequestMessage) =
                        let text = (nonNull request.Content).ReadAsStringAsync().Result
                        request.Content <- new StringContent(change text, Encoding.UTF8, "application/json")

                    let! refusal =
                        signErrorOver
                            platform
                            (changing (body (fun text -> text.Replace("{\"appid", "{ \"appid"))))
                            ignore

                    Expect.stringContains refusal.Advice.English "from character 2 on" "the place"
                    Expect.isFalse (refusal.Message.Contains "wx1") "no content"

                    let! refusal =
                        signErrorOver platform (changing (body (fun text -> text + " "))) ignore

                    Expect.stringContains refusal.Advice.English "the end of the body differs" "beyond what is shown"
                })

            test "what the platform shows is compared line by line; odd details give nothing" {
                let message = utf8 "POST\n/v3/a\n1\nn\n{}\n"

                let find (detail: string) =
                    SignDifference.find
                        message
                        (ErrorBody.Read(ReadOnlySpan(utf8 ("{\"code\":\"SIGN_ERROR\",\"detail\":" + detail + "}"))))

                let saw text length =
                    find (
                        "{\"sign_information\":{\"truncated_sign_message\":"
                        + JsonSerializer.Serialize<string> text
                        + ",\"sign_message_length\":"
                        + string<int> length
                        + "}}"
                    )

                Expect.equal (saw "POST\n/v3/a\n1\nn\n{}\n" 18) (ValueSome(SignDifference.NoneShown(18, 18))) "the same"
                Expect.equal (saw "POST\n/v3" 18) (ValueSome(SignDifference.NoneShown(8, 18))) "as far as shown"

                Expect.equal
                    (saw "GET\n/v3/a\n1\nn\n" 17)
                    (ValueSome(SignDifference.Line("method", "POST", "GET")))
                    "method"

                Expect.equal
                    (saw "POST\n/v3/a\n2\nn\n" 18)
                    (ValueSome(SignDifference.Line("timestamp", "1", "2")))
                    "timestamp"

                Expect.equal (saw "POST\n/v3/a\n1\nm\n" 18) (ValueSome(SignDifference.Line("nonce", "n", "m"))) "nonce"
                Expect.equal (saw "POST\n/v3/a\n1\nn\n{ }\n" 19) (ValueSome(SignDifference.Body 2)) "body"
                Expect.equal (saw "POST\n/v3/a\n1\nn\n{}\n" 99) (ValueSome(SignDifference.Length(18, 99))) "length"

                for detail in
                    [
                        "null"
                        "[]"
                        "{}"
                        "{\"sign_information\":1}"
                        "{\"sign_information\":{}}"
                        "{\"sign_information\":{\"truncated_sign_message\":7}}"
                    ] do
                    Expect.equal (find detail) ValueNone detail

                find "{\"sign_information\":{\"truncated_sign_message\":\"\\ud800\"}}" |> ignore
            }
        ]

[<Tests>]
let tests = testList "diagnosis" [ rewriting; headers; signErrors ]
