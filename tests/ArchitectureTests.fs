module WeChatPay.Tests.ArchitectureTests

open System
open System.Collections.Generic
open System.IO
open System.Reflection
open System.Reflection.Metadata
open System.Reflection.PortableExecutable
open System.Xml.Linq
open Expecto
open WeChatPay
open WeChatPay.Functional

let private root =
    let rec up (folder: DirectoryInfo) =
        if File.Exists(Path.Combine(folder.FullName, "global.json")) then
            folder.FullName
        else
            match folder.Parent with
            | null -> failwith "The tests run outside the repository."
            | parent -> up parent

    up (DirectoryInfo AppContext.BaseDirectory)

/// Who may refer to whom; a project that is not here has no right to any other.
let private arrows =
    dict
        [
            "WeChatPay.Contracts", []
            "WeChatPay.Functional", [ "WeChatPay.Contracts" ]
            "WeChatPay.Sm", [ "WeChatPay.Functional" ]
            "WeChatPay.Shell", [ "WeChatPay.Functional"; "WeChatPay.Contracts" ]
            "WeChatPay.Api", [ "WeChatPay.Functional"; "WeChatPay.Contracts" ]
            "WeChatPay.Client",
            [
                "WeChatPay.Functional"
                "WeChatPay.Contracts"
                "WeChatPay.Shell"
                "WeChatPay.Api"
            ]
            "WeChatPay.AspNetCore", [ "WeChatPay.Functional"; "WeChatPay.Contracts"; "WeChatPay.Client" ]
            "WeChatPay.Inbox", [ "WeChatPay.Functional"; "WeChatPay.Contracts"; "WeChatPay.Client" ]
            "WeChatPay.Testing",
            [
                "WeChatPay.Functional"
                "WeChatPay.Contracts"
                "WeChatPay.Shell"
                "WeChatPay.Api"
                "WeChatPay.Client"
                "WeChatPay.Inbox"
            ]
            "WeChatPay.Simulator", [ "WeChatPay.Functional"; "WeChatPay.Contracts" ]
            "WeChatPay.Tool",
            [
                "WeChatPay.Functional"
                "WeChatPay.Contracts"
                "WeChatPay.Client"
                "WeChatPay.Inbox"
                "WeChatPay.Simulator"
                "WeChatPay.Sm"
            ]
        ]

let private projects =
    Directory.EnumerateFiles(Path.Combine(root, "src"), "*.*proj", SearchOption.AllDirectories)
    |> Seq.filter (fun file -> not (file.Contains "/obj/"))
    |> List.ofSeq

let private referencesOf (project: string) =
    XDocument.Load(project).Descendants(XName.Get "ProjectReference")
    |> Seq.choose (fun reference -> reference.Attribute(XName.Get "Include") |> Option.ofObj)
    |> Seq.map (fun path -> Path.GetFileNameWithoutExtension path.Value)
    |> List.ofSeq

let private strayArrows =
    [
        for project in projects do
            let name = Path.GetFileNameWithoutExtension project

            for target in referencesOf project do
                match arrows.TryGetValue name with
                | true, allowed when List.contains target allowed -> ()
                | _ -> name + " -> " + target
    ]

let private forbiddenNamespaces =
    [
        "System.IO"
        "System.Net"
        "System.Threading.Tasks"
        "System.Data"
        "Microsoft.Extensions"
        "Microsoft.AspNetCore"
    ]

let private forbiddenTypes =
    [
        "System.Console"
        "System.Environment"
        "System.Random"
        "System.AppContext"
        "System.TimeProvider"
        "System.Diagnostics.Process"
        "System.Diagnostics.Stopwatch"
        "System.Threading.Thread"
        "System.Threading.Timer"
        "System.Threading.ThreadPool"
        "System.TimeZone"
        "System.Security.Cryptography.X509Certificates.X509Store"
        "System.Security.Cryptography.X509Certificates.X509Chain"
        "System.Security.Cryptography.RandomNumberGenerator"
    ]

let private forbiddenMembers =
    [
        "System.DateTime.get_Now"
        "System.DateTime.get_UtcNow"
        "System.DateTime.get_Today"
        "System.DateTimeOffset.get_Now"
        "System.DateTimeOffset.get_UtcNow"
        "System.Guid.NewGuid"
        "System.Guid.CreateVersion7"
        "System.TimeZoneInfo.get_Local"
        "System.Globalization.CultureInfo.get_CurrentCulture"
        "System.Globalization.CultureInfo.get_CurrentUICulture"
        "System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile"
        "System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadPkcs12FromFile"
    ]

/// What the core refers to outside itself: types, and members by type and name, in any resolution scope.
let private references =
    use file = File.OpenRead typeof<DecodedEvent>.Assembly.Location
    use image = new PEReader(file)
    let metadata = image.GetMetadataReader()

    let typeName (handle: TypeReferenceHandle) =
        let reference = metadata.GetTypeReference handle
        metadata.GetString reference.Namespace + "." + metadata.GetString reference.Name

    let types =
        [
            for handle in metadata.TypeReferences do
                typeName handle
        ]

    let members =
        [
            for handle in metadata.MemberReferences do
                let reference = metadata.GetMemberReference handle

                if reference.Parent.Kind = HandleKind.TypeReference then
                    typeName (TypeReferenceHandle.op_Explicit reference.Parent)
                    + "."
                    + metadata.GetString reference.Name
        ]

    struct (types, members)

let private effects =
    let struct (types, members) = references

    [
        for name in types do
            if
                List.contains name forbiddenTypes
                || forbiddenNamespaces
                   |> List.exists (fun space -> name.StartsWith(space + ".", StringComparison.Ordinal))
            then
                name

        for name in members do
            if List.contains name forbiddenMembers then
                name
    ]

let private isFSharpCore (kind: Type) =
    kind.Assembly = typeof<list<int>>.Assembly

let rec private partsOf (kind: Type) : Type list =
    [
        kind
        if kind.HasElementType then
            match kind.GetElementType() with
            | null -> ()
            | element -> yield! partsOf element
        for argument in kind.GetGenericArguments() do
            if not argument.IsGenericParameter then
                yield! partsOf argument
    ]

let private signatureOf (kind: Type) =
    let visible =
        BindingFlags.Public
        ||| BindingFlags.Instance
        ||| BindingFlags.Static
        ||| BindingFlags.DeclaredOnly

    [
        for method in kind.GetMethods visible do
            method.ReturnType

            for parameter in method.GetParameters() do
                parameter.ParameterType
        for made in kind.GetConstructors visible do
            for parameter in made.GetParameters() do
                parameter.ParameterType
        for field in kind.GetFields visible do
            field.FieldType
        match kind.BaseType with
        | null -> ()
        | parent -> parent
        yield! kind.GetNestedTypes BindingFlags.Public
    ]
    |> List.collect partsOf

/// Every type that C# people can reach from the public signatures of the C# assemblies, and the FSharp.Core types among them.
let private leaks =
    let ours = HashSet<Type>()
    let found = HashSet<string>()

    let rec visit (kind: Type) =
        if isFSharpCore kind then
            found.Add(kind.ToString()) |> ignore
        elif
            kind.Assembly.GetName().Name
            |> string
            |> fun name -> name.StartsWith("WeChatPay", StringComparison.Ordinal)
        then
            if ours.Add kind then
                for part in signatureOf kind do
                    if isFSharpCore part then
                        found.Add(kind.FullName + " shows " + part.ToString()) |> ignore
                    else
                        visit part

    for assembly in
        [
            typeof<PaymentNotification>.Assembly
            typeof<WeChatPayNotifications>.Assembly
            typeof<WeChatPay.Api.NativePrepayRequest>.Assembly
            typeof<WeChatPayBodyAlreadyReadException>.Assembly
            typeof<WeChatPay.Testing.TestPlatform>.Assembly
            typeof<WeChatPay.Inbox.InboxItem>.Assembly
        ] do
        for kind in assembly.GetExportedTypes() do
            visit kind

    List.ofSeq found

[<Tests>]
let tests =
    testList
        "architecture"
        [
            test "projects refer along the arrows only" {
                Expect.isGreaterThanOrEqual projects.Length 4 "the projects are found"
                Expect.isEmpty strayArrows "no other arrow"
            }

            test "the core's metadata are free of effects" {
                let struct (types, members) = references
                Expect.contains types "System.Security.Cryptography.RSA" "references are read at all"
                Expect.contains members "System.Security.Cryptography.RSA.VerifyData" "members are read at all"
                Expect.isEmpty effects "no clock, randomness, file, socket or task"
            }

            test "sealing a sensitive field is the one function of the core that is not deterministic" {
                let struct (_, members) = references

                let random =
                    members
                    |> List.filter (fun name -> name.StartsWith "System.Security.Cryptography.RSA.Encrypt")

                Expect.hasLength random 1 "RSA.Encrypt is called in one way"

                let callers =
                    Directory.EnumerateFiles(Path.Combine(root, "src", "Core"), "*.fs")
                    |> Seq.filter (fun file -> (File.ReadAllText file).Contains "rsa.Encrypt")
                    |> Seq.map Path.GetFileName
                    |> List.ofSeq

                Expect.equal callers [ "Rsa.fs" ] "in one file"

                let sealers =
                    Directory.EnumerateFiles(Path.Combine(root, "src", "Core"), "*.fs")
                    |> Seq.filter (fun file -> (File.ReadAllText file).Contains ".Half.Seal")
                    |> Seq.map Path.GetFileName
                    |> List.ofSeq

                Expect.equal sealers [ "Sensitive.fs" ] "only Sensitive seals with randomness"
            }

            test "no FSharp.Core type can be reached from C#" { Expect.isEmpty leaks "C# sees no F# type" }

            test "no file that a person writes is over about 400 lines" {
                let long =
                    Directory.EnumerateFiles(Path.Combine(root, "src"), "*.*", SearchOption.AllDirectories)
                    |> Seq.filter (fun file ->
                        (file.EndsWith ".fs" || file.EndsWith ".cs") && not (file.Contains "/obj/"))
                    |> Seq.map (fun file -> file, File.ReadAllLines file)
                    |> Seq.filter (fun (_, lines) -> lines.Length > 400 && not (lines[0].Contains "<auto-generated/>"))
                    |> Seq.map fst
                    |> List.ofSeq

                Expect.isEmpty long "every file is short enough to read"
            }
        ]
