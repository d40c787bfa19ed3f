/// The assemblies that go into packages as libraries, found by their project files.
module WeChatPay.Tests.Packable

open System
open System.IO
open System.Reflection
open System.Xml.Linq

/// The repository's folder.
let root =
    let rec up (folder: DirectoryInfo) =
        if File.Exists(Path.Combine(folder.FullName, "global.json")) then
            folder.FullName
        else
            match folder.Parent with
            | null -> failwith "The tests run outside the repository."
            | parent -> up parent

    up (DirectoryInfo AppContext.BaseDirectory)

let private says (name: string) (project: XDocument) =
    project.Descendants(XName.Get name)
    |> Seq.exists (fun property -> property.Value = "true")

let private isLibrary (file: string) =
    let project = XDocument.Load file
    says "IsPackable" project && not (says "PackAsTool" project)

/// Names of projects, which are the names of assemblies and packages.
let names =
    Directory.EnumerateFiles(Path.Combine(root, "src"), "*.*proj", SearchOption.AllDirectories)
    |> Seq.filter isLibrary
    |> Seq.map (fun file -> Path.GetFileNameWithoutExtension(file: string))
    |> Seq.sort
    |> List.ofSeq

/// A new package is loaded as soon as the tests' project refers to it, and is missed loudly until then.
let load (name: string) =
    try
        Assembly.Load name
    with :? FileNotFoundException ->
        failwith $"{name} is packable, but tests/WeChatPay.Tests.fsproj does not refer to it."

/// The documentation file beside an assembly.
let documentationOf (assembly: Assembly) =
    XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"))

/// What a committed text lacks (+) and what it has too much (-), line by line.
let changes (committed: string) (found: string) =
    let meant = committed.Split '\n'
    let now = found.Split '\n'

    [
        for line in Array.except now meant do
            "- " + line.Trim()
        for line in Array.except meant now do
            "+ " + line.Trim()
    ]
    |> fun lines ->
        if List.isEmpty lines && committed <> found then
            [ "the order of lines, or how often one occurs" ]
        else
            lines
    |> String.concat "\n  "

/// A committed text; none is an empty one.
let committed (path: string) =
    let file = Path.Combine(root, path)
    if File.Exists file then File.ReadAllText file else ""
