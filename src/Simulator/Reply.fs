namespace WeChatPay.Simulator

open System.Text.Json.Nodes

/// What goes back: a status and the bytes, not yet signed.
[<NoComparison; ReferenceEquality>]
type internal Reply =
    {
        Status: int
        Body: byte array
        ContentType: string
        /// Headers beside those of every answer.
        Headers: (string * string) list
        /// Whether the platform signs it.
        IsSigned: bool
    }

[<RequireQualifiedAccess>]
module internal Reply =
    let private json' status body =
        {
            Status = status
            Body = body
            ContentType = "application/json; charset=utf-8"
            Headers = []
            IsSigned = true
        }

    let json status (node: JsonObject) = json' status (Shapes.write node)
    let empty = json' 204 [||]
    let ofError (error: PlatformError) = json error.Status (Shapes.error error)

    /// A file, which the platform does not sign.
    let file headers body =
        {
            Status = 200
            Body = body
            ContentType = "application/octet-stream"
            Headers = headers
            IsSigned = false
        }
