namespace WeChatPay.Generator

open System

/// Names in C# from names on the wire.
[<RequireQualifiedAccess>]
module Names =
    let private keywords =
        set
            [
                "abstract"
                "as"
                "base"
                "bool"
                "break"
                "byte"
                "case"
                "catch"
                "char"
                "checked"
                "class"
                "const"
                "continue"
                "decimal"
                "default"
                "delegate"
                "do"
                "double"
                "else"
                "enum"
                "event"
                "explicit"
                "extern"
                "false"
                "finally"
                "fixed"
                "float"
                "for"
                "foreach"
                "goto"
                "if"
                "implicit"
                "in"
                "int"
                "interface"
                "internal"
                "is"
                "lock"
                "long"
                "namespace"
                "new"
                "null"
                "object"
                "operator"
                "out"
                "override"
                "params"
                "private"
                "protected"
                "public"
                "readonly"
                "ref"
                "return"
                "sbyte"
                "sealed"
                "short"
                "sizeof"
                "stackalloc"
                "static"
                "string"
                "struct"
                "switch"
                "this"
                "throw"
                "true"
                "try"
                "typeof"
                "uint"
                "ulong"
                "unchecked"
                "unsafe"
                "ushort"
                "using"
                "virtual"
                "void"
                "volatile"
                "while"
            ]

    let private words (wire: string) =
        wire.Split([| '_'; '-'; '.'; ' '; '/'; ':'; '+' |], StringSplitOptions.RemoveEmptyEntries)

    let private isUpper (word: string) =
        word |> String.forall (fun letter -> not (Char.IsAsciiLetterLower letter))

    /// `OUT_TRADE` and `outTrade` begin each word with a capital: `OutTrade`.
    let private capitalise (word: string) =
        let rest = word.Substring 1

        string (Char.ToUpperInvariant word[0])
        + (if isUpper word then rest.ToLowerInvariant() else rest)

    let private legal (name: string) =
        let kept = name |> String.filter Char.IsAsciiLetterOrDigit

        if kept = "" then "Empty"
        elif Char.IsAsciiDigit kept[0] then "N" + kept
        else kept

    /// A type's, a member's or a method's name: `out_trade_no` is `OutTradeNo`.
    let pascal (wire: string) =
        words wire |> Array.map capitalise |> String.concat "" |> legal

    /// A parameter's or a variable's name: `out_trade_no` is `outTradeNo`.
    let camel (wire: string) =
        let name = pascal wire
        let name = string (Char.ToLowerInvariant name[0]) + name.Substring 1
        if keywords.Contains name then "@" + name else name

    /// The words of a name on the wire, for people.
    let spoken (wire: string) =
        String.Join(" ", words wire).ToLowerInvariant()
