/// docs/errors.md and docs/errors.zh-CN.md, written from the code's own tables. Every union of the core that has an `advice` is found by itself.
module WeChatPay.Tests.ErrorPages

open System
open System.IO
open System.Xml.Linq
open Microsoft.FSharp.Reflection
open WeChatPay.Functional
open WeChatPay.Tests.ErrorExamples

/// How an example is shown where the advice depends on it.
let private shown (value: obj) =
    match value with
    | :? Refusal as refusal when refusal.Code <> "" -> refusal.Code
    | :? Refusal as refusal when refusal.OutcomeUnknown -> "*, OutcomeUnknown"
    | :? Refusal -> "*"
    | :? bool as flag -> if flag then "true" else "false"
    | other -> string other

let private summaries =
    lazy
        ((Packable.documentationOf core).Descendants(XName.Get "member")
         |> Seq.map (fun entry ->
             let summary = entry.Descendants(XName.Get "summary") |> Seq.tryHead

             entry.Attribute(XName.Get "name").Value,
             summary |> Option.map _.Value.Trim() |> Option.defaultValue (entry.Value.Trim()))
         |> dict)

/// What the code's own comment says of a type or a case.
let private summary (union: Type) (case: string) =
    match summaries.Value.TryGetValue(("T:" + union.FullName + "." + case).TrimEnd([| '.' |])) with
    | true, text -> text
    | _ -> ""

/// The words of a page that are not the code's.
type private Language =
    {
        Title: string
        Note: string
        Headings: (string * string) list
        Status: string
        Remedy: Remedy -> string
        Message: string
        Verdict: string
        Found: string
        Advice: string
        When: string
        SeeReason: string
        Colon: string
        HasSummaries: bool
        Choose: Advice -> string
    }

let private english =
    {
        Title = "Errors"
        Note =
            "Written from the code's own tables by `dotnet run --project tests -- --write-docs`; a test compares. Change the code, not this page. 中文：[errors.zh-CN.md](errors.zh-CN.md)"
        Headings =
            [
                "VerifyError", "A callback or an answer is not trusted, or cannot be read"
                "RecipientError", "A notification is handed to none of several merchants"
                "ApiError", "A call gave no data"
                "KeyError", "A key, a certificate or an identifier is refused"
                "OrderError",
                "An order breaks a rule and is not sent (`Checkout.check`, `WeChatPayValidationException.Problems`)"
                "BillError", "A bill is not believed (`BillReader`, `Bill`)"
                "ReconciliationError", "A bill cannot be compared with a ledger (`ReconciliationMerge`)"
                "LedgerError", "A ledger cannot be read (`Ledger`, `LedgerHeading`)"
                "MismatchCause", "Why a signature does not fit, as `wechatpay verify` and `ExplainMismatches` show it"
                "DoctorFinding", "What `wechatpay doctor` finds"
                "SignDifference",
                "A request's signature was refused (`SIGN_ERROR`): what the platform saw, beside what was signed"
            ]
        Status = "HTTP status of the answer"
        Remedy =
            function
            | Remedy.Reject -> "`Reject`: there is nothing to wait for"
            | Remedy.RefreshKeys -> "`RefreshKeys`: fetch keys, the platform sends again"
            | Remedy.RetryLater -> "`RetryLater`: mend the cause, the platform sends again"
            | other -> $"`{other}`"
        Message = "Message"
        Verdict = "Verdict"
        Found = "Found"
        Advice = "Cause and cure"
        When = "where "
        SeeReason = "as for the reason, see above"
        Colon = ": "
        HasSummaries = true
        Choose = _.English
    }

let private chinese =
    {
        Title = "错误"
        Note =
            "本页由 `dotnet run --project tests -- --write-docs` 根据代码中的错误表生成，并由测试核对；请修改代码，不要修改本页。English: [errors.md](errors.md)"
        Headings =
            [
                "VerifyError", "回调或应答不可信，或无法读取"
                "RecipientError", "通知未能交给任何一个商户（多商户共用地址时）"
                "ApiError", "调用未得到数据"
                "KeyError", "密钥、证书或标识不可用"
                "OrderError", "订单不符合规则，未发送（`Checkout.check`、`WeChatPayValidationException.Problems`）"
                "DoctorFinding", "`wechatpay doctor` 的结论"
                "BillError", "账单不可信（`BillReader`、`Bill`）"
                "ReconciliationError", "账单与账簿无法比对（`ReconciliationMerge`）"
                "LedgerError", "账簿无法读取（`Ledger`、`LedgerHeading`）"
                "MismatchCause", "签名为何不吻合（由 `wechatpay verify` 与 `ExplainMismatches` 给出）"
                "SignDifference", "请求签名被拒（`SIGN_ERROR`）：微信支付看到的内容与本地签名内容的对照"
            ]
        Status = "应答的 HTTP 状态码"
        Remedy =
            function
            | Remedy.Reject -> "`Reject`：拒绝即可，无需等待"
            | Remedy.RefreshKeys -> "`RefreshKeys`：更新密钥，微信支付会重新通知"
            | Remedy.RetryLater -> "`RetryLater`：排除原因，微信支付会重新通知"
            | other -> $"`{other}`"
        Message = "错误信息（英文）"
        Verdict = "判定"
        Found = "情况"
        Advice = "原因与处理"
        When = "当 "
        SeeReason = "与其中的原因相同，见上文"
        Colon = "："
        HasSummaries = false
        Choose = _.Chinese
    }

let private fieldsOf (case: UnionCaseInfo) (example: obj) =
    snd (FSharpValue.GetUnionFields(example, case.DeclaringType))

/// The fields in which some examples of a case differ from the others.
let private condition (language: Language) (case: UnionCaseInfo) (all: obj list) (some: obj list) =
    let values (index: int) (examples: obj list) =
        examples
        |> List.map (fun example -> fieldsOf case example |> Array.item index |> shown)
        |> List.distinct

    [
        for index, field in Array.indexed (case.GetFields()) do
            let here = values index some

            if here.Length < (values index all).Length then
                let list = here |> List.map (fun value -> "`" + value + "`") |> String.concat ", "
                "`" + field.Name + "` = " + list
    ]
    |> String.concat "; "
    |> fun text -> if text = "" then "" else " (" + language.When + text + ")"

/// Advice that is the reason's own is not repeated.
let private adviceOf (language: Language) (table: Table) (case: UnionCaseInfo) (example: obj) =
    let advice = table.Advice example
    let fields = fieldsOf case example

    let isReasons =
        tables
        |> List.exists (fun other ->
            fields
            |> Array.exists (fun field -> other.Union.IsInstanceOfType field && other.Advice field = advice))

    if isReasons then
        language.SeeReason
    else
        language.Choose advice

let private caseText (language: Language) (table: Table) (case: UnionCaseInfo, examples: obj list) =
    let first = List.head examples

    let fact (name: string) (value: string option) =
        value
        |> Option.map (fun text -> "- " + name + language.Colon + text)
        |> Option.toList

    [
        "### `" + (table.Text("code", first) |> Option.defaultValue case.Name) + "`"
        ""
        if language.HasSummaries && summary table.Union case.Name <> "" then
            summary table.Union case.Name
            ""
        yield! fact language.Status (table.Text("statusCode", first))
        yield! fact "Remedy" (table.Ask("remedy", first) |> Option.map (unbox >> language.Remedy))
        yield! fact language.Message (table.Text("message", first))

        yield!
            table.Ask("verdict", first)
            |> Option.map (unbox >> DoctorFinding.verdictName)
            |> fact language.Verdict

        yield!
            table.Ask("cause", first)
            |> Option.map (unbox >> language.Choose)
            |> fact language.Found

        for _, some in List.groupBy (adviceOf language table case >> withoutSerial) examples do
            let text = adviceOf language table case (List.head some)

            "- **"
            + language.Advice
            + "**"
            + condition language case examples some
            + language.Colon
            + text
        ""
    ]

let private tableText (language: Language) (table: Table) =
    let heading =
        language.Headings
        |> List.tryPick (fun (name, heading) -> if name = table.Union.Name then Some heading else None)
        |> Option.defaultValue (
            if language.HasSummaries then
                (summary table.Union "").TrimEnd([| '.' |])
            else
                ""
        )

    let cases =
        examplesOf table.Union
        |> List.groupBy (fun (case, _) -> case.Tag)
        |> List.map (fun (_, group) -> fst (List.head group), List.map snd group)

    [
        "## `"
        + table.Union.Name
        + "`"
        + (if heading = "" then "" else language.Colon + heading)
        ""
        yield! List.collect (caseText language table) cases
    ]

let private page (language: Language) =
    [
        "# " + language.Title
        ""
        language.Note
        ""
        yield! List.collect (tableText language) tables
    ]
    |> String.concat "\n"

/// The pages by path, and how each is made.
let pages =
    [
        Path.Combine("docs", "errors.md"), (fun () -> page english)
        Path.Combine("docs", "errors.zh-CN.md"), (fun () -> page chinese)
    ]

let write () =
    Directory.CreateDirectory(Path.Combine(Packable.root, "docs")) |> ignore

    for path, make in pages do
        File.WriteAllText(Path.Combine(Packable.root, path), make ())
