namespace WeChatPay.Simulator

open System
open System.Text.Json.Nodes
open System.Threading.Tasks

/// Notifications of any case, made from the platform's description.
[<RequireQualifiedAccess>]
module internal PlatformEvents =
    /// The object that a field holds, alone or first in an array.
    let private tryPart (node: JsonNode | null) =
        match node with
        | :? JsonObject as part -> ValueSome part
        | :? JsonArray as items when items.Count > 0 ->
            match items[0] with
            | :? JsonObject as part -> ValueSome part
            | _ -> ValueNone
        | _ -> ValueNone

    /// Puts a text where a path leads: `trade_state`, `contract_information.contract_status`, `sub_orders[].trade_state`.
    let rec private put (steps: string list) (text: string) (into: JsonObject) =
        match steps with
        | [] -> ()
        | [ leaf ] -> into[leaf] <- Shapes.text text
        | step :: rest ->
            let name = step.Split '[' |> Array.head

            let make () =
                let part = JsonObject()
                into[name] <- if name = step then (part :> JsonNode) else JsonArray part
                part

            tryPart into[name] |> ValueOption.defaultWith make |> put rest text

    /// What a resource of a case must say.
    let private proven (case: EventCase) =
        let known = JsonObject()

        for path, text in case.Proves do
            put (List.ofArray (path.Split '.')) text known

        known

    let private resource (world: World) fullness (case: EventCase) =
        Composer.composeResource
            {
                Description = DescriptionReader.description ()
                Setting =
                    {
                        Now = world.Now
                        MerchantId = world.MerchantId
                        BrandId = world.BrandId
                        Address = "http://127.0.0.1"
                    }
                Fullness = fullness
                Question = ValueNone
                Known = proven case
                Merchant = world.Keys.Merchant.Pair
            }
            case.Shape

    let private news (kind: string voption) (eventType: string) resource =
        let product = eventType.Split '.' |> Array.head

        {
            Kind = ValueOption.defaultValue (product.ToLowerInvariant()) kind
            EventType = eventType
            Summary = "模拟通知"
            Resource = resource
        }

    let private isEventType (name: string) =
        name <> ""
        && name
           |> String.forall (fun letter ->
               Char.IsAsciiLetterUpper letter
               || Char.IsAsciiDigit letter
               || letter = '.'
               || letter = '_')

    let private find (name: string) =
        let events = (DescriptionReader.description ()).Events

        match
            events |> List.tryFind (fun case -> case.Name = name),
            events |> List.filter (fun case -> case.EventType = name)
        with
        | Some case, _
        | None, [ case ] -> Ok(ValueSome case)
        | None, [] when isEventType name -> Ok ValueNone
        | None, [] ->
            Error(
                PlatformError.create
                    404
                    "SIMULATOR_USAGE"
                    "There is no case of that name: see docs/events.md; any event type will do, too."
            )
        | None, several ->
            Error(
                PlatformError.create
                    400
                    "SIMULATOR_USAGE"
                    ("Several cases come in that type, say which: "
                     + String.Join(", ", several |> List.map _.Name)
                     + ".")
            )

    /// Sends a notification of a case, or of an event type that has one case or none: then its resource is empty. Done when it has been tried once.
    let notifyAsync (world: World) name url fullness : Task<Result<SimulatedNotification, PlatformError>> =
        backgroundTask {
            match find name with
            | Error error -> return Error error
            | Ok found ->
                let sent =
                    match found with
                    | ValueSome case -> news case.Kind case.EventType (resource world fullness case)
                    | ValueNone -> news ValueNone name (JsonObject())

                let! notification = world.NotifyAsync(url, sent)
                return Ok notification
        }
