namespace WeChatPay.Shell

/// Counts what is not trusted or cannot be read: `wechatpay.verify.failures` of the meter `WeChatPay`.
[<RequireQualifiedAccess>]
module VerifyFailures =
    let private counter =
        Telemetry.meter.CreateCounter<int64>(
            "wechatpay.verify.failures",
            "{failure}",
            "Notifications and answers that were not trusted or could not be read, by source (notification, answer) and code; signature_probe is the platform's own test."
        )

    let private count (source: string) (code: string) =
        counter.Add(1L, Telemetry.tag "source" source, Telemetry.tag "code" code)

    /// A notification that was refused, by its code (`VerifyError.code`, `RecipientError.code`).
    let notification code = count "notification" code

    /// An answer to a call, by its code (`VerifyError.code`).
    let answer code = count "answer" code
