/// Runs the F# snippets that the documents mark as `run`, from the packed packages.
module Consumer.Program

open System.Reflection
open System.Threading.Tasks

let private value (name: string) (snippet: System.Type) =
    match snippet.GetProperty name with
    | null -> null
    | property -> property.GetValue null

let private snippets =
    Assembly.GetExecutingAssembly().GetTypes()
    |> Array.filter (fun kind -> kind.Namespace = "Snippets" && value "isRun" kind = box true)
    |> Array.sortBy _.Name

let private run (snippet: System.Type) =
    try
        match snippet.GetMethod "run" with
        | null -> failwith "There is nothing to run."
        | method ->
            match method.Invoke(null, [||]) with
            | :? Task as running -> running.Wait()
            | _ -> ()

        if Scope.paid.IsEmpty || not Scope.refused.IsEmpty then
            failwith "The callback was not taken."

        printfn "ok %O" (value "place" snippet)
        0
    with failure ->
        printfn "not ok %O: %O" (value "place" snippet) failure
        1

[<EntryPoint>]
let main _ = Array.sumBy run snippets
