namespace WeChatPay.Shell

open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional

/// What has become of a call whose outcome is not known.
[<RequireQualifiedAccess>]
module Settling =
    /// Asks by the query that the description names: its answer, such as a `Transaction`; nothing where the platform, signed, knows nothing of the number, or where no query settles the call.
    /// Nothing of the number a moment after a lost answer may change yet: ask again before using another one.
    let askCancellable
        (cancellationToken: CancellationToken)
        (client: Client)
        (operation: Operation<'Answer>)
        : Task<Result<obj voption, ApiError>> =
        backgroundTask {
            match operation.SettlingQuery with
            | null -> return Ok ValueNone
            | query ->
                match! Client.sendCancellable cancellationToken client query with
                | Ok found -> return Ok(ValueSome found)
                | Error error when Attempts.isAbsence error -> return Ok ValueNone
                | Error error -> return Error error
        }

    /// The same, not to be given up.
    let ask (client: Client) (operation: Operation<'Answer>) =
        askCancellable CancellationToken.None client operation
