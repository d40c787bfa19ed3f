namespace WeChatPay.Simulator

open System.Collections.Generic
open System.Threading.Tasks

/// All flows of the platform.
[<RequireQualifiedAccess>]
module internal PlatformFlows =
    let private all =
        [
            TransferFlow.rules
            BatchFlow.rules
            SharingFlow.rules
            PayScoreFlow.rules
            PapayFlow.rules
            AfterSalesFlow.rules
            WithdrawalFlow.rules
            OrderFlow.rules
        ]

    let private settingOf (world: World) =
        {
            Now = world.Now
            MerchantId = world.MerchantId
            NewNumber = world.NewNumber
        }

    let private firstOf (offers: Result<FlowStep, PlatformError> voption list) =
        let made = List.choose ValueOption.toOption offers

        match List.tryFind Result.isOk made with
        | Some step -> ValueSome step
        | None ->
            match made with
            | refusal :: _ -> ValueSome refusal
            | [] -> ValueNone

    /// What a flow makes of a call; nothing where it is none of theirs.
    let answer (world: World) question ledger =
        let setting = settingOf world
        all |> List.map (fun flow -> flow.Answer setting question ledger) |> firstOf

    /// Moves the thing of a number, the merchant's or the platform's, to a state. Done when each notification has been tried once.
    let advanceAsync (world: World) number state : Task<Result<IReadOnlyList<SimulatedNotification>, PlatformError>> =
        backgroundTask {
            let setting = settingOf world

            let moved =
                world.Update(fun ledger ->
                    match
                        all
                        |> List.map (fun flow -> flow.Advance setting number state ledger)
                        |> firstOf
                    with
                    | ValueSome step -> step |> Result.map (fun step -> step.News, step.Ledger)
                    | ValueNone -> Error FlowStep.resourceNotExists)

            match moved with
            | Error error -> return Error error
            | Ok news ->
                let sent = List<SimulatedNotification>()

                for url, one in news do
                    let! notification = world.NotifyAsync(url, one)
                    sent.Add notification

                return Ok(sent :> IReadOnlyList<SimulatedNotification>)
        }
