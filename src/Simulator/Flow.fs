namespace WeChatPay.Simulator

open System.Text.Json.Nodes

/// A thing that lives through states: a transfer, a contract.
[<NoComparison; ReferenceEquality>]
type internal FlowThing =
    {
        /// What kind of thing it is; numbers are unique within it.
        Family: string
        /// The merchant's number.
        Number: string
        /// The platform's numbers.
        Others: string list
        State: string
        /// The endpoint that made it, and what it was asked, for comparing a repeated request with the first.
        MadeBy: string
        Asked: JsonObject
        /// What answers and notifications tell of it; null is what is not there yet. Nobody changes what is in it.
        Fields: JsonObject
        /// Where notifications go; empty where none are wanted.
        NotifyUrl: string
    }

/// Things of all families. Immutable: every change gives a new one.
[<NoComparison; ReferenceEquality>]
type internal Flows =
    {
        /// By family and the merchant's number.
        Things: Map<struct (string * string), FlowThing>
        /// The merchant's number by family and the platform's.
        Names: Map<struct (string * string), string>
    }

/// Finds things by number, and moves them from state to state.
[<RequireQualifiedAccess>]
module internal Flow =
    let empty =
        {
            Things = Map.empty
            Names = Map.empty
        }

    /// The thing of a number, the merchant's or the platform's.
    let tryFind family number (flows: Flows) =
        let own = defaultArg (flows.Names.TryFind(struct (family, number))) number
        flows.Things.TryFind(struct (family, own))

    let ofFamily family (flows: Flows) =
        flows.Things.Values |> Seq.filter (fun thing -> thing.Family = family)

    /// Whether no thing of a family was made yet.
    let isFresh family flows = Seq.isEmpty (ofFamily family flows)

    let put (thing: FlowThing) (flows: Flows) =
        {
            Things = flows.Things.Add(struct (thing.Family, thing.Number), thing)
            Names =
                thing.Others
                |> List.fold
                    (fun (names: Map<_, _>) other -> names.Add(struct (thing.Family, other), thing.Number))
                    flows.Names
        }

    /// A thing with other values in some of its fields.
    let withFields (fields: (string * (JsonNode | null)) list) (thing: FlowThing) =
        let changed = thing.Fields.DeepClone() :?> JsonObject

        for name, value in fields do
            changed[name] <- value

        { thing with Fields = changed }

    let private illegal state target =
        PlatformError.badRequest ("当前状态 " + state + " 不允许变更为 " + target)

    /// Moves a thing; `moves` are the states with where each leads. Any other move is refused.
    let move (moves: (string * string list) list) target (thing: FlowThing) =
        let isLegal (from, targets) =
            from = thing.State && List.contains target targets

        if List.exists isLegal moves then
            Ok { thing with State = target }
        else
            Error(illegal thing.State target)

    /// A thing in one of some states, as a call needs it.
    let require (states: string list) (thing: FlowThing) =
        if List.contains thing.State states then
            Ok thing
        else
            Error(PlatformError.badRequest ("当前状态 " + thing.State + " 不允许该操作"))
