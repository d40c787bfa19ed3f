/// JSON that the description allows, made from it: minimal (what must be there) and maximal (everything, and what nobody knows yet).
module WeChatPay.Tests.WireSamples

open System
open System.Text.Encodings.Web
open System.Text.Json
open System.Text.Json.Nodes
open WeChatPay.Generator

/// The description, read once.
let catalogue =
    let problems = Problems()
    let description = Reader.read problems (IO.Path.Combine(Packable.root, "api"))

    if not problems.Found.IsEmpty then
        failwith (string problems.Found.Head)

    Members.catalogue description

/// Every endpoint with the file that has it.
let endpoints =
    [
        for family in catalogue.Description.Families do
            for endpoint in family.Endpoints -> family, endpoint
    ]

/// Chinese stays Chinese, as the platform writes it.
let relaxed =
    JsonSerializerOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

/// How much of a shape is there.
type Fullness =
    | Minimal
    | Maximal

let private enumText fullness (key: SchemaKey) =
    match fullness with
    | Minimal -> fst catalogue.Enums[key].Texts.Head
    // An enumeration is open: what comes later is kept.
    | Maximal -> "TEXT_OF_TOMORROW"

/// A text that a rule of the platform asks for, else one that says where it stands; Chinese, so that bytes are not characters.
let private textOf (field: Field) =
    match field.Wire with
    | "notify_url" -> "https://shop.example/notify"
    | "currency" -> "CNY"
    | "payer_client_ip" -> "192.0.2.1"
    | name ->
        let text = "文本 " + name

        match field.MaxLength with
        | Some limit when text.Length > limit -> text.Substring(0, limit)
        | _ -> text

/// Values that a rule of the simulator asks for, by the field's name, while a test has them.
let known = Threading.AsyncLocal<Map<string, string> option>()

let private tryKnown (field: Field) =
    known.Value |> Option.bind (fun values -> values.TryFind field.Wire)

/// Whether a rule asks for this field.
let isKnown field = (tryKnown field).IsSome

/// A value that a field may have.
let rec value fullness depth (field: Field) (kind: FieldType) : JsonNode =
    match tryKnown field with
    | Some json -> nonNull (JsonNode.Parse json)
    | None -> anyValue fullness depth field kind

and private anyValue fullness depth field kind : JsonNode =
    match kind with
    | Text -> JsonValue.Create(textOf field)
    // A batch has as many parts as it says.
    | Integer when field.Wire = "total_num" -> JsonValue.Create 1L
    | Integer -> JsonValue.Create 9007199254740993L
    | Fraction -> JsonValue.Create 1.5
    | Bool -> JsonValue.Create true
    | Moment -> JsonValue.Create "2026-01-31T08:00:00+08:00"
    | Day -> JsonValue.Create "2026-01-31"
    | AnyJson -> JsonObject([ Collections.Generic.KeyValuePair("any", JsonValue.Create 1 :> JsonNode) ])
    | EnumOf key -> JsonValue.Create(enumText fullness key)
    | ShapeOf key -> shape fullness (depth + 1) catalogue.Shapes[key]
    | ListOf inner -> JsonArray(value fullness depth field inner)
    | JsonIn inner -> JsonValue.Create((value fullness depth field inner).ToJsonString relaxed)

/// A shape; parts that hold themselves end at the sixth.
and shape fullness depth (shape: Shape) : JsonObject =
    shapeOf fullness depth shape shape.Fields

/// A shape with these of its fields.
and shapeOf fullness depth (shape: Shape) (fields: Field list) : JsonObject =
    let result = JsonObject()

    for field in fields do
        let mustBe =
            shape.Required.Contains field.Wire || shape.Evidence.Contains field.Wire

        let isDeep =
            depth > 6
            && (match field.Type with
                | ShapeOf _
                | ListOf(ShapeOf _) -> true
                | _ -> false)

        if mustBe || (tryKnown field).IsSome || fullness = Maximal && not isDeep then
            result[field.Wire] <- value fullness depth field field.Type

    if fullness = Maximal then
        result["x_field_of_tomorrow"] <-
            JsonObject(
                [
                    Collections.Generic.KeyValuePair("with", JsonArray(JsonValue.Create 1, null) :> JsonNode)
                ]
            )

    result
