namespace WeChatPay.Simulator

open System.Text.Json.Nodes

/// What a notification is about.
[<NoComparison; ReferenceEquality>]
type internal News =
    {
        /// The kind of object: `transaction`, `refund`.
        Kind: string
        EventType: string
        Summary: string
        Resource: JsonObject
    }

[<RequireQualifiedAccess>]
module internal News =
    /// An order is paid.
    let paid resource =
        {
            Kind = "transaction"
            EventType = "TRANSACTION.SUCCESS"
            Summary = "支付成功"
            Resource = resource
        }
