namespace WeChatPay.Generator

open System
open System.Text.Json.Nodes
open Microsoft.OpenApi

/// Reads what a file of `api/` says of bill files, and whether it holds together.
[<RequireQualifiedAccess>]
module BillsReader =
    let private types = [ "text"; "time"; "yuan"; "yuan5"; "percent"; "count" ]

    let private membersOf name (document: OpenApiDocument) =
        Node.extension name document.Extensions
        |> Option.map Node.members
        |> Option.defaultValue []

    let private text name (node: JsonNode) =
        Node.member' name node |> Option.bind Node.text |> Option.defaultValue ""

    let private texts name (node: JsonNode) =
        Node.member' name node |> Option.map Node.texts |> Option.defaultValue []

    let private pairs name (node: JsonNode) =
        Node.member' name node
        |> Option.map Node.members
        |> Option.defaultValue []
        |> List.map (fun (key, value) -> key, value |> Option.bind Node.text |> Option.defaultValue "")

    let private fieldOf (name: string, node: JsonNode) : BillField =
        {
            Name = name
            Heading = text "heading" node
            Also = texts "also" node
            Type = text "type" node
            Summary = text "description" node
            IsPersonal = text "personal" node = "true"
            IsFree = text "free" node = "true"
            Absent = text "absent" node
            Adds = texts "adds" node
            CountsRows = text "counts" node = "rows"
            Where = pairs "where" node |> List.tryHead
        }

    let private formOf (name: string, node: JsonNode) : BillForm =
        {
            Name = name
            Summary = text "summary" node
            Operation = text "operation" node
            When = pairs "when" node
            Row = text "row" node
            Sources = text "x-sources" node
            HasAny = texts "has_any" node
            Lacks = texts "lacks" node
            Needs = texts "needs" node
            Filled = texts "filled" node
            Columns = texts "columns" node
            Totals = texts "totals" node
        }

    let private there (members: (string * JsonNode option) list) =
        members
        |> List.choose (fun (name, node) -> node |> Option.map (fun node -> name, node))

    /// What the file says; nothing where it speaks of no bills.
    let read (document: OpenApiDocument) : Bills =
        {
            Columns = membersOf "x-bill-columns" document |> there |> List.map fieldOf
            Totals = membersOf "x-bill-totals" document |> there |> List.map fieldOf
            Forms = membersOf "x-bills" document |> there |> List.map formOf
            Undescribed =
                membersOf "x-bills-undescribed" document
                |> List.map (fun (name, about) -> name, about |> Option.bind Node.text |> Option.defaultValue "")
        }

    let private twice (names: string list) =
        names
        |> List.countBy id
        |> List.filter (fun (_, count) -> count > 1)
        |> List.map fst

    let private checkFields (problems: Problems) file place (fields: BillField list) =
        for field in fields do
            let pointer = "#/" + place + "/" + field.Name

            if field.Heading = "" then
                problems.Add file pointer "heading is what the platform writes above the column"

            if field.Summary = "" then
                problems.Add file pointer "description says in a sentence what it is"

            if not (List.contains field.Type types) then
                problems.Add file pointer ("type is one of " + String.Join(", ", types) + ", not '" + field.Type + "'")

        for heading in fields |> List.collect (fun field -> field.Heading :: field.Also) |> twice do
            problems.Add file ("#/" + place) ("two have the heading " + heading)

    /// Says of each name that is not there, and of each heading that is there twice.
    let check (problems: Problems) (file: string) (operations: string list) (bills: Bills) =
        let columns = bills.Columns |> List.map _.Name
        let totals = bills.Totals |> List.map _.Name
        checkFields problems file "x-bill-columns" bills.Columns
        checkFields problems file "x-bill-totals" bills.Totals

        let known pointer (all: string list) (named: string list) =
            for name in named do
                if not (List.contains name all) then
                    problems.Add file pointer ("nothing is called '" + name + "'")

        for total in bills.Totals do
            let pointer = "#/x-bill-totals/" + total.Name
            known pointer columns total.Adds
            known pointer columns (total.Where |> Option.map fst |> Option.toList)

            if total.CountsRows = not total.Adds.IsEmpty then
                problems.Add file pointer "counts: rows, or adds: the columns that it is the sum of"

            for column in
                bills.Columns
                |> List.filter (fun column -> List.contains column.Name total.Adds) do
                if column.Type <> total.Type then
                    problems.Add file pointer ("is of another type than " + column.Name)

        for form in bills.Forms do
            let pointer = "#/x-bills/" + form.Name
            known pointer columns (form.HasAny @ form.Lacks @ form.Columns)
            known pointer totals form.Totals
            known pointer form.Columns form.Needs
            known pointer form.Needs form.Filled
            known pointer operations [ form.Operation ]

            for name in twice form.Columns @ twice form.Totals do
                problems.Add file pointer (name + " is there twice")

            if form.HasAny.IsEmpty then
                problems.Add file pointer "has_any names the columns that tell it from the others"

        for operation, about in bills.Undescribed do
            known ("#/x-bills-undescribed/" + operation) operations [ operation ]

            if about = "" then
                problems.Add file ("#/x-bills-undescribed/" + operation) "says in a sentence what it is"
