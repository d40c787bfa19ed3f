module WeChatPay.Tests.DocumentationTests

open System
open System.Collections.Generic
open System.IO
open System.Reflection
open System.Runtime.CompilerServices
open System.Text.RegularExpressions
open System.Xml.Linq
open Expecto
open Microsoft.FSharp.Core
open Microsoft.FSharp.Reflection

let private visible =
    BindingFlags.Public
    ||| BindingFlags.NonPublic
    ||| BindingFlags.Instance
    ||| BindingFlags.Static
    ||| BindingFlags.DeclaredOnly

let private isUnion (kind: Type) =
    not (isNull kind) && FSharpType.IsUnion(kind, true)

let private isGenerated (thing: MemberInfo) =
    thing.IsDefined(typeof<CompilerGeneratedAttribute>, false)

/// What F# makes out of a case: the case itself is asked for, not this.
let private isOfCase (thing: MemberInfo) =
    thing.GetCustomAttributes<CompilationMappingAttribute>()
    |> Seq.exists (fun mapping ->
        mapping.SourceConstructFlags &&& SourceConstructFlags.KindMask = SourceConstructFlags.UnionCase)

let private isVisible (method: MethodBase) =
    not (isNull method)
    && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly)

let private isOverride (method: MethodInfo) =
    method.GetBaseDefinition().DeclaringType <> method.DeclaringType

let private nameOf (kind: Type) =
    (string kind.FullName).Replace('+', '.')

let private methodsOf (kind: Type) =
    [
        for method in kind.GetMethods visible do
            if
                isVisible method
                && not (isOverride method)
                && (not method.IsSpecialName || method.Name.StartsWith "op_")
            then
                "M:", method :> MemberInfo
    ]

let private propertiesOf (kind: Type) =
    [
        for property in kind.GetProperties visible do
            let getter = property.GetMethod |> Option.ofObj
            let accessor = getter |> Option.defaultValue property.SetMethod

            if isVisible accessor && not (isOverride accessor) then
                "P:", property :> MemberInfo
    ]

let private fieldsOf (kind: Type) =
    [
        for field in kind.GetFields visible do
            if (field.IsPublic || field.IsFamily) && not field.IsSpecialName then
                // F# keeps what it says of a literal under P.
                (if field.IsDefined typeof<LiteralAttribute> then
                     "P:"
                 else
                     "F:"),
                field :> MemberInfo
    ]

/// A type's only constructor is described with the type; of several, each says what it is for.
let private constructorsOf (kind: Type) =
    let all =
        kind.GetConstructors visible
        |> Array.filter (fun made -> isVisible made && not made.IsStatic)

    [
        if all.Length > 1 && not (FSharpType.IsRecord kind) then
            for made in all do
                if made.GetParameters().Length > 0 then
                    "M:", made :> MemberInfo
    ]

let private membersOf (kind: Type) =
    if kind.IsSubclassOf typeof<Delegate> then
        []
    else
        [
            yield! methodsOf kind
            yield! propertiesOf kind
            yield! fieldsOf kind
            yield! constructorsOf kind
            for event in kind.GetEvents visible do
                if isVisible event.AddMethod then
                    "E:", event :> MemberInfo
        ]
        |> List.filter (fun (_, thing) -> not (isGenerated thing) && not (isOfCase thing))

/// Everything public, by the name under which documentation files keep it; overloads share one.
let private publicThings (assembly: Assembly) =
    [
        for kind in assembly.GetExportedTypes() do
            if not (isUnion kind.DeclaringType) then
                "T:" + nameOf kind

                if isUnion kind then
                    for case in FSharpType.GetUnionCases(kind, true) do
                        "T:" + nameOf kind + "." + case.Name

                for prefix, thing in membersOf kind do
                    prefix + nameOf kind + "." + thing.Name.Replace('.', '#')
    ]

let private isSaid (entry: XElement) =
    entry.Descendants()
    |> Seq.exists (fun part ->
        part.Name.LocalName = "inheritdoc"
        || part.Name.LocalName = "summary" && not (String.IsNullOrWhiteSpace part.Value))

/// Without parameters and without the number of type parameters of a method.
let private bare (id: string) =
    let name = id.Split('(')[0]
    let generic = name.IndexOf("``", StringComparison.Ordinal)
    if generic < 0 then name else name.Substring(0, generic)

let private saidIn (documentation: XDocument) =
    documentation.Descendants(XName.Get "member")
    |> Seq.filter isSaid
    |> Seq.countBy (fun entry -> bare (entry.Attribute(XName.Get "name").Value))
    |> dict

/// What is public and not described, of the things and the entries that there are.
let private missing (things: string list) (said: IDictionary<string, int>) =
    [
        for name, count in List.countBy id things do
            match said.TryGetValue name with
            | true, described when described >= count -> ()
            | true, described -> $"{name} ({described} of {count} overloads)"
            | _ -> name
    ]

/// The pages that people read, by their names within the repository.
let private pages =
    [
        for folder in [ ""; "docs" ] do
            for file in Directory.EnumerateFiles(Path.Combine(Packable.root, folder), "*.md") do
                Path.Combine(folder, Path.GetFileName file)
    ]
    |> List.sort

/// A page's lines outside its blocks of code.
let private proseOf (text: string) =
    let mutable isCode = false

    [
        for line in text.Split '\n' do
            if line.TrimStart().StartsWith("```", StringComparison.Ordinal) then
                isCode <- not isCode
            elif not isCode then
                line
    ]

/// A heading's anchor as repository hosts make it.
let private anchorOf (heading: string) =
    heading.TrimStart('#').Trim().ToLowerInvariant()
    |> String.collect (fun letter ->
        match letter with
        | ' ' -> "-"
        | '-'
        | '_' -> string letter
        | _ when Char.IsLetterOrDigit letter -> string letter
        | _ -> "")

let private hasAnchor (anchor: string) (text: string) =
    proseOf text
    |> List.exists (fun line -> line.StartsWith '#' && anchorOf line = anchor)

let private linksOf (text: string) =
    [
        for line in proseOf text do
            for link in Regex.Matches(Regex.Replace(line, "`[^`]*`", ""), @"\]\(([^)\s]+)\)") do
                link.Groups[1].Value
    ]
    |> List.filter (fun target -> not (target.Contains "://"))

/// The relative links of a page that lead to no file or folder, or to no heading of a page.
let private brokenLinks (page: string) (text: string) =
    let leads (link: string) =
        let path, anchor =
            match link.IndexOf '#' with
            | -1 -> link, ""
            | at -> link.Substring(0, at), link.Substring(at + 1)

        let target =
            if path = "" then
                page
            else
                Path.Combine(string (Path.GetDirectoryName page), path)

        let file = Path.Combine(Packable.root, target)

        if anchor = "" then
            Path.Exists file
        else
            hasAnchor anchor (if path = "" then text else Packable.committed target)

    linksOf text |> List.filter (leads >> not)

/// How a page is divided: a number of hashes for each heading, and each block of code with its language.
let private structureOf (page: string) =
    [
        for line in (Packable.committed page).Split '\n' do
            if Regex.IsMatch(line, "^(#+ |```[a-z]+)") then
                line.Split(' ')[0]
    ]

/// The packages that `Directory.Packages.props` has a version of.
let private packages =
    XDocument.Parse(Packable.committed "Directory.Packages.props").Descendants(XName.Get "PackageVersion")
    |> Seq.map (fun package -> package.Attribute(XName.Get "Include").Value)
    |> List.ofSeq

let private projects =
    [
        for folder in [ "src"; "samples"; "benchmarks"; "tests" ] do
            for file in
                Directory.EnumerateFiles(Path.Combine(Packable.root, folder), "*.*proj", SearchOption.AllDirectories) do
                File.ReadAllText file
    ]

[<Tests>]
let tests =
    testList
        "documentation"
        [
            for name in Packable.names do
                test $"{name} describes everything that it shows" {
                    let assembly = Packable.load name
                    let things = publicThings assembly
                    Expect.isGreaterThan things.Length 2 "something is public"

                    let silent = missing things (saidIn (Packable.documentationOf assembly))
                    let list = String.Join("\n  ", silent)

                    if list <> "" then
                        failtest $"Without a summary:\n  {list}"
                }

            test "a member without a summary is named, whether type, case, field or overload" {
                let things = [ "T:A"; "T:A.Case"; "P:A.Field"; "M:A.f"; "M:A.f" ]
                let said = dict [ "T:A", 1; "M:A.f", 1 ]
                Expect.equal (missing things said) [ "T:A.Case"; "P:A.Field"; "M:A.f (1 of 2 overloads)" ] "named"
            }

            for page in pages do
                test $"every relative link of {page} leads somewhere" {
                    let broken = String.Join("\n  ", brokenLinks page (Packable.committed page))

                    if broken <> "" then
                        failtest $"Lead nowhere:\n  {broken}"
                }

            test "a link to no file and to no heading is named; code and addresses are passed over" {
                let text =
                    "# One heading\n[a](README.md) [b](#one-heading) [c](nowhere.md) [d](#another) [e](README.md#nowhere)\n"
                    + "`[f](code.md)` [g](https://shop.example/)\n```\n[h](block.md)\n```\n"

                Expect.equal (brokenLinks "PAGE.md" text) [ "nowhere.md"; "#another"; "README.md#nowhere" ] "named"
            }

            for page in
                pages
                |> List.filter (fun name -> name.EndsWith(".zh-CN.md", StringComparison.Ordinal)) do
                test $"{page} is divided as its page in English is" {
                    Expect.equal (structureOf page) (structureOf (page.Replace(".zh-CN", ""))) "the same parts"
                }

            test "every dependency is used, and ARCHITECTURE.md says why" {
                let rows =
                    (Packable.committed "ARCHITECTURE.md").Split '\n'
                    |> Array.filter (fun line -> line.StartsWith '|')
                    |> Array.map (fun line -> Array.item 1 (line.Split '|'))
                    |> Array.collect _.Split(',', StringSplitOptions.TrimEntries)

                let isUsed (package: string) =
                    projects |> List.exists _.Contains($"PackageReference Include=\"{package}\"")

                Expect.isNonEmpty packages "there are some"
                Expect.isEmpty (packages |> List.filter (isUsed >> not)) "no version without a use"
                Expect.isEmpty (List.except rows packages) "no dependency without a reason"
            }
        ]
