module WeChatPay.Tests.PublicApiTests

open System
open System.IO
open System.Reflection
open Expecto
open PublicApiGenerator

[<Literal>]
let Accept = "dotnet run --project tests -- --accept-api"

let private fileOf name =
    Path.Combine("tests", "api", name + ".txt")

/// Of the generated assembly its operations: its shapes stand in `api/` field by field, which is where they are reviewed.
let private typesOf name (assembly: Assembly) =
    let isShown (candidate: Type) =
        name <> "WeChatPay.Api" || candidate.IsAbstract && candidate.IsSealed

    assembly.GetExportedTypes() |> Array.filter isShown

let private optionsOf types =
    ApiGeneratorOptions(
        IncludeTypes = types,
        IncludeAssemblyAttributes = false,
        // Extension methods stand in Microsoft's namespaces, where people find them.
        DenyNamespacePrefixes = [||],
        UseDenyNamespacePrefixesForExtensionMethods = false
    )

let private isFSharp (assembly: Assembly) =
    assembly.IsDefined typeof<FSharpInterfaceDataVersionAttribute>

/// The public face of an assembly.
let render name =
    let assembly = Packable.load name

    if isFSharp assembly then
        PublicFace.render assembly
    else
        assembly.GeneratePublicApi(optionsOf (typesOf name assembly)).ReplaceLineEndings "\n"
        + "\n"

/// Writes what is there now as what is meant.
let accept () =
    Directory.CreateDirectory(Path.Combine(Packable.root, "tests", "api")) |> ignore

    for name in Packable.names do
        File.WriteAllText(Path.Combine(Packable.root, fileOf name), render name)

[<Tests>]
let tests =
    testList
        "public API"
        [
            for name in Packable.names do
                test $"{name} shows what tests/api/{name}.txt says" {
                    let changes = Packable.changes (Packable.committed (fileOf name)) (render name)

                    if changes <> "" then
                        failtest
                            $"The public API of {name} differs:\n  {changes}\nIf it is meant, accept it with  {Accept}  and commit the file."
                }

            test "every snapshot is of a package that there is" {
                let snapshots =
                    Directory.EnumerateFiles(Path.Combine(Packable.root, "tests", "api"))
                    |> Seq.map (fun file -> Path.GetFileNameWithoutExtension(file: string))
                    |> Seq.sort
                    |> List.ofSeq

                Expect.isGreaterThanOrEqual Packable.names.Length 7 "the packages are found"
                Expect.equal snapshots Packable.names "one file for each package"
            }
        ]
