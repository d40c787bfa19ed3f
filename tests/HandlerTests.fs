/// Handlers by event type, by case, by choice: which one runs, and what nobody handles.
module WeChatPay.Tests.HandlerTests

open System
open System.Collections.Concurrent
open System.Net
open System.Threading.Tasks
open Expecto
open Microsoft.AspNetCore.Builder
open Microsoft.AspNetCore.Server.Kestrel.Core
open Microsoft.Extensions.DependencyInjection
open WeChatPay
open WeChatPay.Functional
open WeChatPay.Tests.Platform
open WeChatPay.Tests.ReceivingShop
open WeChatPay.Tests.Receivers

let private nothing =
    { new IServiceProvider with
        member _.GetService _ = null
    }

let private refunded =
    """{"mchid":"1900000001","out_trade_no":"order-1","transaction_id":"4200001","out_refund_no":"back-1","refund_id":"50","refund_status":"SUCCESS","amount":{"refund":1,"total":1}}"""

let private contextOf eventType resource =
    NotificationContext(force (decode (notify eventType resource)), "tea", nothing)

let private payment = contextOf "TRANSACTION.SUCCESS" paid
let private refund = contextOf "REFUND.SUCCESS" refunded
let private foreign = contextOf "SOMETHING.NEW" "{}"

/// What ran, given handlers that write their names.
let private runs (configure: (string -> Task) -> NotificationHandlers -> unit) context =
    task {
        let seen = ConcurrentQueue<string>()

        let write name =
            seen.Enqueue name
            Task.CompletedTask

        let handlers = NotificationHandlers.Create(fun on -> configure write on)

        try
            do! handlers.HandleAsync(context, Threading.CancellationToken.None)
        with :? NotificationNotHandledException as failure ->
            seen.Enqueue("not handled: " + failure.Message)

        return List.ofSeq seen
    }

let private everything write (on: NotificationHandlers) =
    on
        .Otherwise(fun _ _ -> write "otherwise")
        .Choose(
            (fun event ->
                match event with
                | WeChatPayEvent.RefundSucceeded refund -> refund
                | _ -> null),
            fun refund _ _ -> write ("chosen " + refund.OutRefundNo)
        )
        .OnPayment(fun fen _ -> write ("case " + string fen))
        .EventType("SOMETHING.NEW", (fun _ _ -> write "text"))
    |> ignore

let private order =
    testList
        "order"
        [
            testCaseTask "text first, then the case, then a choice, then whatever is left; one runs" (fun () ->
                task {
                    let! seen = runs everything payment
                    Expect.equal seen [ "case 1" ] "case"
                    let! seen = runs everything refund
                    Expect.equal seen [ "chosen back-1" ] "choice"
                    let! seen = runs everything foreign
                    Expect.equal seen [ "text" ] "text"
                    let! seen = runs everything (contextOf "ANOTHER.NEW" "{}")
                    Expect.equal seen [ "otherwise" ] "left"

                    let byText write (on: NotificationHandlers) =
                        everything write on
                        on.EventType("TRANSACTION.SUCCESS", (fun _ _ -> write "text")) |> ignore

                    let! seen = runs byText payment
                    Expect.equal seen [ "text" ] "before the case"

                    let byCase write (on: NotificationHandlers) =
                        everything write on
                        on.OnRefund(fun number -> write ("case " + number)) |> ignore

                    let! seen = runs byCase refund
                    Expect.equal seen [ "case back-1" ] "before the choice"
                })

            testCaseTask "what has no case is a case too, and a payment that proves nothing is no payment" (fun () ->
                task {
                    let unproven = contextOf "TRANSACTION.SUCCESS" (paid.Replace("SUCCESS", "NOTPAY"))

                    let configure write (on: NotificationHandlers) =
                        on.OnPayment(fun _ _ -> write "paid").OnUnrecognized(fun _ -> write "unrecognized")
                        |> ignore

                    let! seen = runs configure unproven
                    Expect.equal seen [ "unrecognized" ] "not paid"
                    let! seen = runs configure payment
                    Expect.equal seen [ "paid" ] "paid"
                })

            testCaseTask "the first who chooses takes it" (fun () ->
                task {
                    let choose name write (on: NotificationHandlers) =
                        on.Choose((fun (event: WeChatPayEvent) -> event), (fun _ _ _ -> write name))
                        |> ignore

                    let both write on =
                        choose "first" write on
                        choose "second" write on

                    let! seen = runs both payment
                    Expect.equal seen [ "first" ] "one"
                })

            testCaseTask "nobody's event is an error that names its type, not silence" (fun () ->
                task {
                    let configure write (on: NotificationHandlers) =
                        on.OnPayment(fun _ _ -> write "paid") |> ignore

                    let! seen = runs configure refund
                    Expect.hasLength seen 1 "one"
                    Expect.stringContains (List.head seen) "not handled: No handler is for REFUND.SUCCESS" "named"
                    let! seen = runs (fun _ _ -> ()) payment
                    Expect.hasLength seen 1 "no handler at all"
                })
        ]

let private complaint (configure: NotificationHandlers -> NotificationHandlers) =
    try
        NotificationHandlers.Create(fun on -> configure on |> ignore) |> ignore
        ""
    with :? ArgumentException as failure ->
        failure.Message

let private done' _ = Task.CompletedTask

let private twice =
    test "two handlers for one thing are refused where they are made" {
        for words, configure in
            [
                "", (fun (on: NotificationHandlers) -> on.OnPayment(fun _ _ -> Task.CompletedTask).OnRefund done')
                "the case PaymentSucceeded",
                (fun on -> on.OnPayment(fun _ _ -> Task.CompletedTask).OnPayment(fun _ _ -> Task.CompletedTask))
                "the event type A.B",
                (fun on -> on.EventType("A.B", (fun _ _ -> done' 1)).EventType("A.B", (fun _ _ -> done' 1)))
                "whatever is left", (fun on -> on.Otherwise(fun _ _ -> done' 1).Otherwise(fun _ _ -> done' 1))
                "is every case", _.OnEveryCase()
            ] do
            let found = complaint configure

            if words = "" then
                Expect.equal found "" "two cases"
            else
                Expect.stringContains found words words

        let mutable kept = Unchecked.defaultof<NotificationHandlers>
        NotificationHandlers.Create(fun on -> kept <- on) |> ignore

        Expect.throwsT<InvalidOperationException>
            (fun () -> kept.Otherwise(fun _ _ -> done' 1) |> ignore)
            "not while notifications come"
    }

let private http1 = HttpProtocols.Http1

let private endpoint =
    testList
        "endpoint"
        [
            testCaseTask "the documentation's handlers: the payment is settled, the rest is taken" (fun () ->
                task {
                    use! receiver = openKestrel http1 ignore Program.MapHandlers "/wechatpay/notify"
                    let! answer = post HttpVersion.Version11 receiver.Url sized changed
                    Expect.equal answer (refused 401 "signature_mismatch") "changed"
                    let! answer = post HttpVersion.Version11 receiver.Url sized ReceivingShop.payment
                    Expect.equal answer (204, "") "taken"
                    Expect.isTrue (receiver.Orders.IsPaid "order-1") "settled"

                    let! answer =
                        post HttpVersion.Version11 receiver.Url sized (notify "SOMETHING.NEW" "{}")

                    Expect.equal answer (204, "") "nobody's business"
                })

            testCaseTask
                "what nobody handles is answered 500, so that it comes again until somebody does, and logged"
                (fun () ->
                    task {
                        let map (app: WebApplication) =
                            app.MapWeChatPayNotifications(
                                "/notify",
                                Action<NotificationHandlers>(fun on ->
                                    on.OnPayment(fun _ _ -> Task.CompletedTask) |> ignore)
                            )
                            |> ignore

                        use! receiver = openKestrel http1 ignore map "/notify"

                        let! answer =
                            post HttpVersion.Version11 receiver.Url sized (notify "REFUND.SUCCESS" refunded)

                        Expect.equal answer (refused 500 "not_handled") "comes again"

                        Expect.stringContains
                            receiver.Log.Text
                            "Error WeChatPay.Notifications: Nobody handles notification EV-1 (REFUND.SUCCESS)"
                            "logged"

                        let! answer = post HttpVersion.Version11 receiver.Url sized ReceivingShop.payment
                        Expect.equal answer (204, "") "handled"
                    })

            testCaseTask "two handlers for one case stop the mapping" (fun () ->
                task {
                    let map (app: WebApplication) =
                        Expect.throwsT<ArgumentException>
                            (fun () ->
                                app.MapWeChatPayNotifications(
                                    "/notify",
                                    Action<NotificationHandlers>(fun on ->
                                        on.OnRefund(done').OnRefund(done') |> ignore)
                                )
                                |> ignore)
                            "refused"

                    use! _receiver = openKestrel http1 ignore map "/notify"
                    ()
                })
        ]

// The code of docs/receiving.md, as it stands there: a test compares the two.
let handlers (markPaid: string -> int64 -> Task) =
    NotificationHandlers.Create(fun on ->
        on
            .Choose(
                (function
                | WeChatPayEvent.PaymentSucceeded paid -> paid
                | _ -> null),
                fun paid _ _ -> markPaid paid.OutTradeNo paid.Amount.Total
            )
            .Otherwise(fun _ _ -> Task.CompletedTask)
        |> ignore)

let private fsharp =
    testCaseTask "F#: handlers are one handler, for an endpoint as for whatever else takes one" (fun () ->
        task {
            let seen = ConcurrentQueue<string>()

            let handler =
                handlers (fun number fen ->
                    seen.Enqueue(number + ": " + string fen)
                    Task.CompletedTask)

            let map (app: WebApplication) =
                app.MapWeChatPayNotifications("/notify", handler) |> ignore

            use! receiver = openKestrel http1 ignore map "/notify"
            let! answer = post HttpVersion.Version11 receiver.Url sized ReceivingShop.payment
            Expect.equal answer (204, "") "taken"
            let asInterface = handler :> IWeChatPayNotificationHandler
            do! asInterface.HandleAsync(payment, Threading.CancellationToken.None)
            do! asInterface.HandleAsync(foreign, Threading.CancellationToken.None)
            Expect.equal (List.ofSeq seen) [ "order-1: 1"; "order-1: 1" ] "both"
        })

[<Tests>]
let tests = testList "handlers" [ order; twice; endpoint; fsharp ]
