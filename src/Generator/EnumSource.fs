namespace WeChatPay.Generator

open System

/// Writes an open enumeration: a struct that keeps any text.
[<RequireQualifiedAccess>]
module EnumSource =
    let private taken =
        set
            [
                "Value"
                "Known"
                "Kind"
                "Other"
                "Equals"
                "GetHashCode"
                "ToString"
                "GetType"
            ]

    /// A constant's name for each text, no two alike.
    let namesOf (known: OpenEnum) =
        let folder (names: string list, used: Set<string>) (index: int, text: string) =
            let plain = Names.pascal text

            let plain =
                if plain = "Empty" then
                    "Text" + string (index + 1)
                else
                    plain

            let plain =
                if taken.Contains plain || plain = known.Key.Name then
                    plain + "Text"
                else
                    plain

            let rec free (candidate: string) number =
                if used.Contains candidate then
                    free (plain + string (number: int)) (number + 1)
                else
                    candidate

            let name = free plain 2
            name :: names, used.Add name

        known.Texts
        |> List.mapi (fun index (text, _) -> index, text)
        |> List.fold folder ([], Set.empty)
        |> fst
        |> List.rev

    /// The file of an enumeration.
    let write (catalogue: Catalogue) (known: OpenEnum) =
        let name = known.Key.Name

        let source =
            Source.start ("api/" + known.Key.File) [ "WeChatPay.Wire" ] catalogue.Namespaces[known.Key.File]

        let members = List.zip (namesOf known) known.Texts

        let meaning (text: string, said: string option) =
            match said with
            | Some said -> Source.doc (said.TrimEnd '.' + " (`" + text + "`).")
            | None -> Source.doc ("`" + text + "`.")

        let summary = defaultArg known.Description "The texts that a field may have."

        source.Line(
            "/// <summary>"
            + Source.doc summary
            + " Open: texts that come later are kept in <see cref=\"Value\"/>.</summary>"
        )

        source.Line("public readonly struct " + name + " : IEquatable<" + name + ">, IWireText")
        source.Open()
        source.Line "private readonly string? _value;"
        source.Gap()
        source.Line "/// <summary>Makes one from its text on the wire.</summary>"
        source.Line("public " + name + "(string value) => _value = value;")

        for constant, text in members do
            source.Gap()
            source.Line("/// <summary>" + meaning text + "</summary>")

            source.Line(
                "public static "
                + name
                + " "
                + constant
                + " => new("
                + Source.literal (fst text)
                + ");"
            )

        source.Gap()
        source.Line "/// <summary>The text on the wire.</summary>"
        source.Line "public string Value => _value ?? string.Empty;"
        source.Gap()

        source.Line
            "/// <summary>The same as an enumeration to switch on; <c>Other</c> for a text that this version does not know.</summary>"

        source.Line "public Kind Known => Value switch"
        source.Open()

        for constant, (text, _) in members do
            source.Line(Source.literal text + " => Kind." + constant + ",")

        source.Line "_ => Kind.Other,"
        source.Close ";"
        source.Gap()
        source.Line "/// <summary>Whether both are the same text.</summary>"

        source.Line(
            "public static bool operator ==("
            + name
            + " left, "
            + name
            + " right) => left.Equals(right);"
        )

        source.Gap()
        source.Line "/// <summary>Whether the texts differ.</summary>"

        source.Line(
            "public static bool operator !=("
            + name
            + " left, "
            + name
            + " right) => !left.Equals(right);"
        )

        source.Gap()
        source.Line "/// <inheritdoc/>"
        source.Line("public bool Equals(" + name + " other) => Value == other.Value;")
        source.Gap()
        source.Line "/// <inheritdoc/>"

        source.Line(
            "public override bool Equals(object? obj) => obj is "
            + name
            + " other && Equals(other);"
        )

        source.Gap()
        source.Line "/// <inheritdoc/>"
        source.Line "public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);"
        source.Gap()
        source.Line "/// <summary>The text on the wire.</summary>"
        source.Line "public override string ToString() => Value;"
        source.Gap()
        source.Line "/// <summary>The texts that this version knows.</summary>"
        source.Line "public enum Kind"
        source.Open()
        source.Line "/// <summary>A text that this version does not know.</summary>"
        source.Line "Other,"

        for constant, text in members do
            source.Gap()
            source.Line("/// <summary>" + meaning text + "</summary>")
            source.Line(constant + ",")

        source.Close()
        source.Close()
        source.ToString()
