namespace WeChatPay.Generator

open System
open System.Text

/// Writes docs/coverage.md: every endpoint, who may call it, and the call.
[<RequireQualifiedAccess>]
module Coverage =
    /// The page.
    let write (catalogue: Catalogue) =
        let families = catalogue.Description.Families
        let text = StringBuilder()

        let line (words: string) =
            text.Append(words).Append('\n') |> ignore

        let count = families |> List.sumBy (fun family -> family.Endpoints.Length)
        line "<!-- Written by src/Generator from api/: edit that, then run it. -->"
        line ""
        line "# Coverage"
        line ""

        line (
            string count
            + " endpoints. *Attested* says how well: by the platform's own documents and SDKs (official), by several independent sources (multi), by one (single), by its path alone (none)."
        )

        for family in families do
            if not family.Endpoints.IsEmpty then
                line ""

                line (
                    "## "
                    + Names.spoken (family.File.Replace(".yaml", "", StringComparison.Ordinal))
                )

                line ""
                line "| endpoint | call | who | attested |"
                line "|---|---|---|---|"

                for endpoint in family.Endpoints do
                    let service =
                        family.Services |> List.find (fun service -> service.Name = endpoint.Service)

                    let who = String.Join(", ", endpoint.Kinds |> List.map Kind.name)
                    let gone = if endpoint.IsDeprecated then " (withdrawn)" else ""

                    line (
                        "| `"
                        + endpoint.Method
                        + " "
                        + endpoint.Path
                        + "` | `"
                        + service.Class
                        + "."
                        + Names.pascal endpoint.Name
                        + "`"
                        + gone
                        + " | "
                        + who
                        + " | "
                        + endpoint.Sources
                        + " |"
                    )

        text.ToString()
