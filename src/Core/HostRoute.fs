namespace WeChatPay.Functional

open System

/// Which of several hosts calls go to: 0 is the main one, the others are for when it cannot be reached.
[<NoComparison>]
type HostRoute =
    {
        /// The host that calls go to.
        Current: int
        /// When the main host is tried again.
        MainAgainAt: DateTimeOffset
    }

/// Sticky and recovering: a host that fails is left, the main one is tried again now and then.
[<RequireQualifiedAccess>]
module HostRoute =
    /// How long the main host is left alone.
    let rest = TimeSpan.FromMinutes 5L

    /// To the main host.
    let main: HostRoute =
        {
            Current = 0
            MainAgainAt = DateTimeOffset.MinValue
        }

    let private later (now: DateTimeOffset) =
        if DateTimeOffset.MaxValue - now > rest then
            now + rest
        else
            DateTimeOffset.MaxValue

    /// The host of a call, and the route from then on. When the main host has rested, one call that may be repeated tries it.
    let choose (now: DateTimeOffset) isRepeatable (route: HostRoute) : struct (int * HostRoute) =
        if route.Current <> 0 && isRepeatable && now.CompareTo route.MainAgainAt >= 0 then
            struct (0, { route with MainAgainAt = later now })
        else
            struct (route.Current, route)

    /// A host could not be reached, or gave no answer: the next of them, unless calls have left it already.
    let failed (now: DateTimeOffset) hosts host (route: HostRoute) : HostRoute =
        if host = route.Current && hosts > 1 then
            {
                Current = (host + 1) % hosts
                MainAgainAt = later now
            }
        else
            route

    /// A host gave an answer that is proven: the main one is back.
    let answered host (route: HostRoute) : HostRoute =
        if host = 0 && route.Current <> 0 then main else route
