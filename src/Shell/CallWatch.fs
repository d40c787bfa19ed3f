namespace WeChatPay.Shell

open System
open System.Collections.Generic
open System.Diagnostics
open System.Diagnostics.Metrics
open System.Globalization
open System.Net.Http
open System.Runtime.ExceptionServices
open System.Threading.Tasks
open WeChatPay.Functional

/// Where calls are seen: the activity source and the meter `WeChatPay`.
[<RequireQualifiedAccess>]
module internal CallInstruments =
    let source = new ActivitySource "WeChatPay"

    let private meter = new Meter "WeChatPay"

    // The bounds that OpenTelemetry advises for the durations of HTTP calls.
    let private bounds =
        InstrumentAdvice<float>(
            HistogramBucketBoundaries =
                [|
                    0.005
                    0.01
                    0.025
                    0.05
                    0.075
                    0.1
                    0.25
                    0.5
                    0.75
                    1.0
                    2.5
                    5.0
                    7.5
                    10.0
                |]
        )

    let duration =
        meter.CreateHistogram<float>(
            "wechatpay.client.call.duration",
            "s",
            "Calls from their beginning to their end, attempts and waits included, by endpoint, status and error.",
            [],
            bounds
        )

    let repeats =
        meter.CreateCounter<int64>(
            "wechatpay.client.call.repeats",
            "{request}",
            "Requests that were sent once more, by endpoint."
        )

/// One call, watched from its beginning to its end. What it tells is the endpoint, never a number that stands in the address.
[<Sealed>]
type internal CallWatch(name: string, method: string, template: string, clock: TimeProvider) =
    let began = clock.GetTimestamp()
    let mutable code = "cancelled"
    let mutable platformCode = ""

    let tag name (value: obj) =
        KeyValuePair<string, obj | null>(name, value)

    let start kind =
        // Nobody listens: nothing is made.
        if CallInstruments.source.HasListeners() then
            CallInstruments.source.StartActivity(name, kind)
        else
            null

    /// How often a request was sent.
    member val Attempts = 0 with get, set

    /// The status of the last answer; 0 where none came.
    member val StatusCode = 0 with get, set

    /// The platform's number for the last answer.
    member val RequestId = "" with get, set

    /// The span of the call; null where nobody listens.
    member _.StartCall(merchantId: string) : Activity | null =
        match start ActivityKind.Internal with
        | null -> null
        | span ->
            span
                .SetTag("http.request.method", method)
                .SetTag("url.template", template)
                .SetTag("wechatpay.merchant_id", merchantId)

    /// The span of one request of it over HTTP; null where nobody listens.
    member watch.StartRequest(address: Uri) : Activity | null =
        watch.Attempts <- watch.Attempts + 1
        watch.StatusCode <- 0

        match start ActivityKind.Client with
        | null -> null
        | span ->
            if watch.Attempts > 1 then
                span.SetTag("http.request.resend_count", watch.Attempts - 1) |> ignore

            span
                .SetTag("http.request.method", method)
                .SetTag("url.template", template)
                .SetTag("server.address", address.Host)
                .SetTag("server.port", address.Port)

    /// Notes how the call ended.
    member _.End(error: ApiError) =
        code <- ApiError.code error

        platformCode <-
            match error with
            | ApiError.Refused refusal
            | ApiError.NoPlatformCertificates refusal -> CallWatch.Printable refusal.Code
            | ApiError.InvalidRequest _
            | ApiError.Unreachable _
            | ApiError.AnswerTooLarge _
            | ApiError.UntrustedAnswer _
            | ApiError.MalformedAnswer _
            | ApiError.AnswerMismatch _
            | ApiError.ForeignCertificate _
            | ApiError.HashMismatch _ -> ""

    /// Notes that the call brought data.
    member _.End() = code <- ""

    /// Only what looks like a code of the platform's: whoever stands in between may write anything.
    static member private Printable(text: string) =
        if
            text.Length <= 64
            && text
               |> String.forall (fun letter ->
                   Char.IsAsciiLetterUpper letter || Char.IsAsciiDigit letter || letter = '_')
        then
            text
        else
            ""

    /// How it ended.
    member watch.Report: CallReport =
        {
            Method = method
            PathTemplate = template
            StatusCode = watch.StatusCode
            Code = code
            PlatformCode = platformCode
            RequestId = watch.RequestId
            Attempts = watch.Attempts
            Duration = clock.GetElapsedTime began
        }

    /// Counts it, and completes its span.
    member watch.Conclude(span: Activity | null, report: CallReport) =
        if CallInstruments.duration.Enabled then
            let mutable tags = TagList()
            tags.Add(tag "http.request.method" method)
            tags.Add(tag "url.template" template)

            if report.StatusCode > 0 then
                tags.Add(tag "http.response.status_code" report.StatusCode)

            if code <> "" then
                tags.Add(tag "error.type" code)

            CallInstruments.duration.Record(report.Duration.TotalSeconds, &tags)

        if report.Attempts > 1 then
            CallInstruments.repeats.Add(
                int64 (report.Attempts - 1),
                tag "http.request.method" method,
                tag "url.template" template
            )

        match span with
        | null -> ()
        | span ->
            if report.StatusCode > 0 then
                span.SetTag("http.response.status_code", report.StatusCode) |> ignore

            if report.RequestId <> "" then
                span.SetTag("wechatpay.request_id", report.RequestId) |> ignore

            if platformCode <> "" then
                span.SetTag("wechatpay.error_code", platformCode) |> ignore

            if code <> "" then
                span.SetTag("error.type", code).SetStatus(ActivityStatusCode.Error, code)
                |> ignore

/// Watches calls.
[<RequireQualifiedAccess>]
module internal Watched =
    /// The call's span around the work, and a report at the end, however it ends.
    let call
        (clock: TimeProvider)
        (merchantId: string)
        (report: CallReport -> unit)
        (operation: Operation<'Answer>)
        (work: CallWatch -> Task<Result<'Value, ApiError>>)
        : Task<Result<'Value, ApiError>> =
        backgroundTask {
            let watch =
                CallWatch(operation.ToString(), operation.Method, operation.PathTemplate, clock)

            use span = watch.StartCall merchantId

            try
                let! result = work watch

                match result with
                | Ok _ -> watch.End()
                | Error error -> watch.End error

                return result
            finally
                let ended = watch.Report
                watch.Conclude(span, ended)
                report ended
        }

    let private finish (span: Activity) (response: HttpResponseMessage) =
        let status = int response.StatusCode
        span.SetTag("http.response.status_code", status) |> ignore

        if status >= 400 then
            span.SetTag("error.type", status.ToString CultureInfo.InvariantCulture).SetStatus(ActivityStatusCode.Error)
            |> ignore

    let private longest = 128

    let private note (watch: CallWatch) (response: HttpResponseMessage) =
        watch.StatusCode <- int response.StatusCode

        watch.RequestId <-
            match response.Headers.TryGetValues "Request-ID" with
            | true, NonNull values ->
                let text = Seq.head values
                text.Substring(0, min longest text.Length)
            | _ -> ""

        response

    /// The span of one request around it, as OpenTelemetry describes those of HTTP clients, but for the address: the endpoint stands for it.
    let request
        (watch: CallWatch)
        (address: Uri)
        (send: unit -> Task<HttpResponseMessage>)
        : Task<HttpResponseMessage> =
        match watch.StartRequest address with
        | null ->
            backgroundTask {
                let! response = send ()
                return note watch response
            }
        | span ->
            backgroundTask {
                use span = span

                try
                    let! response = send ()
                    finish span response
                    return note watch response
                with failure ->
                    span.SetTag("error.type", failure.GetType().FullName).SetStatus(ActivityStatusCode.Error)
                    |> ignore

                    ExceptionDispatchInfo.Throw failure
                    return Unchecked.defaultof<HttpResponseMessage>
            }
