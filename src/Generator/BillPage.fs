namespace WeChatPay.Generator

open System
open System.Text

/// Writes docs/bill-columns.md: every kind of bill, its columns and totals.
[<RequireQualifiedAccess>]
module BillPage =
    let private listed (texts: string list) = String.Join(", ", texts)

    let private code (text: string) = "`" + text + "`"

    let private typeName (field: BillField) =
        match field.Type with
        | "time" -> "local time (+08:00)"
        | "yuan" -> "yuan, two decimals: fen"
        | "yuan5" -> "yuan, five decimals: thousandths of a fen"
        | "percent" -> "per cent"
        | "count" -> "number"
        | other -> other

    let private notes (form: BillForm) (column: BillField) =
        [
            if List.contains column.Name form.Filled then
                "never empty"
            elif List.contains column.Name form.Needs then
                "always a column"
            if column.IsFree then
                "may hold commas"
            if column.IsPersonal then
                "not for logs"
            for heading in column.Also do
                "also " + heading
        ]
        |> listed

    let private check (total: BillField) =
        let where =
            match total.Where with
            | Some(column, text) -> " where " + code column + " is " + text
            | None -> ""

        (if total.CountsRows then
             "number of rows"
         else
             "sum of " + String.Join(", or without it ", total.Adds |> List.map code))
        + where

    /// The page.
    let write (bills: Bills) =
        let text = StringBuilder()

        let line (words: string) =
            text.Append(words).Append('\n') |> ignore

        let row (cells: string list) =
            line ("| " + String.Join(" | ", cells) + " |")

        line "<!-- Written by src/Generator from api/bills.yaml: edit that, then run it. -->"
        line ""
        line "# The columns of bills"
        line ""

        line
            "How bills are read: [bills.md](bills.md). Columns are found by heading, in whatever order; others are kept and reached by heading."

        for form in bills.Forms do
            line ""
            line ("## " + code (Names.pascal form.Name))
            line ""
            line form.Summary
            line ""
            line "| column | heading | what | type | |"
            line "|---|---|---|---|---|"

            for name in form.Columns do
                let column = bills.Columns |> List.find (fun column -> column.Name = name)

                row
                    [
                        code (Names.pascal column.Name)
                        column.Heading
                        column.Summary
                        typeName column
                        notes form column
                    ]

            line ""
            line "| total | heading | what | compared with |"
            line "|---|---|---|---|"

            for name in form.Totals do
                let total = bills.Totals |> List.find (fun total -> total.Name = name)

                row
                    [
                        code (Names.pascal total.Name)
                        listed (total.Heading :: total.Also)
                        total.Summary
                        check total
                    ]

        line ""
        line "## Without columns"
        line ""
        line "Nobody has described these; they are read by heading, if that is asked for."
        line ""
        line "| call | what |"
        line "|---|---|"

        for operation, about in bills.Undescribed do
            row [ code operation; about ]

        text.ToString()
