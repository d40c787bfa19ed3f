/// What `Checkout.check` lets through and what it names: each accepted order beside the smallest change that breaks one rule.
module WeChatPay.Tests.CheckoutTests

open System
open Expecto
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform
open WeChatPay.Tests.CheckoutOrders

/// A letter, so many times.
let private times count (text: string) = String.replicate count text

/// Half of an emoji.
let private half = String(char 0xD83C, 1)

let private minutes (count: float) = ValueSome(now.AddMinutes count)
let private days (count: float) = ValueSome(now.AddDays count)

let private url length =
    "https://shop.example/" + times (length - 21) "n"

let private page (change: string) = H5Page(Type = change)

let private pageWith app address bundle package =
    H5Page(Type = "iOS", AppName = app, AppUrl = address, BundleId = bundle, PackageName = package)

/// Name, what is accepted, what is not, and the one rule that is named.
let private directPairs: (string * Draft * Draft * OrderError) list =
    [
        "description, characters",
        { good with
            Description = times 127 "茶"
        },
        { good with
            Description = times 128 "茶"
        },
        OrderError.TooLong("description", 128, 127)
        "description, emoji",
        { good with
            Description = times 127 "🍵"
        },
        { good with
            Description = times 128 "🍵"
        },
        OrderError.TooLong("description", 128, 127)
        "description, none",
        { good with Description = " " },
        { good with Description = "" },
        OrderError.Missing "description"
        "description, half a character",
        { good with Description = "🍵" },
        { good with Description = half },
        OrderError.NotWellFormed "description"
        "number, short",
        { good with OutTradeNo = "012345" },
        { good with OutTradeNo = "01234" },
        OrderError.TooShort("out_trade_no", 5, 6)
        "number, long",
        { good with OutTradeNo = times 32 "Z" },
        { good with OutTradeNo = times 33 "Z" },
        OrderError.TooLong("out_trade_no", 33, 32)
        "number, characters",
        { good with OutTradeNo = "aZ09_-|*" },
        { good with OutTradeNo = "aZ09_-|@" },
        OrderError.BadCharacters("out_trade_no", "0-9A-Za-z_-|*")
        "number, none", good, { good with OutTradeNo = "" }, OrderError.Missing "out_trade_no"
        "attach, bytes",
        { good with
            Attach = times 42 "茶" + "ab"
        },
        { good with Attach = times 43 "茶" },
        OrderError.TooManyBytes("attach", 129, 128)
        "attach, half a character",
        { good with Attach = "" },
        { good with Attach = half },
        OrderError.NotWellFormed "attach"
        "goods_tag",
        { good with GoodsTag = times 32 "t" },
        { good with GoodsTag = times 33 "t" },
        OrderError.TooLong("goods_tag", 33, 32)
        "limit_pay",
        { good with LimitPay = [ "no_credit" ] },
        { good with
            LimitPay = [ "no_credit"; "" ]
        },
        OrderError.Missing "limit_pay[1]"
        "amount", { good with Total = 1L }, { good with Total = 0L }, OrderError.NotPositive("amount.total", 0L)
        "amount, below nothing", good, { good with Total = -1L }, OrderError.NotPositive("amount.total", -1L)
        "currency", { good with Currency = "CNY" }, { good with Currency = "cny" }, OrderError.NotCny "amount.currency"
        "appid",
        { good with Appid = times 32 "w" },
        { good with Appid = times 33 "w" },
        OrderError.TooLong("appid", 33, 32)
        "appid, characters",
        { good with Appid = "wx1" },
        { good with Appid = "wx1 " },
        OrderError.BadCharacters("appid", "visible ASCII")
        "way", good, { good with Way = enum 99 }, OrderError.UnknownWay "Way"
        "soon",
        { good with Expires = minutes 1.0 },
        { good with
            Expires = ValueSome(now.AddSeconds 59.0)
        },
        OrderError.ExpiresTooSoon("time_expire", now.AddSeconds 59.0, now.AddMinutes 1.0)
        "late",
        { good with Expires = days 90.0 },
        { good with
            Expires = ValueSome(now.AddDays(90.0).AddSeconds 1.0)
        },
        OrderError.ExpiresTooLate("time_expire", now.AddDays(90.0).AddSeconds 1.0, now.AddDays 90.0)
        "payer", goodJsapi, { goodJsapi with Openid = null }, OrderError.NoPayer "payer.openid"
        "payer in a mini program",
        { goodJsapi with
            Way = PayWay.MiniProgram
        },
        { goodJsapi with
            Way = PayWay.MiniProgram
            Openid = ""
        },
        OrderError.NoPayer "payer.openid"
        "payer, long",
        { goodJsapi with
            Openid = times 128 "o"
        },
        { goodJsapi with
            Openid = times 129 "o"
        },
        OrderError.TooLong("payer.openid", 129, 128)
        "payer where there is none", good, { good with Openid = "o1" }, OrderError.OutOfPlace "payer.openid"
        "browser, address", goodH5, { goodH5 with Ip = null }, OrderError.NoScene "scene_info.payer_client_ip"
        "browser, page", goodH5, { goodH5 with H5 = null }, OrderError.NoScene "scene_info.h5_info"
        "browser, kind",
        { goodH5 with H5 = page "Android" },
        { goodH5 with H5 = page "android" },
        OrderError.UnknownH5Type "scene_info.h5_info.type"
        "browser, no kind",
        { goodH5 with H5 = page "iOS" },
        { goodH5 with H5 = page "" },
        OrderError.NoScene "scene_info.h5_info.type"
        "page where there is none", good, { good with H5 = wap }, OrderError.OutOfPlace "scene_info.h5_info"
        "app_name",
        { goodH5 with
            H5 = pageWith (times 64 "茶") null null null
        },
        { goodH5 with
            H5 = pageWith (times 65 "茶") null null null
        },
        OrderError.TooLong("scene_info.h5_info.app_name", 65, 64)
        "app_url",
        { goodH5 with
            H5 = pageWith null (times 128 "u") null null
        },
        { goodH5 with
            H5 = pageWith null (times 129 "u") null null
        },
        OrderError.TooLong("scene_info.h5_info.app_url", 129, 128)
        "bundle_id",
        { goodH5 with
            H5 = pageWith null null (times 128 "b") null
        },
        { goodH5 with
            H5 = pageWith null null (times 129 "b") null
        },
        OrderError.TooLong("scene_info.h5_info.bundle_id", 129, 128)
        "package_name",
        { goodH5 with
            H5 = pageWith null null null (times 128 "p")
        },
        { goodH5 with
            H5 = pageWith null null null (times 129 "p")
        },
        OrderError.TooLong("scene_info.h5_info.package_name", 129, 128)
        "device",
        { good with
            Ip = "2001:db8::7"
            Device = times 32 "d"
        },
        { good with
            Ip = "2001:db8::7"
            Device = times 33 "d"
        },
        OrderError.TooLong("scene_info.device_id", 33, 32)
        "device without an address",
        { good with
            Ip = "203.0.113.7"
            Device = "till-1"
        },
        { good with Device = "till-1" },
        OrderError.NoScene "scene_info.payer_client_ip"
        "notify_url, long",
        { good with NotifyUrl = url 255 },
        { good with NotifyUrl = url 256 },
        OrderError.TooManyBytes("notify_url", 256, 255)
        "notify_url, none", good, { good with NotifyUrl = "" }, OrderError.Missing "notify_url"
        "notify_url, query",
        { good with
            NotifyUrl = "https://shop.example/a"
        },
        { good with
            NotifyUrl = "https://shop.example/a?b=c"
        },
        OrderError.HasQuery "notify_url"
        "notify_url, fragment",
        good,
        { good with
            NotifyUrl = "https://shop.example/#a"
        },
        OrderError.HasQuery "notify_url"
        "notify_url, scheme",
        { good with
            NotifyUrl = "HTTPS://shop.example/a"
        },
        { good with
            NotifyUrl = "http://shop.example/a"
        },
        OrderError.NotHttps "notify_url"
        "notify_url, port",
        { good with
            NotifyUrl = "https://shop.example:10/a"
        },
        { good with
            NotifyUrl = "https://shop.example:9/a"
        },
        OrderError.NotAnAddress "notify_url"
        "notify_url, brackets",
        good,
        { good with
            NotifyUrl = "https://[2001:db8::7]/a"
        },
        OrderError.NotAnAddress "notify_url"
        "notify_url, blank",
        good,
        { good with
            NotifyUrl = "https://shop.example/a b"
        },
        OrderError.NotAnAddress "notify_url"
        "notify_url, no scheme",
        good,
        { good with
            NotifyUrl = "shop.example/a"
        },
        OrderError.NotAnAddress "notify_url"
        "notify_url, private line",
        { good with
            NotifyUrl = "http://10.1.2.3/a"
            Reach = NotifyReach.PrivateLine
        },
        { good with
            NotifyUrl = "https://10.1.2.3/a"
        },
        OrderError.NotReachable("notify_url", "10.1.2.3")
    ]

let private pair checkDraft (name, accepted, refused, expected) =
    test name {
        Expect.equal (checkDraft accepted) [] "accepted"
        Expect.equal (checkDraft refused) [ expected ] "the one rule, and no other"
    }

let private atHost host =
    checkDirect
        { good with
            NotifyUrl = "https://" + host + "/notify"
        }

let private hosts =
    testList
        "hosts"
        [
            for publicHost, ownHost in
                [
                    "9.255.255.255", "10.0.0.0"
                    "11.0.0.0", "10.255.255.255"
                    "126.255.255.255", "127.0.0.1"
                    "100.63.255.255", "100.64.0.0"
                    "100.128.0.0", "100.127.255.255"
                    "169.253.0.1", "169.254.169.254"
                    "172.15.255.255", "172.16.0.0"
                    "172.32.0.0", "172.31.255.255"
                    "192.167.0.1", "192.168.0.1"
                    "223.255.255.255", "224.0.0.1"
                    "1.0.0.0", "0.0.0.0"
                    "shop.example", "localhost"
                    "localhost.example", "shop.localhost"
                    "local.example", "shop.local"
                    "internal.example", "shop.internal"
                    "lan.example", "shop.LAN"
                    "test.example", "shop.test"
                    "arpa.example", "shop.home.arpa"
                    "invalid.example", "shop.invalid"
                    "shop.example.", "shop."
                ] do
                test $"{publicHost} is reachable, {ownHost} is not" {
                    Expect.equal (atHost publicHost) [] "public"

                    match atHost ownHost with
                    | [ OrderError.NotReachable("notify_url", host) ] ->
                        Expect.equal (host.TrimEnd '.') ((ownHost.TrimEnd '.').ToLowerInvariant()) "named"
                    | other -> failtest $"{other}"
                }

            test "an address in other digits is the same address" {
                for host in [ "2130706433"; "0x7f.1"; "127.1" ] do
                    Expect.equal (atHost host) [ OrderError.NotReachable("notify_url", "127.0.0.1") ] host
            }

            test "where the platform is simulated, notifications stay at home" {
                let verdict isSimulated url =
                    let order = OrderToPlace.Direct(directOrder { good with NotifyUrl = url })

                    match Checkout.checkFor (Caller "1900000001") isSimulated now order with
                    | Ok _ -> []
                    | Error errors -> errors |> List.map OrderError.code

                let home = "http://127.0.0.1:5000/notify"
                Expect.equal (verdict true home) [] "http on loopback"
                Expect.equal (verdict false home) [ "not_https"; "not_reachable" ] "not for the real platform"
                Expect.equal (verdict true "https://shop.test/notify") [] "a name of one's own"
                Expect.equal (verdict true "http://shop.example/notify") [ "not_https" ] "http elsewhere"
                Expect.equal (verdict true (home + "?a=b")) [ "has_query" ] "no query there either"
            }
        ]

let private addresses =
    test "an IP address is one address" {
        let verdict ip = checkDirect { goodH5 with Ip = ip }

        for ip in [ "203.0.113.7"; "0.0.0.0"; "2001:db8::7"; "::1"; "::ffff:203.0.113.7" ] do
            Expect.equal (verdict ip) [] ip

        for ip in
            [
                "203.0.113"
                "203.0.113.256"
                "203.0.113.07"
                "203.0.113.7:80"
                "203.0.113.7, 10.0.0.1"
                "[::1]"
                "fe80::1%eth0"
                "shop.example"
                " 203.0.113.7"
            ] do
            Expect.equal (verdict ip) [ OrderError.NotAnIp "scene_info.payer_client_ip" ] ip
    }

let private goodPartner = good

let private partnerPairs: (string * Draft * Draft * OrderError) list =
    [
        "sub_mchid", goodPartner, { goodPartner with SubMchid = "" }, OrderError.Missing "sub_mchid"
        "sub_mchid, long",
        { goodPartner with
            SubMchid = times 32 "1"
        },
        { goodPartner with
            SubMchid = times 33 "1"
        },
        OrderError.TooLong("sub_mchid", 33, 32)
        "sub_appid",
        { goodPartner with
            SubAppid = times 32 "w"
        },
        { goodPartner with
            SubAppid = times 33 "w"
        },
        OrderError.TooLong("sub_appid", 33, 32)
        "sp_appid",
        goodPartner,
        { goodPartner with Appid = "wx 1" },
        OrderError.BadCharacters("sp_appid", "visible ASCII")
        "payer", goodJsapi, { goodJsapi with Openid = null }, OrderError.NoPayer "payer.sp_openid"
        "payer of the sub-merchant",
        { goodJsapi with
            Openid = null
            SubOpenid = "o2"
            SubAppid = "wx2"
        },
        { goodJsapi with
            Openid = null
            SubOpenid = "o2"
        },
        OrderError.NoSubAppid "sub_appid"
        "payer, twice",
        { goodJsapi with SubAppid = "wx2" },
        { goodJsapi with
            SubAppid = "wx2"
            SubOpenid = "o2"
        },
        OrderError.PayerTwice("payer.sp_openid", "payer.sub_openid")
        "payer where there is none",
        goodPartner,
        { goodPartner with Openid = "o1" },
        OrderError.OutOfPlace "payer.sp_openid"
        "sub-payer where there is none",
        goodPartner,
        { goodPartner with SubOpenid = "o2" },
        OrderError.OutOfPlace "payer.sub_openid"
        "description",
        { goodPartner with
            Description = times 127 "茶"
        },
        { goodPartner with
            Description = times 128 "茶"
        },
        OrderError.TooLong("description", 128, 127)
    ]

let private allAtOnce =
    test "every broken rule is named at once" {
        let draft =
            { goodJsapi with
                Appid = "wx 1"
                Description = times 128 "茶"
                OutTradeNo = "a b"
                NotifyUrl = "http://localhost/a?b=c"
                Expires = minutes -1.0
                Total = 0L
                Currency = "USD"
                Attach = times 129 "a"
                GoodsTag = times 33 "t"
                Openid = null
                Ip = "localhost"
            }

        let found =
            checkDirect draft
            |> List.map (fun error -> OrderError.field error + " " + OrderError.code error)

        Expect.equal
            (List.sort found)
            (List.sort
                [
                    "appid bad_characters"
                    "out_trade_no too_short"
                    "out_trade_no bad_characters"
                    "notify_url has_query"
                    "notify_url not_https"
                    "notify_url not_reachable"
                    "time_expire expires_too_soon"
                    "scene_info.payer_client_ip not_an_ip"
                    "description too_long"
                    "amount.total not_positive"
                    "amount.currency not_cny"
                    "attach too_many_bytes"
                    "goods_tag too_long"
                    "payer.openid no_payer"
                ])
            "all of them"
    }

let private appids =
    test "an appid may come from the caller, and must come from somewhere" {
        let verdict (caller: Caller) =
            OrderToPlace.Direct(directOrder { good with Appid = null })
            |> Checkout.checkFor caller false now
            |> Result.map ignore

        Expect.equal (verdict (Caller("1900000001", MerchantKinds.Direct, "wx1", null))) (Ok()) "the caller's"
        Expect.equal (verdict (Caller "1900000001")) (Error [ OrderError.Missing "appid" ]) "nobody's"
        Expect.equal (checkDirect { good with Appid = null }) [] "left open"
    }

let private personal =
    test "no message shows what the payer or the merchant wrote" {
        let secret = "SECRET"

        let errors =
            checkDirect
                { good with
                    Description = half + secret
                    OutTradeNo = secret + " "
                    Attach = times 30 secret
                    Openid = secret
                    Currency = secret
                    Ip = secret
                    H5 = page secret
                }

        Expect.hasLength errors 7 "all are refused"

        for error in errors do
            Expect.isFalse ((OrderError.message error).Contains secret) (OrderError.code error)
    }

[<Tests>]
let tests =
    testList
        "checkout"
        [
            testList "direct" (List.map (pair checkDirect) directPairs)
            testList "partner" (List.map (pair checkPartner) partnerPairs)
            hosts
            addresses
            allAtOnce
            appids
            personal
        ]
