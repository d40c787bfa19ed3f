/// Generated types by reflection: built from JSON, read from it, written to it.
module WeChatPay.Tests.WireTypes

open System
open System.Collections
open System.Collections.Generic
open System.Reflection
open System.Text
open System.Text.Json
open WeChatPay
open WeChatPay.Generator
open WeChatPay.Wire

let private assemblies =
    [
        typeof<Transaction>.Assembly
        typeof<WeChatPay.Api.NativePrepayRequest>.Assembly
    ]

/// A generated class by its full name.
let find (name: string) =
    assemblies
    |> List.tryPick (fun assembly -> Option.ofObj (assembly.GetType name))
    |> Option.defaultWith (fun () -> failwith ("There is no " + name))

/// The class of a shape, in one of its forms.
let classOf isDirectForm (shape: Shape) =
    find (
        WireSamples.catalogue.Namespaces[shape.Key.File]
        + "."
        + Variants.nameOf isDirectForm shape
    )

/// Sealing that changes nothing, so that what is written can be compared; the caller has every number.
type OpenScope(demands: bool) =
    inherit WireScope()
    override _.Demands = demands
    override _.Fill source = "filled-" + source.ToString()

    override _.Seal(plain, problem) =
        problem <- ""
        plain

let private options = WireJson.Options

/// The JSON of a shape.
let write (demands: bool) (shape: IWireShape) =
    let buffer = Buffers.ArrayBufferWriter<byte>()
    use json = new Utf8JsonWriter(buffer, options)
    let scope = OpenScope demands
    let mutable writer = WireWriter(json, scope)
    shape.WriteTo(&writer)
    json.Flush()
    scope, buffer.WrittenSpan.ToArray()

let private decode<'T when 'T: not struct and 'T: not null> (decoder: WireOpeningDecoder<'T>) (json: byte array) =
    let opener = WireOpener()

    let once () =
        let mutable value = Unchecked.defaultof<'T | null>
        let mutable error = Unchecked.defaultof<DecodeError | null>

        if decoder.Invoke(ReadOnlySpan json, opener, &value, &error) then
            Ok(box value)
        else
            Error(string error)

    match once () with
    | Ok _ when opener.Sealed.Count > 0 ->
        for text in opener.Sealed do
            opener.Open(text, text)

        once ()
    | result -> result

let private decodePlain<'T when 'T: not struct and 'T: not null> (decoder: WireDecoder<'T>) (json: byte array) =
    decode (WireOpeningDecoder<'T>(fun json _ value error -> decoder.Invoke(json, &value, &error))) json

let private helper name (kind: Type) =
    let flags = BindingFlags.Static ||| BindingFlags.NonPublic ||| BindingFlags.Public
    let home = nonNull (Type.GetType "WeChatPay.Tests.WireTypes")
    let method = nonNull (home.GetMethod(name, flags))
    method.MakeGenericMethod kind

/// Reads an answer's class from JSON, with its sealed texts taken as they are.
let read (kind: Type) (json: byte array) : Result<obj, string> =
    let methods =
        kind.GetMethods(BindingFlags.Static ||| BindingFlags.Public)
        |> Array.filter (fun method -> method.Name = "TryRead")

    let tryOf (decoder: Type) =
        let invoke = nonNull (decoder.GetMethod "Invoke")
        let wanted = invoke.GetParameters() |> Array.map _.ParameterType

        methods
        |> Array.tryFind (fun method -> (method.GetParameters() |> Array.map _.ParameterType) = wanted)
        |> Option.map (fun method -> Delegate.CreateDelegate(decoder, method))

    let call name (decoder: Delegate) =
        (helper name kind).Invoke(null, [| decoder; json |]) :?> Result<obj, string>

    match
        tryOf (typedefof<WireOpeningDecoder<_>>.MakeGenericType kind),
        tryOf (typedefof<WireDecoder<_>>.MakeGenericType kind)
    with
    | Some decoder, _ -> call "decode" decoder
    | None, Some decoder -> call "decodePlain" decoder
    | None, None -> failwith (kind.Name + " cannot be read")

let private listOf (element: Type) (values: obj seq) =
    let list =
        nonNull (Activator.CreateInstance(typedefof<List<_>>.MakeGenericType element)) :?> IList

    for value in values do
        list.Add value |> ignore

    box list

/// A value of a property's type from JSON.
let rec valueOf (kind: Type) (json: JsonElement) : obj =
    match Nullable.GetUnderlyingType kind with
    | NonNull inner -> valueOf inner json
    | Null ->
        if kind = typeof<string> then
            box (json.GetString())
        elif kind = typeof<SensitiveText> then
            box (SensitiveText(nonNull (json.GetString())))
        elif kind = typeof<int64> then
            box (json.GetInt64())
        elif kind = typeof<double> then
            box (json.GetDouble())
        elif kind = typeof<bool> then
            box (json.GetBoolean())
        elif kind = typeof<DateTimeOffset> then
            let _, date = WireText.TryReadDate(json.GetString())
            box date
        elif kind = typeof<DateOnly> then
            let _, day = WireText.TryReadDay(json.GetString())
            box day
        elif kind = typeof<JsonElement> then
            box (json.Clone())
        elif typeof<IWireText>.IsAssignableFrom kind then
            nonNull (Activator.CreateInstance(kind, json.GetString()))
        elif kind.IsGenericType then
            let element = kind.GetGenericArguments()[0]
            let items: JsonElement = inner json
            listOf element (items.EnumerateArray() |> Seq.map (valueOf element) |> List.ofSeq)
        else
            build kind (inner json)

/// What JSON inside a text says.
and private inner (json: JsonElement) : JsonElement =
    if json.ValueKind = JsonValueKind.String then
        JsonDocument.Parse(nonNull (json.GetString())).RootElement
    else
        json

/// An instance of a generated class from JSON; what the class does not know goes to its `Extra`.
and build (kind: Type) (json: JsonElement) : obj =
    let instance = nonNull (Activator.CreateInstance kind)
    let extra = Dictionary<string, JsonElement>(StringComparer.Ordinal)

    for field in json.EnumerateObject() do
        let names = [ Names.pascal field.Name; Names.pascal field.Name + "Value" ]

        let property =
            names
            |> List.tryPick (fun name ->
                if name = "Extra" then
                    None
                else
                    Option.ofObj (kind.GetProperty name))

        match property with
        | Some property when field.Value.ValueKind <> JsonValueKind.Null ->
            property.SetValue(instance, valueOf property.PropertyType field.Value)
        | Some _ -> ()
        | None -> extra[field.Name] <- field.Value.Clone()

    if extra.Count > 0 then
        (nonNull (kind.GetProperty "Extra")).SetValue(instance, extra)

    instance

/// Text in UTF-8 for people who read a failure.
let show (bytes: byte array) = Encoding.UTF8.GetString bytes
