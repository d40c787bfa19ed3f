namespace WeChatPay.Functional

open System

/// A day as bills count it: the platform's, from midnight to midnight, +08:00.
[<RequireQualifiedAccess>]
module BillDay =
    let internal zone = TimeSpan.FromHours 8.0

    /// A moment of the day, or as near to it as there are moments.
    let private momentOf (day: DateOnly) (sinceMidnight: TimeSpan) =
        let ticks =
            int64 day.DayNumber * TimeSpan.TicksPerDay + sinceMidnight.Ticks - zone.Ticks

        let latest = DateTime.MaxValue.Ticks - zone.Ticks
        DateTimeOffset(Math.Clamp(ticks, 0L, latest), TimeSpan.Zero).ToOffset zone

    /// The day that a moment is in.
    let ofTime (moment: DateTimeOffset) : DateOnly =
        let ticks = Math.Clamp(moment.UtcTicks + zone.Ticks, 0L, DateTime.MaxValue.Ticks)

        DateOnly.FromDayNumber(int (ticks / TimeSpan.TicksPerDay))

    /// When the day is over.
    let endOf (day: DateOnly) : DateTimeOffset = momentOf day (TimeSpan.FromDays 1.0)

    /// From when on the day's bills are there: 10:00 of the next one.
    let readyFrom (day: DateOnly) : DateTimeOffset = momentOf day (TimeSpan.FromHours 34.0)

/// Why there is no bill, where nothing is wrong.
[<RequireQualifiedAccess>]
type BillAbsence =
    /// The day is not over, or the platform has not made the bill: ask again from then on; where that is past already, in a while.
    | NotYet of ReadyFrom: DateTimeOffset
    /// Nothing happened on that day that the bill would list.
    | NoTransactions of Day: DateOnly

/// What no bill means.
[<RequireQualifiedAccess>]
module BillAbsence =
    /// Of a day that is not over there is no bill, and nothing to ask for.
    let ofDay (now: DateTimeOffset) (day: DateOnly) : BillAbsence voption =
        if now < BillDay.endOf day then
            ValueSome(BillAbsence.NotYet(BillDay.readyFrom day))
        else
            ValueNone

    /// That there is nothing counts from when bills are ready; before that it may be there later.
    let ofNothing (now: DateTimeOffset) (day: DateOnly) : BillAbsence =
        if now < BillDay.readyFrom day then
            BillAbsence.NotYet(BillDay.readyFrom day)
        else
            BillAbsence.NoTransactions day

    /// What a refusal says of the bill: none of a refusal for other reasons, nor of one that is not proven to be the platform's.
    let ofRefusal (now: DateTimeOffset) (day: DateOnly) (refusal: Refusal) : BillAbsence voption =
        match refusal.Code with
        | "NO_STATEMENT_EXIST" when refusal.IsSigned -> ValueSome(ofNothing now day)
        | "STATEMENT_CREATING" when refusal.IsSigned -> ValueSome(BillAbsence.NotYet(BillDay.readyFrom day))
        | _ -> ValueNone
