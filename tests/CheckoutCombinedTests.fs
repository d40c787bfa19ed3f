/// Combined orders: how many, whose, and by which numbers; and what each kind of order is on the wire.
module WeChatPay.Tests.CheckoutCombinedTests

open System.Collections.Generic
open System.Text
open Expecto
open WeChatPay
open WeChatPay.Api
open WeChatPay.Functional
open WeChatPay.Tests.CheckoutOrders

let private combined = { good with OutTradeNo = "whole-1" }

/// An order of another number and text, and perhaps of a sub-merchant.
let private other number mchid attach total currency subMchid subAppid =
    CombinedOrderPart(
        Mchid = mchid,
        SubMchid = subMchid,
        SubAppid = subAppid,
        Description = "tea",
        OutTradeNo = number,
        Total = total,
        Currency = currency,
        Attach = attach
    )

let private withSecond second = [ part "part-001"; second ]

let private fine = other "part-002" "1900000002" "table 7" 1L "CNY" null null

let private pairs =
    [
        "no merchant", fine, other "part-002" "" "table 7" 1L "CNY" null null, OrderError.Missing "sub_orders[1].mchid"
        "no attach",
        fine,
        other "part-002" "1900000002" "" 1L "CNY" null null,
        OrderError.Missing "sub_orders[1].attach"
        "attach, bytes",
        other "part-002" "1900000002" (String.replicate 128 "a") 1L "CNY" null null,
        other "part-002" "1900000002" (String.replicate 43 "茶") 1L "CNY" null null,
        OrderError.TooManyBytes("sub_orders[1].attach", 129, 128)
        "amount",
        fine,
        other "part-002" "1900000002" "table 7" 0L "CNY" null null,
        OrderError.NotPositive("sub_orders[1].amount.total_amount", 0L)
        "currency",
        fine,
        other "part-002" "1900000002" "table 7" 1L "USD" null null,
        OrderError.NotCny "sub_orders[1].amount.currency"
        "number, short",
        other "part-2" "1900000002" "table 7" 1L "CNY" null null,
        other "part2" "1900000002" "table 7" 1L "CNY" null null,
        OrderError.TooShort("sub_orders[1].out_trade_no", 5, 6)
        "the same number",
        fine,
        other "part-001" "1900000002" "table 7" 1L "CNY" null null,
        OrderError.SameOutTradeNo("sub_orders[1].out_trade_no", "sub_orders[0].out_trade_no")
        "a sub-merchant of a direct merchant",
        fine,
        other "part-002" "1900000002" "table 7" 1L "CNY" "1900000109" null,
        OrderError.OutOfPlace "sub_orders[1].sub_mchid"
        "a sub-merchant's appid",
        fine,
        other "part-002" "1900000002" "table 7" 1L "CNY" null "wx2",
        OrderError.OutOfPlace "sub_orders[1].sub_appid"
    ]

let private counts =
    test "how many are combined" {
        let direct count = checkCombined (parts count) combined

        let partner count =
            checkPartnerCombined (parts count) combined

        Expect.equal (direct 2) [] "two"
        Expect.equal (direct 10) [] "ten"
        Expect.equal (direct 1) [ OrderError.TooFewSubOrders("sub_orders", 1, 2) ] "one"
        Expect.equal (direct 11) [ OrderError.TooManySubOrders("sub_orders", 11, 10) ] "eleven"
        Expect.equal (partner 1) [] "one of a provider"
        Expect.equal (partner 50) [] "fifty of a provider"
        Expect.equal (partner 0) [ OrderError.TooFewSubOrders("sub_orders", 0, 1) ] "none"
        Expect.equal (partner 51) [ OrderError.TooManySubOrders("sub_orders", 51, 50) ] "fifty-one"
    }

let private numbers =
    test "the whole has a number of its own rule" {
        let direct number =
            checkCombined (parts 2) { combined with OutTradeNo = number }

        let partner number =
            checkPartnerCombined (parts 2) { combined with OutTradeNo = number }

        Expect.equal (direct "whole1") [] "six"
        Expect.equal (direct "whole") [ OrderError.TooShort("combine_out_trade_no", 5, 6) ] "five"
        Expect.equal (partner "w1") [] "two of a provider"
        Expect.equal (partner "w") [ OrderError.TooShort("combine_out_trade_no", 1, 2) ] "one of a provider"
    }

let private device length =
    checkCombined
        (parts 2)
        { combined with
            Ip = "203.0.113.7"
            Device = String.replicate length "d"
        }

let private payers =
    test "the payer is named once, within an appid that is named" {
        let jsapi = { combined with Way = PayWay.Jsapi }
        let own = { jsapi with Openid = "o1" }
        let sub = { jsapi with SubOpenid = "o2" }
        let subParts = [ other "part-001" "1900000001" "a" 1L "CNY" "1900000109" "wx2" ]
        Expect.equal (checkCombined (parts 2) own) [] "by openid"
        Expect.equal (checkCombined (parts 2) jsapi) [ OrderError.NoPayer "combine_payer_info.openid" ] "nobody"
        Expect.equal (checkCombined (parts 2) combined) [] "nobody for a QR code"

        Expect.equal
            (checkCombined (parts 2) sub)
            [ OrderError.OutOfPlace "combine_payer_info.sub_openid" ]
            "a direct merchant has no sub-merchant"

        Expect.equal (checkPartnerCombined subParts sub) [] "by sub_openid"

        Expect.equal
            (checkPartnerCombined (parts 1) sub)
            [ OrderError.NoSubAppid "sub_orders[0].sub_appid" ]
            "within no appid"

        Expect.equal
            (checkPartnerCombined subParts { sub with Openid = "o1" })
            [
                OrderError.PayerTwice("combine_payer_info.openid", "combine_payer_info.sub_openid")
            ]
            "twice"
    }

let private browsers =
    test "a combined order from a browser names the device, too" {
        let h5 = { goodH5 with OutTradeNo = "whole-1" }
        Expect.equal (checkCombined (parts 2) { h5 with Device = "till-1" }) [] "named"
        Expect.equal (checkCombined (parts 2) h5) [ OrderError.NoScene "scene_info.device_id" ] "not named"
        Expect.equal (device 16) [] "16"
        Expect.equal (device 17) [ OrderError.TooLong("scene_info.device_id", 17, 16) ] "17"
    }

let private frozen =
    test "what is checked is what is sent" {
        let list = List<CombinedOrderPart>(parts 2)

        let order =
            CombinedOrder(
                Way = PayWay.Native,
                OutTradeNo = "whole-1",
                NotifyUrl = "https://shop.example/notify",
                SubOrders = list
            )

        let judged = checkedOrder (OrderToPlace.Combined order)
        list.Clear()

        match judged.Order with
        | OrderToPlace.Combined kept -> Expect.equal kept.SubOrders.Count 2 "still two"
        | other -> failtest $"{other}"

        let limits = List<string> [ "no_credit" ]

        let single =
            DirectOrder(
                Way = PayWay.Native,
                Description = "tea",
                OutTradeNo = "tea-001",
                NotifyUrl = "https://shop.example/notify",
                Total = 1L,
                LimitPay = limits
            )

        limits[0] <- ""
        Expect.equal (List.ofSeq (nonNull single.LimitPay)) [ "no_credit" ] "copied"
    }

let private absent =
    test "an order that is not there is named, and throws nothing" {
        let orders = [ part "part-001"; Unchecked.defaultof<CombinedOrderPart> ]
        Expect.equal (checkCombined orders combined) [ OrderError.Missing "sub_orders[1]" ] "in the list"

        let order =
            CombinedOrder(
                Way = PayWay.Native,
                OutTradeNo = "whole-1",
                NotifyUrl = "https://shop.example/notify",
                SubOrders = Unchecked.defaultof<IReadOnlyList<CombinedOrderPart>>
            )

        Expect.equal (check (OrderToPlace.Combined order)) [ OrderError.TooFewSubOrders("sub_orders", 0, 2) ] "no list"
    }

let private requestBy (caller: Caller) order =
    let operation = CheckoutOperations.Place(checkedOrder order)

    match OperationRequest.prepare caller operation with
    | Ok request -> request.Method + " " + request.Url + " " + Encoding.UTF8.GetString request.Body
    | Error error -> ApiError.message error

let private caller kind = Caller("1900000001", kind, "wx1", null)
let private provider = caller MerchantKinds.Partner

let private partnerHead =
    """{"sp_appid":"wx1","sp_mchid":"1900000001","sub_mchid":"1900000109","settle_info":{"profit_sharing":true},"description":"一杯茶","out_trade_no":"tea-001","amount":{"total":1,"currency":"CNY"},"notify_url":"https://shop.example/notify" """
        .TrimEnd()

let private partnerBytes =
    [
        good, "native", ""
        { good with
            Way = PayWay.App
            Ip = "203.0.113.7"
            Device = "till-1"
        },
        "app",
        ""","scene_info":{"payer_client_ip":"203.0.113.7","device_id":"till-1"}"""
        goodJsapi, "jsapi", ""","payer":{"sp_openid":"o1"}"""
        { goodJsapi with
            Way = PayWay.MiniProgram
        },
        "jsapi",
        ""","payer":{"sp_openid":"o1"}"""
        goodH5, "h5", ""","scene_info":{"payer_client_ip":"203.0.113.7","h5_info":{"type":"Wap"}}"""
    ]

let private subOrders =
    """"sub_orders":[{"mchid":"1900000001","attach":"table 7","amount":{"total_amount":1,"currency":"CNY"},"out_trade_no":"part-001","description":"tea"},{"mchid":"1900000001","attach":"table 7","amount":{"total_amount":1,"currency":"CNY"},"out_trade_no":"part-002","description":"tea"}]"""

let private combinedHead =
    """{"combine_appid":"wx1","combine_mchid":"1900000001","combine_out_trade_no":"tea-001","""

let private notifyTail =
    ""","notify_url":"https://shop.example/notify" """.TrimEnd()

let private combinedBytes =
    [
        good, "native", combinedHead + subOrders + notifyTail + "}"
        { good with
            Way = PayWay.App
            Ip = "203.0.113.7"
            Device = "till-1"
        },
        "app",
        combinedHead
        + """"scene_info":{"device_id":"till-1","payer_client_ip":"203.0.113.7"},"""
        + subOrders
        + notifyTail
        + "}"
        goodJsapi,
        "jsapi",
        combinedHead
        + subOrders
        + ""","combine_payer_info":{"openid":"o1"}"""
        + notifyTail
        + "}"
        { goodJsapi with
            Way = PayWay.MiniProgram
        },
        "jsapi",
        combinedHead
        + subOrders
        + ""","combine_payer_info":{"openid":"o1"}"""
        + notifyTail
        + "}"
        { goodH5 with Device = "till-1" },
        "h5",
        combinedHead
        + """"scene_info":{"device_id":"till-1","payer_client_ip":"203.0.113.7","h5_info":{"type":"Wap"}},"""
        + subOrders
        + notifyTail
        + "}"
    ]

let private bytes =
    testList
        "bytes"
        [
            for draft, way, rest in partnerBytes do
                test $"a service provider's order, {draft.Way}" {
                    Expect.equal
                        (requestBy provider (OrderToPlace.Partner(partnerOrder draft)))
                        ("POST /v3/pay/partner/transactions/" + way + " " + partnerHead + rest + "}")
                        "as it is sent"
                }

            for draft, way, body in combinedBytes do
                test $"a combined order, {draft.Way}" {
                    let order = combinedOrder (parts 2) draft
                    let expected = "POST /v3/combine-transactions/" + way + " " + body

                    Expect.equal
                        (requestBy (caller MerchantKinds.Direct) (OrderToPlace.Combined order))
                        expected
                        "direct"

                    Expect.equal (requestBy provider (OrderToPlace.PartnerCombined order)) expected "provider"

                    Expect.stringContains
                        (requestBy provider (OrderToPlace.Combined order))
                        "is only for direct merchants"
                        "checked for another"
                }

            test "a sub-merchant's payer and appid are sent" {
                let draft =
                    { goodJsapi with
                        Openid = null
                        SubOpenid = "o2"
                        SubAppid = "wx2"
                    }

                let text = requestBy provider (OrderToPlace.Partner(partnerOrder draft))
                Expect.stringContains text "\"sub_appid\":\"wx2\"" "appid"
                Expect.stringContains text "\"payer\":{\"sub_openid\":\"o2\"}" "payer"
            }
        ]

let private payerAppids =
    test "the page is opened within the appid that knows the payer" {
        let appidOf order = (checkedOrder order).PayerAppid

        let partner draft =
            appidOf (OrderToPlace.Partner(partnerOrder draft))

        let sub =
            { goodJsapi with
                Openid = null
                SubOpenid = "o2"
                SubAppid = "wx2"
            }

        Expect.equal (appidOf (OrderToPlace.Direct(directOrder goodJsapi))) "wx1" "direct"
        Expect.equal (partner { goodJsapi with SubAppid = "wx2" }) "wx1" "known to the provider"
        Expect.equal (partner sub) "wx2" "known to the sub-merchant"

        Expect.equal
            (partner
                { good with
                    Way = PayWay.App
                    SubAppid = "wx2"
                })
            "wx2"
            "the sub-merchant's app"

        Expect.equal (partner { good with Way = PayWay.App }) "wx1" "the provider's app"

        let subParts =
            [
                part "part-001"
                other "part-002" "1900000001" "a" 1L "CNY" "1900000109" "wx2"
            ]

        let whole draft =
            appidOf (OrderToPlace.PartnerCombined(combinedOrder subParts draft))

        Expect.equal (whole { sub with SubAppid = null }) "wx2" "combined"
        Expect.equal (whole goodJsapi) "wx1" "combined, known to the provider"
    }

let private pair (name, accepted, refused, expected) =
    test name {
        Expect.equal (checkCombined (withSecond accepted) combined) [] "accepted"
        Expect.equal (checkCombined (withSecond refused) combined) [ expected ] "the one rule, and no other"
    }

[<Tests>]
let tests =
    testList
        "checkout, combined"
        [
            testList "sub-orders" (List.map pair pairs)
            counts
            numbers
            payers
            browsers
            frozen
            absent
            bytes
            payerAppids
        ]
