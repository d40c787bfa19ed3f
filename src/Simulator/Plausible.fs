namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Security.Cryptography
open System.Text

/// What made values depend on.
[<NoComparison; ReferenceEquality>]
type internal Setting =
    {
        Now: DateTimeOffset
        MerchantId: string
        BrandId: string
        /// Where the platform is, without a slash at the end.
        Address: string
    }

/// The one file that all downloads give, and its hash.
[<RequireQualifiedAccess>]
module internal SimulatedFile =
    let bytes =
        Encoding.UTF8.GetBytes "交易时间,商户号,商户订单号,总金额\n`2026-01-01 08:00:00,`1900000001,`simulated-1,`0.01\n"

    [<Literal>]
    let HashType = "SHA1"

    let hash = Convert.ToHexStringLower(SHA1.HashData bytes)

/// Values that look like the platform's, by a field's name and type.
[<RequireQualifiedAccess>]
module internal Plausible =
    let private china (setting: Setting) =
        setting.Now.ToOffset(TimeSpan.FromHours 8.0)

    let private formatted (setting: Setting) (format: string) =
        (china setting).ToString(format, CultureInfo.InvariantCulture)

    let moment setting =
        formatted setting "yyyy-MM-dd'T'HH:mm:sszzz"

    let day setting = formatted setting "yyyy-MM-dd"

    let private digits count =
        RandomNumberGenerator.GetString("0123456789".AsSpan(), count)

    /// A number of the platform's, another one each time: the day, then digits.
    let private newNumber setting =
        formatted setting "yyyyMMdd" + digits 16

    let private downloadUrl (setting: Setting) =
        setting.Address + "/v3/billdownload/file?token=simulated"

    let private dateFormats = [ "HHmmss"; "yyyyMMdd"; "yyyyMMddHH"; "yyyyMMddHHmmss" ]

    /// Texts by how a field's name ends; the first that fits counts.
    let private byEnding: (string * (Setting -> string)) list =
        [
            "download_url", downloadUrl
            "hash_value", (fun _ -> SimulatedFile.hash)
            "hash_type", (fun _ -> SimulatedFile.HashType)
            "code_url", (fun _ -> "weixin://wxpay/bizpayurl?pr=simulated")
            "url", (fun setting -> setting.Address + "/simulated/page")
            "link", (fun setting -> setting.Address + "/simulated/page")
            "time", moment
            "timestamp", (fun setting -> setting.Now.ToUnixTimeSeconds().ToString CultureInfo.InvariantCulture)
            "date", day
            "day", day
            "currency", (fun _ -> "CNY")
            "sub_mchid", (fun _ -> "1900000109")
            "mchid", _.MerchantId
            "mch_id", _.MerchantId
            "brand_id", _.BrandId
            "appid", (fun _ -> "wx0000000000000001")
            "openid", (fun _ -> "oSimulatedPayer000000000000")
            "unionid", (fun _ -> "oSimulatedUnion000000000000")
            "email", (fun _ -> "payer@example.com")
            "phone", (fun _ -> "13000000000")
            "mobile", (fun _ -> "13000000000")
            "state", (fun _ -> "SUCCESS")
            "status", (fun _ -> "SUCCESS")
            "amount", (fun _ -> "1")
            "id", newNumber
            "no", newNumber
            "number", newNumber
            "serial", newNumber
            "code", newNumber
            "token", newNumber
        ]

    let private shortened (field: Field) (text: string) =
        match field.MaxLength with
        | ValueSome most when text.Length > most -> text.Substring(text.Length - most)
        | _ -> text

    /// A text; never empty.
    let text (setting: Setting) (field: Field) =
        if List.contains field.Format dateFormats then
            formatted setting field.Format
        elif field.Format = "numeric" then
            "1"
        else
            byEnding
            |> List.tryFind (fun (ending, _) -> field.Name.EndsWith(ending, StringComparison.Ordinal))
            |> function
                | Some(_, make) -> make setting
                | None -> "模拟"
            |> shortened field

    /// An integer: a known one, a count of one, a little money.
    let integer (setting: Setting) (field: Field) =
        let name = field.Name

        let ends (ending: string) =
            name.EndsWith(ending, StringComparison.Ordinal)

        match field.KnownIntegers with
        | first :: _ -> first
        | [] when field.IsMoney || ends "amount" || ends "fee" || ends "balance" -> 100L
        | [] when ends "time" || ends "timestamp" -> setting.Now.ToUnixTimeSeconds()
        | [] when ends "offset" -> 0L
        | [] -> 1L

    let private doneWords = [ "SUCC"; "FINISH"; "COMPLETE"; SimulatedFile.HashType ]

    let private goodWords =
        [ "ACCEPT"; "PASS"; "NORMAL"; "ACTIVE"; "EFFECTIVE"; "AVAILABLE" ]

    let private badWords =
        [ "FAIL"; "UN"; "NOT"; "IN_"; "INACTIVE"; "ABNORMAL"; "CLOSE"; "REJECT" ]

    let private has (words: string list) (text: string) =
        words
        |> List.exists (fun word -> text.Contains(word, StringComparison.OrdinalIgnoreCase))

    /// A known text of an enumeration: the first of success or acceptance, where it is queried rather success; else the first that is no failure.
    let known isQuery (texts: string list) =
        let harmless = texts |> List.filter (fun text -> not (has badWords text))
        let isGood = has (doneWords @ goodWords)

        (if isQuery then
             List.tryFind (has doneWords) harmless
         else
             None)
        |> Option.orElse (List.tryFind isGood harmless)
        |> Option.orElse (List.tryHead harmless)
        |> Option.orElse (List.tryHead texts)
        |> Option.defaultValue "SUCCESS"

    /// Whether a field tells of trouble, which an answer of success does not have.
    let isTrouble (name: string) =
        has [ "fail"; "reject"; "abnormal"; "error"; "close_"; "cancel"; "revoke"; "err_" ] name
