/// Every error of the core that has advice, and examples of it, found by reflection.
module WeChatPay.Tests.ErrorExamples

open System
open System.Net.Http
open System.Reflection
open System.Reflection.Emit
open System.Text.RegularExpressions
open Microsoft.FSharp.Reflection
open WeChatPay
open WeChatPay.Functional

/// A union with its module: what can be asked of each of its cases.
type Table =
    {
        Union: Type
        Module: Type
    }

    member table.Ask(name: string, value: objnull) =
        match table.Module.GetMethod name with
        | null -> None
        | question -> Some(question.Invoke(null, [| value |]))

    member table.Text(name: string, value: objnull) =
        table.Ask(name, value) |> Option.map string

    member table.Advice(value: objnull) =
        table.Ask("advice", value) |> Option.get :?> Advice

let core = typeof<VerifyError>.Assembly

let tables =
    [
        for kind in core.GetExportedTypes() do
            match kind.GetMethod "advice" with
            | null -> ()
            | advice when advice.ReturnType = typeof<Advice> ->
                {
                    Union = (Array.head (advice.GetParameters())).ParameterType
                    Module = kind
                }
            | _ -> ()
    ]
    // Callbacks first, then calls, then keys, then what is new.
    |> List.sortBy (fun table ->
        let known = [ "VerifyError"; "ApiError"; "KeyError" ]

        (List.tryFindIndex ((=) table.Union.Name) known
         |> Option.defaultValue known.Length,
         table.Union.Name))

/// The platform's codes that `ApiError.advice` knows, read out of its compiled comparisons.
let platformCodes =
    let textOf (scope: Module) (code: byte array) at =
        if code[at] = byte OpCodes.Ldstr.Value && code[at + 4] = 0x70uy then
            try
                Some(scope.ResolveString(BitConverter.ToInt32(code, at + 1)))
            with :? ArgumentException ->
                None
        else
            None

    let everything =
        BindingFlags.Static ||| BindingFlags.Public ||| BindingFlags.NonPublic

    let apiError = tables |> List.find (fun table -> table.Union = typeof<ApiError>)

    [
        for method in apiError.Module.GetMethods everything do
            match method.GetMethodBody() with
            | null -> ()
            | body ->
                let code = body.GetILAsByteArray()

                for at in 0 .. code.Length - 5 do
                    yield! textOf method.Module code at |> Option.toList
    ]
    |> List.filter (fun text -> Regex.IsMatch(text, "^[A-Z]{2,}(_[A-Z]+)*$"))
    |> List.distinct

let private refusal code isUnknown =
    {
        Status = 400
        Code = code
        Message = "…"
        Body = ErrorBody()
        RequestId = ""
        IsSigned = true
        OutcomeUnknown = isUnknown
        SignDifference = ValueNone
        ClockAhead = ValueNone
    }

let private sampleTime = DateTimeOffset.FromUnixTimeSeconds 1_760_000_000L

let private certificateSerial = "5157F09EFDC096DE15EBE81A47057A72"

/// The field of an order that a rule is usually broken in.
let private orderField (case: UnionCaseInfo) =
    match case.Name with
    | "TooLong" -> "description"
    | "TooManyBytes" -> "attach"
    | "NotPositive" -> "amount.total"
    | "NotCny" -> "amount.currency"
    | "UnknownWay" -> "Way"
    | "NotAnAddress"
    | "NotHttps"
    | "HasQuery"
    | "NotReachable" -> "notify_url"
    | "ExpiresTooSoon"
    | "ExpiresTooLate" -> "time_expire"
    | "NoPayer"
    | "OutOfPlace" -> "payer.openid"
    | "PayerTwice" -> "payer.sp_openid"
    | "NoSubAppid" -> "sub_appid"
    | "NoScene"
    | "NotAnIp" -> "scene_info.payer_client_ip"
    | "UnknownH5Type" -> "scene_info.h5_info.type"
    | "TooFewSubOrders"
    | "TooManySubOrders" -> "sub_orders"
    | "SameOutTradeNo" -> "sub_orders[1].out_trade_no"
    | _ -> "out_trade_no"

/// What stands in a field of an example, by its name; all of them, where the advice may depend on it.
let private textsOf (case: UnionCaseInfo) (field: string) =
    match field with
    | "Name" when case.Name = "UnsupportedCipher" -> [ "AEAD_SM4_128_GCM"; "AEAD_OF_TOMORROW" ]
    | "Name" when case.Name = "CharacterSet" -> [ "gb18030" ]
    | "Name" when case.Name = "Compression" -> [ "gzip" ]
    | "Name" when case.Name = "OtherMerchant" -> [ "coffee" ]
    | "Name" when case.Name = "Line" -> [ "url" ]
    | "Name" when case.Name = "UnknownMerchant" -> [ "cofee" ]
    | "Setting" when case.Name = "SettingRefused" -> [ "ApiV3Key" ]
    | "Setting" -> [ "MerchantPrivateKeyFile" ]
    | "Code" -> [ "missing" ]
    | "Path" -> [ "apiclient_key.pem" ]
    | "Url" -> [ "https://shop.example.com/wechatpay" ]
    | "Host" when case.DeclaringType.Name <> "OrderError" -> [ "api.mch.weixin.qq.com" ]
    | "MerchantId" -> [ "1900000002" ]
    | "Name" -> [ "Wechatpay-Signature" ]
    | "Serial" -> [ certificateSerial; "PUB_KEY_ID_…" ]
    | "Value" -> [ "WECHATPAY2-SM2-WITH-SM3" ]
    | "RequestId" -> [ "" ]
    | "How" -> [ "a plus sign was read as a blank" ]
    | "Signed" -> [ "/v3/…" ]
    | "Seen" -> [ "/v3/…?from=proxy" ]
    | "Configured"
    | "Certificate" -> [ certificateSerial ]
    | "Field" -> [ orderField case ]
    | "Allowed" -> [ "0-9A-Za-z_-|*" ]
    | "Host" -> [ "localhost" ]
    | "Other" when case.Name = "PayerTwice" -> [ "payer.sub_openid" ]
    | "Other" -> [ "sub_orders[0].out_trade_no" ]
    | "Column" -> [ "订单金额" ]
    | "Stated" -> [ "12.34" ]
    | "Counted" -> [ "12.35" ]
    | "Problem" -> [ "is empty or only dots" ]
    | other -> [ "‹" + other + "›" ]

/// Two examples whose advice differs in the serial only are one.
let withoutSerial (text: string) =
    text.Replace("PUB_KEY_ID_…", certificateSerial)

let private numberOf (case: UnionCaseInfo) (field: string) =
    match field with
    | "Least" when case.Name = "TooFewSubOrders" -> 2
    | "Least" -> 6
    | "Most" when case.Name = "TooManySubOrders" -> 10
    | "Most" when case.Name = "TooManyBytes" -> 128
    | "Most" when case.Name = "TooManyMerchants" -> 16
    | "Merchants" -> 2
    | "Most" -> 127
    | "Characters" when case.Name = "TooShort" -> 5
    | "Characters" -> 130
    | "Bytes" when case.Name = "TooManyBytes" -> 132
    | "Count" when case.Name = "TooManySubOrders" -> 11
    | "Fen" -> 0
    | "Limit" -> 1_048_576
    | "Bits" when case.DeclaringType.Name = "DoctorFinding" -> 2048
    | "Bits" -> 1024
    | "Bytes" -> 31
    | _ -> 1

/// Every choice of one from each.
let rec private combinations (choices: 'T list list) : 'T list list =
    match choices with
    | [] -> [ [] ]
    | first :: rest ->
        List.allPairs first (combinations rest)
        |> List.map (fun (one, others) -> one :: others)

/// Examples of every case; a type that nobody thought of stops the writing.
let rec examplesOf (union: Type) : (UnionCaseInfo * obj) list =
    [
        for case in FSharpType.GetUnionCases union do
            let choices =
                case.GetFields()
                |> Array.map (fun field -> samples case field.Name field.PropertyType)
                |> List.ofArray

            for fields in combinations choices do
                case, FSharpValue.MakeUnion(case, Array.ofList fields)
    ]

and private samples (case: UnionCaseInfo) (field: string) (kind: Type) : obj list =
    if kind = typeof<string> then
        textsOf case field |> List.map box
    elif kind = typeof<int> then
        [ box (numberOf case field) ]
    elif kind = typeof<int64> then
        [ box (int64 (numberOf case field)) ]
    elif kind = typeof<bool> then
        [ box true; box false ]
    elif kind = typeof<DateTimeOffset> then
        [
            box (
                if field = "Now" then
                    sampleTime.AddHours 1.0
                else
                    sampleTime
            )
        ]
    elif kind = typeof<TimeSpan> then
        [ box (TimeSpan.FromMinutes 6.0) ]
    elif kind = typeof<DecodeError> then
        [
            match case.Name with
            | "MalformedEnvelope" -> box (DecodeError("$.resource.nonce", DecodeReason.WrongLength))
            | _ -> box (DecodeError("$.amount.total", DecodeReason.NotAnInteger))
        ]
    elif kind = typeof<exn> then
        [ box (HttpRequestException "…") ]
    elif kind = typeof<Refusal> then
        [
            for code in platformCodes do
                box (refusal code false)
            box (refusal "" true)
            box (refusal "" false)
        ]
    elif kind = typeof<RewriteTraces> then
        [
            box (RewriteTraces.KeyOrder ||| RewriteTraces.Blanks ||| RewriteTraces.UnicodeEscapes)
        ]
    elif kind = typeof<KeyRole> then
        [ box KeyRole.MerchantPrivateKey; box KeyRole.PlatformPublicKey ]
    elif kind = typeof<Advice> then
        [
            box
                {
                    English = "ApiV3Key is missing."
                    Chinese = "ApiV3Key 未填写。"
                }
        ]
    elif kind.IsEnum then
        [ for value in Enum.GetValues kind -> box value ]
    elif kind = typeof<KeyForm> then
        [ box KeyForm.Certificate ]
    elif FSharpType.IsUnion kind then
        [ snd (List.head (examplesOf kind)) ]
    else
        failwith
            $"The error pages need an example of {kind.Name} for {case.DeclaringType.Name}.{case.Name}: add one to tests/ErrorExamples.fs."
