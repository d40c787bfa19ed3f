module WeChatPay.Generator.Program

open System
open System.IO
open System.Text

/// Where the description's own folder lies: the repository's root.
let private root =
    let rec up (folder: DirectoryInfo | null) =
        match folder with
        | null -> Directory.GetCurrentDirectory()
        | folder when File.Exists(Path.Combine(folder.FullName, "WeChatPay.Functional.sln")) -> folder.FullName
        | folder -> up folder.Parent

    up (DirectoryInfo(Directory.GetCurrentDirectory()))

let private folderOf (family: Family) =
    Names.pascal (family.File.Replace(".yaml", "", StringComparison.Ordinal))

/// All files that are written, by path, with their text.
let private filesOf (catalogue: Catalogue) : (string * string) list =
    let clients =
        [
            for family in catalogue.Description.Families do
                for service in family.Services do
                    let endpoints =
                        family.Endpoints
                        |> List.filter (fun endpoint -> endpoint.Service = service.Name)

                    for client in Variants.clientsOf catalogue.Shapes service endpoints do
                        family, client
        ]

    [
        for family in catalogue.Description.Families do
            let home =
                if family.IsContract then
                    "src/Contracts/Generated/"
                else
                    "src/Api/" + folderOf family + "/"

            for known in family.Enums do
                home + known.Key.Name + ".cs", EnumSource.write catalogue known

            for shape in family.Shapes do
                for isDirectForm in Variants.formsOf shape do
                    home + Variants.nameOf isDirectForm shape + ".cs",
                    ShapeSource.write catalogue family.IsContract isDirectForm shape

            for service in family.Services do
                let byClass =
                    family.Endpoints
                    |> List.filter (fun endpoint -> endpoint.Service = service.Name)
                    |> List.collect (Variants.callsOf catalogue.Shapes)
                    |> List.groupBy (Variants.classOf catalogue.Shapes service)

                for className, calls in byClass do
                    home + className + ".cs",
                    OperationSource.write catalogue family.File className service.Summary calls

        for family, client in clients do
            "src/CSharp/Clients/" + folderOf family + "/" + client.Class + ".cs",
            ClientSource.writeService catalogue family.File client

        for kind in Variants.all do
            let own =
                clients
                |> List.map snd
                |> List.filter (fun client -> List.contains kind client.Kinds)

            "src/CSharp/Clients/" + ClientSource.className kind + ".cs", ClientSource.writeKind kind own

        let webhooks = catalogue.Description.Families |> List.collect _.Webhooks
        "src/Core/WeChatPayEvent.fs", EventSource.writeUnion catalogue webhooks
        "src/Core/EventTable.fs", EventTableSource.write catalogue webhooks
        "docs/events.md", EventPage.write catalogue

        for family in catalogue.Description.Families do
            if not family.Bills.Forms.IsEmpty then
                "src/Core/BillTable.fs", BillSource.writeTable family.Bills
                "src/Core/BillRows.fs", BillSource.writeRows family.Bills
                "docs/bill-columns.md", BillPage.write family.Bills

        "docs/coverage.md", Coverage.write catalogue
        "src/Simulator/platform.json", SimulatorSource.write catalogue
    ]

let private isGenerated (path: string) =
    use reader = new StreamReader(path)
    let first = defaultArg (Option.ofObj (reader.ReadLine())) ""
    first.Contains "Written by src/Generator"

/// The files that are not as they should be: with other text or absent.
let private stale (files: (string * string) list) =
    files
    |> List.filter (fun (path, text) ->
        let full = Path.Combine(root, path)
        not (File.Exists full) || File.ReadAllText full <> text)

let private isBuilt (path: string) =
    path.Split(Path.DirectorySeparatorChar) |> Array.contains "obj"

/// The files that an earlier run wrote and this one does not.
let private orphans (files: (string * string) list) =
    let wanted =
        files |> List.map (fun (path, _) -> Path.GetFullPath(path, root)) |> set

    [ "src/Contracts"; "src/Api"; "src/CSharp/Clients" ]
    |> List.map (fun home -> Path.GetFullPath(home, root))
    |> List.filter Directory.Exists
    |> List.collect (fun home -> List.ofArray (Directory.GetFiles(home, "*.cs", SearchOption.AllDirectories)))
    |> List.filter (fun path -> not (isBuilt path) && not (wanted.Contains path) && isGenerated path)

let private write (path: string, text: string) =
    let full = Path.Combine(root, path)
    Directory.CreateDirectory(nonNull (Path.GetDirectoryName full)) |> ignore
    File.WriteAllText(full, text, UTF8Encoding false)

/// Writes what differs and deletes what is left over; with `isCheck` only says so.
let private apply isCheck (files: (string * string) list) =
    let stale, orphans = stale files, orphans files

    if isCheck then
        for path in (stale |> List.map fst) @ orphans do
            Console.Error.WriteLine("differs: " + Path.GetRelativePath(root, Path.GetFullPath(path, root)))
    else
        stale |> List.iter write
        orphans |> List.iter File.Delete

    stale.Length + orphans.Length

[<EntryPoint>]
let main args =
    let isCheck = args |> Array.contains "--check"
    let problems = Problems()
    let description = Reader.read problems (Path.Combine(root, "api"))

    if problems.Found.IsEmpty then
        Checks.check problems description

    if problems.Found.IsEmpty then
        let files = filesOf (Members.catalogue description)

        let twice =
            files
            |> List.countBy (fun (path, _) -> path.ToLowerInvariant())
            |> List.filter (fun (_, count) -> count > 1)

        for path, _ in twice do
            problems.Add path "#" "would be written twice"

        if twice.IsEmpty then
            let changed = apply isCheck files
            let word = if isCheck then " differ." else " changed."
            Console.Out.WriteLine(string files.Length + " files, " + string changed + word)

            if isCheck && (changed > 0) then
                problems.Add "" "#" "what is committed is not what the description gives: run the generator"

    for problem in problems.Found do
        Console.Error.WriteLine(problem.ToString())

    if problems.Found.IsEmpty then 0 else 1
