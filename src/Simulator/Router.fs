namespace WeChatPay.Simulator

open System

/// Endpoints by the segments of their paths.
[<NoComparison; ReferenceEquality>]
type internal RouteNode =
    {
        /// What follows after a segment of just this text.
        Exact: Map<string, RouteNode>
        /// What follows after any segment.
        Any: RouteNode voption
        /// What ends here, by method.
        Ends: Map<string, Endpoint>
    }

/// Which endpoint a path means.
[<RequireQualifiedAccess>]
module internal Router =
    let private empty =
        {
            Exact = Map.empty
            Any = ValueNone
            Ends = Map.empty
        }

    let private segmentsOf (endpoint: Endpoint) =
        List.tail (List.ofArray (endpoint.Path.Split '/'))

    let private isPlaceholder (segment: string) = segment.StartsWith '{'

    let rec private add (endpoint: Endpoint) segments node =
        match segments with
        | [] when node.Ends.ContainsKey endpoint.Method -> node
        | [] ->
            { node with
                Ends = node.Ends.Add(endpoint.Method, endpoint)
            }
        | segment :: rest when isPlaceholder segment ->
            { node with
                Any = ValueSome(add endpoint rest (ValueOption.defaultValue empty node.Any))
            }
        | segment :: rest ->
            let next = defaultArg (node.Exact.TryFind segment) empty

            { node with
                Exact = node.Exact.Add(segment, add endpoint rest next)
            }

    /// The tree of all endpoints; of two that no path can tell apart the first counts.
    let create (endpoints: Endpoint list) =
        endpoints
        |> List.fold (fun node endpoint -> add endpoint (segmentsOf endpoint) node) empty

    let rec private find method segments node : Endpoint voption =
        match segments with
        | [] ->
            match node.Ends.TryFind method with
            | Some endpoint -> ValueSome endpoint
            | None -> ValueNone
        | segment :: rest ->
            let exact =
                match node.Exact.TryFind segment with
                | Some next -> find method rest next
                | None -> ValueNone

            match exact, node.Any with
            | ValueNone, ValueSome next when segment <> "" -> find method rest next
            | _ -> exact

    /// The endpoint of a method and a path, an exact segment before a placeholder; and what the placeholders hold.
    let tryRoute (method: string) (segments: string list) root : struct (Endpoint * (string * string) list) voption =
        find method segments root
        |> ValueOption.map (fun endpoint ->
            let held =
                List.zip (segmentsOf endpoint) segments
                |> List.filter (fun (segment, _) -> isPlaceholder segment)
                |> List.map (fun (segment, value) -> segment.Trim('{', '}'), value)

            struct (endpoint, held))

    let private once =
        Lazy<RouteNode>(Func<RouteNode>(fun () -> create (DescriptionReader.description ()).Endpoints))

    /// The tree of the platform.
    let platform () = once.Value
