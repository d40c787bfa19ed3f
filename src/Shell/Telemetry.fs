namespace WeChatPay.Shell

open System.Collections.Generic
open System.Diagnostics.Metrics

/// Under which name calls and notifications are seen.
[<RequireQualifiedAccess>]
module Telemetry =
    /// The name of the activity source and of the meter.
    [<Literal>]
    let Name = "WeChatPay"

    let internal meter = new Meter(Name)

    let internal tag name (value: obj) =
        KeyValuePair<string, obj | null>(name, value)
