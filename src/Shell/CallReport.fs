namespace WeChatPay.Shell

open System
open WeChatPay.Functional

/// How a call ended, for logs and counts: the endpoint, never a number of it, a key or a body.
[<NoComparison; ReferenceEquality>]
type CallReport =
    {
        /// The HTTP method.
        Method: string
        /// The path with its placeholders, such as `/v3/refund/domestic/refunds/{out_refund_no}`.
        PathTemplate: string
        /// The HTTP status of the last answer; 0 where none came.
        StatusCode: int
        /// Empty for data, `cancelled`, or the error's code (`ApiError.code`).
        Code: string
        /// The platform's own code where it refused, such as `PARAM_ERROR`; otherwise empty.
        PlatformCode: string
        /// The platform's number for the last answer; its support asks for it. Empty where none came.
        RequestId: string
        /// How often the request was sent.
        Attempts: int
        /// From the call to its end, waits between attempts and for keys included.
        Duration: TimeSpan
    }

    /// The endpoint, the status and the code.
    override report.ToString() =
        "CallReport("
        + report.Method
        + " "
        + report.PathTemplate
        + ", "
        + report.StatusCode.ToString Globalization.CultureInfo.InvariantCulture
        + (if report.Code = "" then "" else ", " + report.Code)
        + ")"
