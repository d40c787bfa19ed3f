namespace WeChatPay.Functional

open System
open System.Collections.Generic
open WeChatPay

/// What reading a resource gave.
[<NoComparison; ReferenceEquality>]
type internal Recognised =
    {
        /// The case that its evidence proves.
        Case: WeChatPayEvent
        /// The odd fields beside the evidence.
        Odd: IReadOnlyList<DecodeError>
    }

/// What a resource proves, in the words of `EventTable`, which knows the shapes.
[<RequireQualifiedAccess>]
module internal Recognition =
    /// The evidence is there and says what the event says.
    let proven case odd : Result<Recognised, DecodeError> = Ok { Case = case; Odd = odd }

    /// No case is proven, and why.
    let unrecognised reason =
        proven (WeChatPayEvent.Unrecognized reason) [||]

    /// Evidence that says something else than the event type proves nothing.
    let contradicted field =
        unrecognised (field + " says something else than the event type.")

    /// Evidence that is absent proves nothing; of the wrong type it is refused.
    let unread (error: DecodeError | null) =
        match error with
        | null -> unrecognised "The resource could not be read."
        | error when error.Reason = DecodeReason.Missing -> unrecognised (error.ToString() + ".")
        | error -> Error error

    /// Whether a text, which may be absent, is this one.
    let says (expected: string) (text: string | null) =
        String.Equals(text, expected, StringComparison.Ordinal)

    /// The fields that are present are no known shape's.
    let foreign = unrecognised "The resource has the fields of another shape."

    /// Whether the fields that are present are those of a shape: all of `has`, one of `hasAny` where it names any, none of `lacks`.
    let fits (present: uint32) (has: uint32) (hasAny: uint32) (lacks: uint32) =
        present &&& has = has
        && (hasAny = 0u || present &&& hasAny <> 0u)
        && present &&& lacks = 0u
