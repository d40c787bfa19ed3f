namespace WeChatPay.Simulator

open System
open System.Security.Cryptography
open System.Text.Json.Nodes
open FsToolkit.ErrorHandling
open WeChatPay.Functional

/// From a request to the question that it asks, checked in the order path, query, headers, body.
[<RequireQualifiedAccess>]
module internal QuestionReader =
    [<Literal>]
    let private SerialHeader = "Wechatpay-Serial"

    /// The private key of the platform that the request names for what it seals; a name that is not the platform's is refused.
    let private keyOf (keys: Keys) request : Result<KeyPair voption, PlatformError> =
        match Request.header SerialHeader request with
        | "" -> Ok ValueNone
        | name when name = keys.PublicKeyId -> Ok(ValueSome keys.PublicKey)
        | name when (Keys.tryCertificate name keys).IsSome ->
            Ok(Keys.tryCertificate name keys |> Option.map _.Pair |> ValueOption.ofOption)
        | name -> Error(PlatformError.parameter "header" SerialHeader name "平台公钥 ID 或平台证书序列号有误")

    let private parameters rulebook place (fields: Field list) (find: string -> string option) =
        fields
        |> List.traverseResultM (fun field -> FieldCheck.parameter rulebook place field (find field.Name))
        |> Result.map List.concat

    let private tryIn (pairs: (string * string) list) name =
        pairs |> List.tryFind (fun (found, _) -> found = name) |> Option.map snd

    let private tryHeader request name =
        match Request.header name request with
        | "" -> None
        | text -> Some text

    let private hashField =
        List.tryFind (fun (field: Field) -> field.Filling = "file_sha256")

    let private requireHash (fields: Field list) (meta: JsonObject) (file: Part) =
        let actual = Convert.ToHexStringLower(SHA256.HashData file.Content.Span)

        match hashField fields with
        | Some field when meta.ContainsKey field.Name ->
            match string meta[field.Name] with
            | said when said.Equals(actual, StringComparison.OrdinalIgnoreCase) -> Ok()
            | said -> Error(PlatformError.parameter "body" ("/" + field.Name) said "与文件内容的 SHA256 不一致")
        | _ -> Ok()

    let private partOf name parts =
        match Multipart.tryPart name parts with
        | Some part -> Ok part
        | None -> Error(PlatformError.parameter "body" ("/" + name) "" "缺少必填字段")

    let private upload (rulebook: FieldCheck.Rulebook) meta part request =
        result {
            let parts = Multipart.parts request
            let fields = rulebook.Description.Shapes[meta]
            let! said = partOf "meta" parts
            let! json = Request.jsonOf said.Content
            let! body = FieldCheck.shape rulebook fields "" json
            let! file = partOf part parts
            do! requireHash fields body file
            return body
        }

    let private body (rulebook: FieldCheck.Rulebook) request (endpoint: Endpoint) =
        match endpoint.Body with
        | BodyKind.Json(FieldType.Shape key) ->
            Request.json request
            |> Result.bind (FieldCheck.shape rulebook rulebook.Description.Shapes[key] "")
        | BodyKind.Upload(meta, part) -> upload rulebook meta part request
        | BodyKind.Json _
        | BodyKind.Nothing -> Ok(JsonObject())

    /// The question, or the first thing in it that cannot be.
    let read description keys (endpoint: Endpoint) (held: (string * string) list) request =
        result {
            let! key = keyOf keys request

            let rulebook: FieldCheck.Rulebook =
                {
                    Description = description
                    Kinds = endpoint.Kinds
                    Key = key
                }

            let! inPath = parameters rulebook "path" endpoint.InPath (tryIn held)

            let! inQuery =
                parameters rulebook "query" endpoint.InQuery (tryIn (Request.queryPairs request))

            let! _ = parameters rulebook "header" endpoint.InHeader (tryHeader request)
            let! body = body rulebook request endpoint

            return
                {
                    Endpoint = endpoint
                    Parameters = inPath @ inQuery
                    InPath = inPath
                    Body = body
                }
        }
