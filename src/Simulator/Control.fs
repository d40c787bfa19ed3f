namespace WeChatPay.Simulator

open System
open System.Globalization
open System.Text.Json.Nodes
open System.Threading.Tasks

/// The simulator's own calls, for whoever plays the payer and the platform's staff. Not signed: they are not the platform's.
[<RequireQualifiedAccess>]
module internal Control =
    let private attempt (tried: DeliveryAttempt) : JsonNode =
        Shapes.object
            [
                "at", Shapes.time tried.At
                "status", Shapes.integer (int64 tried.StatusCode)
                "outcome", Shapes.text tried.Outcome
            ]

    let private notification (sent: SimulatedNotification) =
        Shapes.object
            [
                "id", Shapes.text sent.Id
                "event_type", Shapes.text sent.EventType
                "notify_url", Shapes.text sent.NotifyUrl
                "is_probe", JsonValue.Create sent.IsProbe
                "is_accepted", JsonValue.Create sent.IsAccepted
                "attempts", JsonArray(sent.Attempts |> Seq.map attempt |> Array.ofSeq)
            ]

    let private all (nodes: JsonNode seq) =
        Reply.json 200 (Shapes.object [ "data", JsonArray(Array.ofSeq nodes) ])

    let private orders (world: World) =
        let ledger = world.Ledger

        ledger.Orders.Values
        |> Seq.map (fun order -> Shapes.transaction order (Refunds.isRefunded ledger order) :> JsonNode)
        |> all

    let private outcomeOf (text: string) =
        match text with
        | "success" -> ValueSome RefundOutcome.Success
        | "abnormal" -> ValueSome RefundOutcome.Abnormal
        | "closed" -> ValueSome RefundOutcome.Closed
        | _ -> ValueNone

    /// Flags by name, whatever the case, separated by commas; `none` for nothing.
    let private tryFlags (text: string) =
        let names = text.Replace("-", "").Split ','

        let one (name: string) =
            [
                Misbehaviour.None, "none"
                Misbehaviour.WrongKey, "wrongkey"
                Misbehaviour.Tampered, "tampered"
                Misbehaviour.Unsigned, "unsigned"
                Misbehaviour.Duplicates, "duplicates"
                Misbehaviour.Stale, "stale"
                Misbehaviour.SystemError, "systemerror"
                Misbehaviour.LostAnswer, "lostanswer"
                Misbehaviour.Delayed, "delayed"
                Misbehaviour.Reset, "reset"
                Misbehaviour.HalfAnswer, "halfanswer"
                Misbehaviour.RateLimited, "ratelimited"
                Misbehaviour.BadGateway, "badgateway"
                Misbehaviour.UnsignedRefusal, "unsignedrefusal"
                Misbehaviour.ProxyPage, "proxypage"
                Misbehaviour.Redirect, "redirect"
                Misbehaviour.OldKey, "oldkey"
                Misbehaviour.UnknownSerial, "unknownserial"
                Misbehaviour.Gzip, "gzip"
                Misbehaviour.WrongLength, "wronglength"
                Misbehaviour.OtherAnswer, "otheranswer"
                Misbehaviour.Probe, "probe"
                Misbehaviour.BillWrongHash, "billwronghash"
                Misbehaviour.BillCut, "billcut"
                Misbehaviour.BillExtraColumn, "billextracolumn"
                Misbehaviour.BillLostRow, "billlostrow"
            ]
            |> List.tryFind (fun (_, known) -> known = name.Trim().ToLowerInvariant())

        let found = Array.choose one names

        if found.Length = names.Length then
            ValueSome(Array.fold (fun flags (flag, _) -> flags ||| flag) Misbehaviour.None found)
        else
            ValueNone

    let private unknown (issue: string) =
        Reply.ofError (PlatformError.create 400 "SIMULATOR_USAGE" issue)

    let private notThere = PlatformError.create 404 "SIMULATOR_USAGE"

    let private reply (view: 'Value -> JsonObject) (made: Result<'Value, PlatformError>) =
        match made with
        | Ok value -> Reply.json 200 (view value)
        | Error error -> Reply.ofError error

    let private settle (world: World) number outcome =
        backgroundTask {
            match outcomeOf outcome with
            | ValueNone -> return unknown "The outcome is success, abnormal or closed."
            | ValueSome known ->
                let! settled = world.SettleAsync(number, known)
                return reply Shapes.refund settled
        }

    let private tryCalls (text: string) =
        match Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, calls -> ValueSome calls
        | _ when text = "" -> ValueSome 0
        | _ -> ValueNone

    let private misbehave (world: World) names request =
        match tryFlags names, tryCalls (Request.query "calls" request) with
        | ValueNone, _ ->
            unknown
                "Known: none, wrong-key, tampered, unsigned, duplicates, stale, system-error, lost-answer, delayed, reset, half-answer, rate-limited, bad-gateway, unsigned-refusal, proxy-page, redirect, old-key, unknown-serial, gzip, wrong-length, other-answer, probe; several with commas, for some calls only by ?calls=."
        | _, ValueNone -> unknown "Say with how many calls: /simulator/misbehave/reset?calls=2"
        | ValueSome flags, ValueSome calls ->
            world.SetWrongFor(flags, calls)
            Reply.empty

    let private setFunds (world: World) (text: string) =
        match Int64.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, fen ->
            world.SetFunds fen
            Reply.empty
        | _ -> unknown "The balance is a number of fen."

    let private probe (world: World) request =
        backgroundTask {
            match Request.query "notify_url" request with
            | "" -> return unknown "Say where to: /simulator/probe?notify_url=http://127.0.0.1:5000/notify"
            | url ->
                let! sent = world.ProbeAsync url
                return Reply.json 200 (notification sent)
        }

    let private repeat (world: World) id =
        backgroundTask {
            match! world.Outbox.TryRepeatAsync id with
            | ValueSome sent -> return Reply.json 200 (notification sent)
            | ValueNone -> return Reply.ofError (notThere "No such notification.")
        }

    let private pay (world: World) number =
        backgroundTask {
            let! paid = world.PayAsync number
            return reply notification paid
        }

    let private advance (world: World) number request =
        backgroundTask {
            match Request.query "state" request with
            | "" -> return unknown "Say where to: /simulator/advance/{number}?state=SUCCESS"
            | state ->
                match! PlatformFlows.advanceAsync world number state with
                | Ok sent -> return all (Seq.map (fun one -> notification one :> JsonNode) sent)
                | Error error -> return Reply.ofError error
        }

    let private tryFullness (text: string) =
        match text with
        | ""
        | "usual" -> ValueSome Fullness.Usual
        | "minimal" -> ValueSome Fullness.Minimal
        | "maximal" -> ValueSome Fullness.Maximal
        | _ -> ValueNone

    let private notify (world: World) name request =
        backgroundTask {
            match Request.query "notify_url" request, tryFullness (Request.query "fullness" request) with
            | "", _ -> return unknown "Say where to: /simulator/notify/{case}?notify_url=http://127.0.0.1:5000/notify"
            | _, ValueNone -> return unknown "The fullness is minimal, usual or maximal."
            | url, ValueSome fullness ->
                let! sent = PlatformEvents.notifyAsync world name url fullness
                return reply notification sent
        }

    /// Answers a call below `/simulator`.
    let answer (world: World) (request: Request) : Task<Reply> =
        match request.Method, Request.segments request with
        | "POST", [ _; "pay"; number ] -> pay world number
        | "POST", [ _; "refund"; number; outcome ] -> settle world number outcome
        | "POST", [ _; "advance"; number ] -> advance world number request
        | "POST", [ _; "misbehave"; names ] -> Task.FromResult(misbehave world names request)
        | "POST", [ _; "rotate" ] ->
            world.Rotate()
            Task.FromResult Reply.empty
        | "POST", [ _; "balance"; fen ] -> Task.FromResult(setFunds world fen)
        | "POST", [ _; "notify"; name ] -> notify world name request
        | "POST", [ _; "probe" ] -> probe world request
        | "POST", [ _; "notifications"; id; "repeat" ] -> repeat world id
        | "GET", [ _; "notifications" ] ->
            Task.FromResult(all (Seq.map (fun sent -> notification sent :> JsonNode) world.Outbox.All))
        | "GET", [ _; "orders" ] -> Task.FromResult(orders world)
        | _ ->
            Task.FromResult(
                Reply.ofError (
                    notThere
                        "Known: POST pay/{out_trade_no}, refund/{out_refund_no}/{success|abnormal|closed}, advance/{number}?state=, notify/{case or event type}?notify_url=&fullness={minimal|usual|maximal}, misbehave/{what}, rotate, balance/{fen}, probe?notify_url=, notifications/{id}/repeat; GET notifications, orders."
                )
            )
