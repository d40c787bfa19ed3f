/// Bill files for tests: rows of any content, with totals that are right, and files that nobody here wrote.
module WeChatPay.Tests.BillFiles

open System
open System.Collections.Generic
open System.Globalization
open System.Text
open WeChatPay.Functional

let utf8 (text: string) = Encoding.UTF8.GetBytes text

let allHeadings =
    [
        "交易时间"
        "公众账号ID"
        "商户号"
        "特约商户号"
        "设备号"
        "微信订单号"
        "商户订单号"
        "用户标识"
        "交易类型"
        "交易状态"
        "付款银行"
        "货币种类"
        "应结订单金额"
        "代金券金额"
        "微信退款单号"
        "商户退款单号"
        "退款金额"
        "充值券退款金额"
        "退款类型"
        "退款状态"
        "商品名称"
        "商户数据包"
        "手续费"
        "费率"
        "订单金额"
        "申请退款金额"
        "费率备注"
    ]

let allTotals =
    [ "总交易单数"; "应结订单总金额"; "退款总金额"; "充值券退款总金额"; "手续费总金额"; "订单总金额"; "申请退款总金额" ]

/// A payment of 12.34, as cells by heading.
let payment =
    [
        "交易时间", "2026-01-02 03:04:05"
        "公众账号ID", "wx0000000000000000"
        "商户号", "1900000001"
        "特约商户号", "0"
        "设备号", ""
        "微信订单号", "4200000000000000000000000001"
        "商户订单号", "order-1"
        "用户标识", "personal-openid"
        "交易类型", "NATIVE"
        "交易状态", "SUCCESS"
        "付款银行", "OTHERS"
        "货币种类", "CNY"
        "应结订单金额", "12.34"
        "代金券金额", "0.00"
        "微信退款单号", "0"
        "商户退款单号", "0"
        "退款金额", "0.00"
        "充值券退款金额", "0.00"
        "退款类型", ""
        "退款状态", ""
        "商品名称", "personal-tea"
        "商户数据包", "personal-attach"
        "手续费", "0.07404"
        "费率", "0.60%"
        "订单金额", "12.34"
        "申请退款金额", "0.00"
        "费率备注", ""
    ]

/// Some cells said otherwise.
let where (changes: (string * string) list) (row: (string * string) list) =
    row
    |> List.map (fun (heading, text) ->
        changes
        |> List.tryFind (fun (changed, _) -> changed = heading)
        |> Option.defaultValue (heading, text))

/// A refund of 2.00 of it.
let refund =
    payment
    |> where
        [
            "交易时间", "2026-01-02 23:59:59"
            "交易状态", "REFUND"
            "应结订单金额", "0.00"
            "微信退款单号", "50300000000000000000000000001"
            "商户退款单号", "refund-1"
            "退款金额", "2.00"
            "退款类型", "ORIGINAL"
            "退款状态", "PROCESSING"
            "手续费", "-0.01200"
            "订单金额", "0.00"
            "申请退款金额", "2.00"
        ]

let cell (heading: string) (row: (string * string) list) =
    row
    |> List.tryFind (fun (known, _) -> known = heading)
    |> Option.map snd
    |> Option.defaultValue ""

let private sum (heading: string) rows =
    rows
    |> List.sumBy (fun row -> Decimal.Parse(cell heading row, CultureInfo.InvariantCulture))

let private written (decimals: string) (value: decimal) =
    value.ToString("0." + decimals, CultureInfo.InvariantCulture)

let totalsOf rows =
    [
        string (List.length rows)
        written "00" (sum "应结订单金额" rows)
        written "00" (sum "退款金额" rows)
        written "00" (sum "充值券退款金额" rows)
        written "00000" (sum "手续费" rows)
        written "00" (sum "订单金额" rows)
        written "00" (sum "申请退款金额" rows)
    ]

let backquoted (cells: string list) =
    cells |> List.map (fun cell -> "`" + cell) |> String.concat ","

let lineOf (headings: string list) row =
    headings |> List.map (fun heading -> cell heading row) |> backquoted

let joined (ending: string) (lines: string list) =
    lines |> List.map (fun line -> line + ending) |> String.concat ""

/// The lines of a bill with these columns.
let linesWith (headings: string list) rows =
    [
        String.concat "," headings
        yield! rows |> List.map (lineOf headings)
        String.concat "," allTotals
        backquoted (totalsOf rows)
    ]

let lines rows = linesWith allHeadings rows

let file rows = lines rows |> joined "\r\n" |> utf8

/// What is taken of a row; a row is no argument of F#'s functions.
type Take<'Row> = delegate of BillRow -> 'Row

/// What reading gives: the rows that were handed on, and the end.
let readWith (takesAny: bool) (take: Take<'Row>) (pieces: byte array seq) =
    let rows = List<'Row>()
    let reader = BillReader(takesAny, fun row -> rows.Add(take.Invoke row))

    for piece in pieces do
        reader.Push(ReadOnlySpan piece) |> ignore

    let result = Bill.finish reader
    List.ofSeq rows, result

let readPieces pieces =
    readWith false (Take TradeBillRow.Of) pieces

let read bytes = readPieces [ bytes ]

let readLines lines = read (joined "\n" lines |> utf8)

/// Files of other people's tests, their facts carried over; persons and appids became `***`.
/// Source: tests of bills in other people's SDKs, as public code search shows them (it names no repository; by their words gunsluo/wechatpay-go, 2021), but for what is marked.
module Published =
    let private trade time transaction order description attach =
        payment
        |> where
            [
                "交易时间", time
                "公众账号ID", "***"
                "商户号", "1601959334"
                "微信订单号", transaction
                "商户订单号", order
                "用户标识", "***"
                "应结订单金额", "0.01"
                "手续费", "0.00000"
                "费率", "1.00%"
                "订单金额", "0.01"
                "商品名称", description
                "商户数据包", attach
            ]

    let allLines =
        [
            String.concat "," allHeadings
            lineOf
                allHeadings
                (trade
                    "2021-01-28 17:07:11"
                    "4200000925202101284997714292"
                    "S20210128170702357723"
                    "for testing"
                    "cipher code")
            lineOf
                allHeadings
                (trade
                    "2021-01-28 15:35:18"
                    "4200000910202101282955148400"
                    "S20210128153505214586"
                    "for testing"
                    "cipher code")
            lineOf
                allHeadings
                (trade
                    "2021-01-28 16:59:46"
                    "4200000926202101281412639609"
                    "S20210128165824499930"
                    "for testing"
                    "cipher code")
            "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
            "`3,`0.03,`0.00,`0.00,`0.00000,`0.03,`0.00"
        ]

    let refundLines =
        [
            "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
            "`2021-01-24 16:16:25,`***,`1601959334,`0,`,`4200000844202101245866928772,`S20210124161554311546,`***,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`2021-02-01 14:33:21,`2021-02-01 14:33:24,`50300807172021020106006664916,`S20210201143320649393,`0.01,`0.00,`ORIGINAL,`SUCCESS,`for testing,`cipher code,`0.00000,`1.00%,`0.00,`0.01,`"
            "`2021-01-19 16:31:18,`***,`1601959334,`0,`,`4200000846202101197461830397,`S20210119083100844726118382,`***,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`2021-02-01 14:00:45,`2021-02-01 14:00:50,`50300907032021020105978998710,`S20210201140044552846,`0.01,`0.00,`ORIGINAL,`SUCCESS,`Package Venue,`,`0.00000,`1.00%,`0.00,`0.01,`"
            "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
            "`2,`0.00,`0.02,`0.00,`0.00000,`0.00,`0.02"
        ]

    /// Its totals are of three movements, its rows of two: a row was left out there.
    let fundFlowCutLines =
        [
            "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
            "`2021-02-01 13:54:01,`50300806962021020105978994968,`4200000920202101197964319284,`退款,`退款,`支出,`0.01,`0.22,`***,`退款总金额0.01元;含手续费0.00元,`S20210201135356381941"
            "`2021-02-01 14:00:45,`50300907032021020105978998710,`4200000846202101197461830397,`退款,`退款,`支出,`0.01,`0.21,`***,`退款总金额0.01元;含手续费0.00元,`S20210201140044552846"
            "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
            "`3,`1,`0.01,`2,`0.02"
        ]

    /// The platform's documents of the second version of its API, as uni-pay's documentation shows it: full-width brackets in headings, counts with a decimal; one row of twenty.
    let fundFlowDocumented =
        [
            "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,资金变更提交申请人,备注,业务凭证号"
            "`2018-02-01 04:21:23,`50000305742018020103387128253,`1900009231201802015884652186,`退款,`退款,`支出,`0.02,`0.17,`system,`缺货,`REF4200000068201801293084726067"
            "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
            "`20.0,`17.0,`0.35,`3.0,`0.18"
        ]

    /// The older format, after an example of the platform's documents that Java SDKs' tests hold; heading and first cells were completed from the catalogue of columns, the colons of its times are full-width there.
    let legacyLines =
        [
            "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率"
            "`2014-11-10 16:33:45,`***,`10000100,`0,`1000,`1001690740201411100005734289,`1415640626,`***,`MICROPAY,`SUCCESS,`OTHERS,`CNY,`0.01,`0.0,`0,`0,`0,`0,`,`,`被扫支付测试,`订单额外描述,`0,`0.60%"
            "`2014-11-10 16:46:14,`***,`10000100,`0,`1000,`1002780740201411100005729794,`1415635270,`***,`MICROPAY,`SUCCESS,`OTHERS,`CNY,`0.01,`0.0,`0,`0,`0,`0,`,`,`被扫支付测试,`订单额外描述,`0,`0.60%"
            "总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额"
            "`2,`0.02,`0.0,`0.0,`0"
        ]

    /// The same tests' bill of payments with the seven totals of all bills; one row of 31.
    let successLines =
        [
            "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注"
            "`2019-07-23 18:46:41,`***,`***,`***,`,`***,`***,`***,`JSAPI,`SUCCESS,`CFT,`CNY,`0.01,`0.00,`***,`***,`0.00000,`0.60%,`0.01,`"
            "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
            "`31,`3.05,`0.00,`0.00,`0.02000,`3.05,`0.00"
        ]
