namespace WeChatPay.Simulator

open System.Globalization
open System.Text.Json.Nodes
open FsToolkit.ErrorHandling

/// Batches of transfers: what each detail came to makes the batch's sums.
[<RequireQualifiedAccess>]
module internal BatchFlow =
    [<Literal>]
    let private Batch = "batch"

    [<Literal>]
    let private Detail = "batch_detail"

    let private batchMoves =
        [
            "ACCEPTED", [ "PROCESSING"; "FINISHED"; "CLOSED" ]
            "PROCESSING", [ "FINISHED"; "CLOSED" ]
        ]

    let private detailMoves = [ "PROCESSING", [ "SUCCESS"; "FAIL" ] ]

    let private countOf (items: 'Item list) = Shapes.integer (int64 items.Length)

    let private sumOf (items: JsonObject list) =
        items |> List.sumBy (FlowStep.fen "transfer_amount")

    let private detailNumber outBatchNo outDetailNo = outBatchNo + "/" + outDetailNo

    /// Counts and sums must be those of the details, whose numbers differ.
    let private check (body: JsonObject) =
        let details = FlowStep.objects "transfer_detail_list" body
        let numbers = details |> List.map (FlowStep.text "out_detail_no")

        let refuse field (found: int64) issue =
            Error(PlatformError.parameter "body" field (found.ToString CultureInfo.InvariantCulture) issue)

        match FlowStep.fen "total_num" body, FlowStep.fen "total_amount" body with
        // A service provider's call may leave them out.
        | _ when isNull body["transfer_detail_list"] -> Ok []
        | count, _ when count <> int64 details.Length -> refuse "/total_num" count "与转账明细笔数不一致"
        | _, sum when sum <> sumOf details -> refuse "/total_amount" sum "与转账明细金额之和不一致"
        | _ when (List.distinct numbers).Length < numbers.Length ->
            refuse "/transfer_detail_list" (int64 details.Length) "商家明细单号重复"
        | _ -> Ok details

    let private detailsOf (batch: FlowThing) (ledger: Ledger) =
        FlowStep.objects "transfer_detail_list" batch.Asked
        |> List.choose (fun asked ->
            Flow.tryFind Detail (detailNumber batch.Number (FlowStep.text "out_detail_no" asked)) ledger.Flows)

    let private inState state (details: FlowThing list) =
        details |> List.filter (fun detail -> detail.State = state) |> List.map _.Fields

    /// The batch with its sums, as queries and notifications tell of it.
    let private summary (batch: FlowThing) (ledger: Ledger) =
        let details = detailsOf batch ledger
        let succeeded = inState "SUCCESS" details
        let failed = inState "FAIL" details

        Shapes.object
            [
                "success_num", countOf succeeded
                "success_amount", Shapes.integer (sumOf succeeded)
                "fail_num", countOf failed
                "fail_amount", Shapes.integer (sumOf failed)
            ]
        |> Records.over batch.Fields

    let private compact (detail: FlowThing) : JsonNode =
        FlowStep.pick [ "detail_id"; "out_detail_no"; "detail_status" ] detail.Fields

    let private isAsked (question: Question) (detail: FlowThing) =
        match FlowStep.parameter "detail_status" question with
        | ""
        | "ALL" -> true
        | status -> detail.State = status

    /// Whether a service provider made it, for a sub-merchant.
    let private isProvided (thing: FlowThing) =
        thing.MadeBy = "partner_transfer_batches.create_batch"

    /// What a query tells of the batch itself; a service provider's lies open in the answer.
    let private told batch ledger =
        if isProvided batch then
            summary batch ledger
        else
            Shapes.object [ "transfer_batch", summary batch ledger ]

    let private query (question: Question) ledger (batch: FlowThing) =
        let details = detailsOf batch ledger |> List.filter (isAsked question)
        let known = told batch ledger

        known["transfer_detail_list"] <-
            if details.IsEmpty || FlowStep.parameter "need_query_detail" question = "false" then
                null
            else
                JsonArray(details |> List.map compact |> Array.ofList)

        Ok
            { FlowStep.tell ledger batch with
                Known = known
            }

    let private detailOf (setting: FlowSetting) (batch: FlowThing) (asked: JsonObject) =
        let number = setting.NewNumber "1040"

        {
            Family = Detail
            Number = detailNumber batch.Number (FlowStep.text "out_detail_no" asked)
            Others = [ number ]
            State = "PROCESSING"
            MadeBy = batch.MadeBy
            Asked = asked
            Fields =
                FlowStep.pick [ "mchid"; "sp_mchid"; "sub_mchid"; "out_batch_no"; "batch_id"; "appid" ] batch.Fields
                |> Records.over asked
            NotifyUrl = ""
        }
        |> Flow.withFields
            [
                "detail_id", Shapes.text number
                "detail_status", Shapes.text "PROCESSING"
                "username", Shapes.text (FlowStep.text "user_name" asked)
                "initiate_time", Shapes.time setting.Now
                "update_time", Shapes.time setting.Now
            ]

    let private parties (setting: FlowSetting) (question: Question) : (string * (JsonNode | null)) list =
        match FlowStep.text "sub_mchid" question.Body, FlowStep.text "sub_appid" question.Body with
        | "", _ -> [ "mchid", Shapes.text setting.MerchantId ]
        | _, subAppId ->
            [
                "sp_mchid", Shapes.text setting.MerchantId
                "appid",
                Shapes.text (
                    if subAppId = "" then
                        FlowStep.text "sp_appid" question.Body
                    else
                        subAppId
                )
            ]

    let private create (setting: FlowSetting) (question: Question) (ledger: Ledger) =
        FlowStep.create FlowStep.alreadyExists Batch "out_batch_no" question ledger (fun () ->
            result {
                let! asked = check question.Body
                let number = setting.NewNumber "1030"

                let batch =
                    FlowStep.thing
                        Batch
                        "out_batch_no"
                        [ number ]
                        "ACCEPTED"
                        (FlowStep.text "notify_url" question.Body)
                        question
                    |> Flow.withFields
                        [
                            yield! parties setting question
                            "batch_id", Shapes.text number
                            "batch_status", Shapes.text "ACCEPTED"
                            "batch_type", Shapes.text "API"
                            "create_time", Shapes.time setting.Now
                            "update_time", Shapes.time setting.Now
                        ]

                let flows =
                    asked
                    |> List.map (detailOf setting batch)
                    |> List.fold (fun flows detail -> Flow.put detail flows) ledger.Flows

                return FlowStep.keep { ledger with Flows = flows } batch
            })

    let private moveDetail (setting: FlowSetting) target =
        let fields detail : (string * (JsonNode | null)) list =
            [
                "detail_status", Shapes.text target
                "update_time", Shapes.time setting.Now
                if target = "FAIL" then
                    "fail_reason",
                    Shapes.text (
                        if isProvided detail then
                            "ACCOUNT_FROZEN"
                        else
                            "PAYEE_ACCOUNT_ABNORMAL"
                    )
            ]

        FlowStep.moveTo detailMoves target fields (fun _ -> [])

    /// What is still open when the batch ends has succeeded, or failed if it is closed.
    let private endDetails setting target batch ledger =
        detailsOf batch ledger
        |> List.filter (fun detail -> detail.State = "PROCESSING")
        |> List.fold
            (fun ledger detail ->
                moveDetail setting target ledger detail
                |> Result.map _.Ledger
                |> Result.defaultValue ledger)
            ledger

    let private news (batch: FlowThing) ledger =
        {
            Kind = "mch_payment"
            EventType = "MCHTRANSFER.BATCH." + batch.State
            Summary =
                if batch.State = "CLOSED" then
                    "商家转账批次关闭通知"
                else
                    "商家转账批次完成通知"
            Resource =
                summary batch ledger
                |> FlowStep.pick
                    [
                        "mchid"
                        "out_batch_no"
                        "batch_id"
                        "batch_status"
                        "total_amount"
                        "total_num"
                        if batch.State = "CLOSED" then
                            "close_reason"
                        else
                            yield! [ "success_amount"; "success_num"; "fail_amount"; "fail_num" ]
                        "update_time"
                    ]
        }

    let private moveBatch (setting: FlowSetting) target (ledger: Ledger) (batch: FlowThing) =
        let fields _ : (string * (JsonNode | null)) list =
            [
                "batch_status", Shapes.text target
                "update_time", Shapes.time setting.Now
                if target = "CLOSED" then
                    "close_reason", Shapes.text "OVERDUE_CLOSE"
            ]

        let ended =
            match target with
            | "FINISHED" -> endDetails setting "SUCCESS" batch ledger
            | "CLOSED" -> endDetails setting "FAIL" batch ledger
            | _ -> ledger

        let told moved =
            if target = "PROCESSING" then [] else [ news moved ended ]

        FlowStep.moveTo batchMoves target fields told ended batch

    let private answer (setting: FlowSetting) (question: Question) (ledger: Ledger) =
        let number name = FlowStep.parameter name question
        let tell thing = Ok(FlowStep.tell ledger thing)

        match question.Endpoint.Id with
        | "transfer_batches.create_batch"
        | "partner_transfer_batches.create_batch" -> ValueSome(create setting question ledger)
        | "transfer_batches.get_batch_by_batch_id"
        | "partner_transfer_batches.get_batch_by_batch_id" ->
            FlowStep.about Batch (number "batch_id") ledger (query question ledger)
        | "transfer_batches.get_batch_by_out_batch_no"
        | "partner_transfer_batches.get_batch_by_out_batch_no" ->
            FlowStep.about Batch (number "out_batch_no") ledger (query question ledger)
        | "transfer_batches.get_detail_by_detail_id"
        | "partner_transfer_batches.get_detail_by_detail_id" -> FlowStep.about Detail (number "detail_id") ledger tell
        | "transfer_batches.get_detail_by_out_detail_no"
        | "partner_transfer_batches.get_detail_by_out_detail_no" ->
            FlowStep.about Detail (detailNumber (number "out_batch_no") (number "out_detail_no")) ledger tell
        | _ -> ValueNone

    let private advance setting number state (ledger: Ledger) =
        FlowStep.advance number ledger [ Batch, moveBatch setting state; Detail, moveDetail setting state ]

    let rules = { Answer = answer; Advance = advance }
