namespace WeChatPay.Generator

open System

/// Writes a shape: a sealed class of data that reads itself from JSON and writes itself to it.
[<RequireQualifiedAccess>]
module ShapeSource =
    /// What is written about one shape.
    [<NoComparison; ReferenceEquality>]
    type private Plan =
        {
            Catalogue: Catalogue
            Shape: Shape
            ClassName: string
            Fields: Field list
            /// Answers and notifications carry it.
            IsAnswered: bool
            IsContract: bool
        }

        member plan.File = plan.Shape.Key.File

        /// The compiler asks for it: evidence in what is answered, what a request must have in what is only asked.
        member plan.IsRequired(field: Field) =
            if plan.IsAnswered then
                plan.Shape.Evidence.Contains field.Wire
            else
                plan.Shape.Required.Contains field.Wire && field.Filling.IsNone

        /// Asked for when a request is written, since the compiler cannot.
        member plan.IsDemanded(field: Field) =
            plan.IsAnswered
            && plan.Shape.Required.Contains field.Wire
            && not (plan.Shape.Evidence.Contains field.Wire)
            && field.Filling.IsNone

    let private property (plan: Plan) field = Members.property plan.ClassName field

    let private typeOf (plan: Plan) (field: Field) =
        let kind = Members.typeOf plan.Catalogue plan.File field field.Type
        if plan.IsRequired field then kind else kind + "?"

    let private writeProperties (source: Source) (plan: Plan) =
        for field in plan.Fields do
            source.Gap()

            source.Line(
                "/// <summary>"
                + Source.doc (Members.describe plan.Catalogue field)
                + "</summary>"
            )

            let modifier =
                if plan.IsRequired field then
                    "public required "
                else
                    "public "

            source.Line(modifier + typeOf plan field + " " + property plan field + " { get; init; }")

        source.Gap()
        source.Line "/// <summary>Fields that the library does not know, or could not read as described, raw.</summary>"
        source.Line "public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;"

    /// The numbers by which people find a payment; nothing personal.
    let private businessNumbers (plan: Plan) =
        let texts =
            plan.Fields
            |> List.filter (fun field -> field.Type = Text && not field.IsSensitive)

        let has name =
            texts |> List.exists (fun field -> field.Wire = name)

        let pick names = names |> List.filter has

        let own =
            texts
            |> List.map _.Wire
            |> List.filter (fun name -> name.StartsWith "out_" && (name.EndsWith "_no" || name.EndsWith "_code"))

        if has "out_refund_no" then
            pick [ "out_refund_no"; "refund_id" ]
        elif has "combine_out_trade_no" then
            pick [ "combine_out_trade_no"; "combine_transaction_id" ]
        elif has "out_trade_no" then
            pick [ "out_trade_no"; "transaction_id" ]
        else
            List.truncate 1 own

    let private writeToString (source: Source) (plan: Plan) =
        source.Gap()

        match businessNumbers plan with
        | [] ->
            source.Line "/// <summary>The type alone.</summary>"
            source.Line("public override string ToString() => \"" + plan.ClassName + "\";")
        | numbers ->
            let shown =
                plan.Fields
                |> List.filter (fun field -> List.contains field.Wire numbers)
                |> List.sortBy (fun field -> List.findIndex ((=) field.Wire) numbers)
                |> List.map (fun field -> field.Wire + " = \" + " + property plan field)

            source.Line "/// <summary>The type and its business numbers; nothing personal.</summary>"

            source.Line(
                "public override string ToString() => \""
                + plan.ClassName
                + "("
                + String.Join(" + \", ", shown)
                + " + \")\";"
            )

    let private writeTryRead (source: Source) (plan: Plan) =
        let name = plan.ClassName
        source.Gap()

        source.Line
            "/// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>"

        source.Line(
            "public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out "
            + name
            + "? value, [NotNullWhen(false)] out DecodeError? error) =>"
        )

        source.Deeper(fun () -> source.Line "WireReader.TryRead(json, Read, out value, out error);")

        if plan.IsContract then
            source.Gap()

            source.Line
                "/// <summary>Reads the shape from checked JSON, and names the fields outside the evidence that were odd.</summary>"

            source.Line(
                "public static bool TryRead(WireDocument document, [NotNullWhen(true)] out "
                + name
                + "? value, [NotNullWhen(false)] out DecodeError? error, out IReadOnlyList<DecodeError> anomalies) =>"
            )

            source.Deeper(fun () ->
                source.Line "WireReader.TryRead(document, Read, out value, out error, out anomalies);")

        if plan.Catalogue.Sealing.Contains plan.Shape.Key then
            source.Gap()
            source.Line "/// <summary>Reads the shape from JSON with its sealed texts opened.</summary>"

            source.Line(
                "public static bool TryRead(ReadOnlySpan<byte> json, WireOpener opener, [NotNullWhen(true)] out "
                + name
                + "? value, [NotNullWhen(false)] out DecodeError? error) =>"
            )

            source.Deeper(fun () -> source.Line "WireReader.TryRead(json, Read, opener, out value, out error);")

    /// A type's name in the body of the class, where a property may have the same name.
    let private nameOf (plan: Plan) (key: SchemaKey) =
        if plan.Fields |> List.exists (fun field -> property plan field = key.Name) then
            Members.qualified plan.Catalogue key
        else
            Members.name plan.Catalogue plan.File key

    /// The local variable's type: an enumeration is made from its text at the end.
    let private localType (plan: Plan) (field: Field) =
        match field.Type with
        | EnumOf _ -> "string?"
        | _ -> Members.typeOf plan.Catalogue plan.File field field.Type + "?"

    let private reading (plan: Plan) (field: Field) =
        let local = Members.local field

        if plan.Shape.Evidence.Contains field.Wire then
            let how =
                match field.Type with
                | ShapeOf key
                | ListOf(ShapeOf key) -> nameOf plan key + ".Read, ref " + local
                | _ -> "ref " + local

            "if (!reader.TryEvidence(" + how + ")) { return null; }"
        else
            let value =
                match field.Type with
                | Text when field.IsSensitive -> "reader.Sealed(ref extra)"
                | Text
                | EnumOf _ -> "reader.String(ref extra)"
                | Integer -> "reader.Int64(ref extra)"
                | Fraction -> "reader.Double(ref extra)"
                | Bool -> "reader.Boolean(ref extra)"
                | Moment -> "reader.Date(ref extra)"
                | Day -> "reader.Day(ref extra)"
                | AnyJson -> "reader.Raw()"
                | ShapeOf key -> "reader.Object(" + nameOf plan key + ".Read, ref extra)"
                | ListOf(ShapeOf key) when field.IsOneOrMany ->
                    "reader.OneOrMany(" + nameOf plan key + ".Read, ref extra)"
                | ListOf(ShapeOf key) -> "reader.Objects(" + nameOf plan key + ".Read, ref extra)"
                | ListOf(EnumOf key) -> "reader.Texts(static text => new " + nameOf plan key + "(text), ref extra)"
                | ListOf Text when field.IsSensitive -> "reader.SealedTexts(ref extra)"
                | ListOf Text -> "reader.Texts(ref extra)"
                | ListOf Integer -> "reader.Int64s(ref extra)"
                | ListOf _ -> "reader.Raws(ref extra)"
                | JsonIn(ShapeOf key) -> "reader.JsonText(" + nameOf plan key + ".Read, ref extra)"
                | JsonIn(ListOf(ShapeOf key)) -> "reader.JsonObjects(" + nameOf plan key + ".Read, ref extra)"
                | JsonIn(ListOf Text) -> "reader.JsonTexts(ref extra)"
                | JsonIn _ -> "reader.String(ref extra)"

            local + " = " + value + ";"

    let private assignment (plan: Plan) (field: Field) =
        let local = Members.local field

        match field.Type with
        | EnumOf key when plan.IsRequired field -> "new " + nameOf plan key + "(" + local + ")"
        | EnumOf key -> local + " is null ? null : new " + nameOf plan key + "(" + local + ")"
        | Integer when plan.IsRequired field -> local + ".Value"
        | _ -> local

    let private writeRead (source: Source) (plan: Plan) =
        source.Gap()
        source.Line("internal static " + plan.ClassName + "? Read(ref WireReader reader)")
        source.Open()

        for field in plan.Fields do
            source.Line(localType plan field + " " + Members.local field + " = null;")

        source.Line "WireExtra extra = default;"
        source.Line "while (reader.NextField())"
        source.Open()

        for index, field in List.indexed plan.Fields do
            let word = if index = 0 then "if" else "else if"

            source.Line(
                word
                + " (reader.Is("
                + Source.utf8 field.Wire
                + ")) { "
                + reading plan field
                + " }"
            )

        source.Line(
            if plan.Fields.IsEmpty then
                "reader.Keep(ref extra);"
            else
                "else { reader.Keep(ref extra); }"
        )

        source.Close()

        match
            plan.Fields
            |> List.filter (fun field -> plan.Shape.Evidence.Contains field.Wire)
        with
        | [] -> ()
        | evidence ->
            source.Gap()

            for index, field in List.indexed evidence do
                let lacks =
                    "reader.Lacks(" + Members.local field + ", " + Source.utf8 field.Wire + ")"

                let line = if index = 0 then "if (" + lacks else "    || " + lacks
                source.Line(if index = evidence.Length - 1 then line + ")" else line)

            source.Open()
            source.Line "return null;"
            source.Close()

        source.Gap()
        source.Line "return new()"
        source.Open()

        for field in plan.Fields do
            source.Line(property plan field + " = " + assignment plan field + ",")

        source.Line "Extra = extra.Fields,"
        source.Close ";"
        source.Close()

    let private writing (plan: Plan) (field: Field) =
        let name = Source.utf8 field.Wire
        let value = property plan field

        match field.Type, field.Filling with
        | Text, Some source when plan.Shape.Required.Contains field.Wire ->
            "Filled(" + name + ", " + value + ", " + Members.filling source + ")"
        | Text, Some source -> "FilledIfKnown(" + name + ", " + value + ", " + Members.filling source + ")"
        | Text, None when field.IsSensitive -> "Sealed(" + name + ", " + value + ")"
        | Text, None -> "Text(" + name + ", " + value + ")"
        | EnumOf key, _ -> "Text<" + nameOf plan key + ">(" + name + ", " + value + ")"
        | (Integer | Fraction), _ -> "Number(" + name + ", " + value + ")"
        | Bool, _ -> "Boolean(" + name + ", " + value + ")"
        | Moment, _ -> "Date(" + name + ", " + value + ")"
        | Day, _ -> "Day(" + name + ", " + value + ")"
        | AnyJson, _ -> "Raw(" + name + ", " + value + ")"
        | ShapeOf _, _ -> "Object(" + name + ", " + value + ")"
        | ListOf(ShapeOf _), _ -> "Objects(" + name + ", " + value + ")"
        | ListOf(EnumOf _), _ -> "Texts(" + name + ", " + value + ")"
        | ListOf Text, _ when field.IsSensitive -> "SealedTexts(" + name + ", " + value + ")"
        | ListOf Text, _ -> "Texts(" + name + ", " + value + ")"
        | ListOf Integer, _ -> "Numbers(" + name + ", " + value + ")"
        | ListOf _, _ -> "Raws(" + name + ", " + value + ")"
        | JsonIn(ShapeOf _), _ -> "JsonText(" + name + ", " + value + ")"
        | JsonIn(ListOf(ShapeOf _)), _ -> "JsonObjects(" + name + ", " + value + ")"
        | JsonIn(ListOf Text), _ -> "JsonTexts(" + name + ", " + value + ")"
        | JsonIn _, _ -> "Text(" + name + ", " + value + ")"

    let private writeWriteTo (source: Source) (plan: Plan) =
        source.Gap()
        source.Line "void IWireShape.WriteTo(ref WireWriter writer)"
        source.Open()
        source.Line "writer.Begin();"

        for field in plan.Fields do
            if plan.IsDemanded field then
                source.Line("writer.Demand(" + Source.utf8 field.Wire + ", " + property plan field + ");")

            source.Line("writer." + writing plan field + ";")

        source.Line "writer.End(Extra);"
        source.Close()

    /// The file of a shape in one of its forms.
    let write (catalogue: Catalogue) (isContract: bool) (isDirectForm: bool) (shape: Shape) =
        let isAnswered = catalogue.Answered.Contains shape.Key

        let plan =
            {
                Catalogue = catalogue
                Shape = shape
                ClassName = Variants.nameOf isDirectForm shape
                Fields = Variants.fieldsOf isDirectForm shape
                IsAnswered = isAnswered
                IsContract = isContract
            }

        let usings =
            [
                if catalogue.Whole.Contains shape.Key then
                    "System.Diagnostics.CodeAnalysis"
                "System.Text.Json"
                "WeChatPay.Wire"
            ]

        let source =
            Source.start ("api/" + shape.Key.File) usings catalogue.Namespaces[shape.Key.File]

        let summary =
            shape.Description
            |> Option.orElse (catalogue.Uses.TryFind shape.Key)
            |> Option.defaultValue "A shape on the wire."

        source.Line("/// <summary>" + Source.doc summary + "</summary>")
        source.Line("public sealed class " + plan.ClassName + " : IWireShape")
        source.Open()
        writeProperties source plan

        if catalogue.Whole.Contains shape.Key then
            writeTryRead source plan

        writeToString source plan

        if isAnswered then
            writeRead source plan

        writeWriteTo source plan
        source.Close()
        source.ToString()
