namespace WeChatPay.Shell

open System
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
    let source = new ActivitySource(Telemetry.Name)

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
        Telemetry.meter.CreateHistogram<float>(
            "wechatpay.client.call.duration",
            "s",
            "Calls from their beginning to their end, attempts and waits included, by endpoint, status and error.",
            [],
            bounds
        )

    let repeats =
        Telemetry.meter.CreateCounter<int64>(
            "wechatpay.client.call.repeats",
            "{request}",
            "Requests that were sent once more, by endpoint."
        )

/// One call, watched from its beginning to its end. What it tells is the endpoint, never a number that stands in the address.
[<Sealed>]
type internal CallWatch(method: string, template: string, clock: TimeProvider) =
    let began = clock.GetTimestamp()
    let mutable attempts = 0
    let mutable status = 0
    let mutable requestId = ""
    let name () = method + " " + template

    let start kind : Activity | null =
        // Nobody listens: nothing is made.
        if CallInstruments.source.HasListeners() then
            match CallInstruments.source.StartActivity(name (), kind) with
            | null -> null
            | span -> span.SetTag("http.request.method", method).SetTag("url.template", template)
        else
            null

    /// Only what looks like a code of the platform's: whoever stands in between may write anything.
    let printable (text: string) =
        let isLetter letter =
            Char.IsAsciiLetterUpper letter || Char.IsAsciiDigit letter || letter = '_'

        if text.Length <= 64 && String.forall isLetter text then
            text
        else
            ""

    let platformCodeOf (error: ApiError) =
        match error with
        | ApiError.Refused refusal
        | ApiError.NoPlatformCertificates refusal -> printable refusal.Code
        | ApiError.InvalidRequest _
        | ApiError.Unreachable _
        | ApiError.AnswerTooLarge _
        | ApiError.UntrustedAnswer _
        | ApiError.MalformedAnswer _
        | ApiError.AnswerMismatch _
        | ApiError.ForeignCertificate _
        | ApiError.HashMismatch _ -> ""

    /// The endpoint: `POST /v3/…`, with the placeholders of its path.
    member _.Name = name ()

    /// The span of the call; null where nobody listens.
    member _.StartCall(merchantId: string) : Activity | null =
        match start ActivityKind.Internal with
        | null -> null
        | span -> span.SetTag("wechatpay.merchant_id", merchantId)

    /// The span of one request of it over HTTP; null where nobody listens.
    member _.StartRequest(address: Uri) : Activity | null =
        attempts <- attempts + 1
        status <- 0

        match start ActivityKind.Client with
        | null -> null
        | span ->
            if attempts > 1 then
                span.SetTag("http.request.resend_count", attempts - 1) |> ignore

            span.SetTag("server.address", address.Host).SetTag("server.port", address.Port)

    /// Notes what came.
    member _.Answered(response: HttpResponseMessage) =
        status <- int response.StatusCode
        let text = ResponseHeaders.requestId response
        requestId <- text.Substring(0, min 128 text.Length)

    /// How it ended; without a result it was cancelled.
    member _.Report(result: Result<'Value, ApiError> voption) : CallReport =
        let struct (code, platformCode) =
            match result with
            | ValueNone -> struct ("cancelled", "")
            | ValueSome(Ok _) -> struct ("", "")
            | ValueSome(Error error) -> struct (ApiError.code error, platformCodeOf error)

        {
            Method = method
            PathTemplate = template
            StatusCode = status
            Code = code
            PlatformCode = platformCode
            RequestId = requestId
            Attempts = attempts
            Duration = clock.GetElapsedTime began
        }

/// Watches calls.
[<RequireQualifiedAccess>]
module internal Watched =
    let private count (report: CallReport) =
        if CallInstruments.duration.Enabled then
            let mutable tags = TagList()
            tags.Add(Telemetry.tag "http.request.method" report.Method)
            tags.Add(Telemetry.tag "url.template" report.PathTemplate)

            if report.StatusCode > 0 then
                tags.Add(Telemetry.tag "http.response.status_code" report.StatusCode)

            if report.Code <> "" then
                tags.Add(Telemetry.tag "error.type" report.Code)

            CallInstruments.duration.Record(report.Duration.TotalSeconds, &tags)

        if report.Attempts > 1 then
            CallInstruments.repeats.Add(
                int64 (report.Attempts - 1),
                Telemetry.tag "http.request.method" report.Method,
                Telemetry.tag "url.template" report.PathTemplate
            )

    let private complete (span: Activity) (report: CallReport) =
        if report.StatusCode > 0 then
            span.SetTag("http.response.status_code", report.StatusCode) |> ignore

        if report.RequestId <> "" then
            span.SetTag("wechatpay.request_id", report.RequestId) |> ignore

        if report.PlatformCode <> "" then
            span.SetTag("wechatpay.error_code", report.PlatformCode) |> ignore

        if report.Code <> "" then
            span.SetTag("error.type", report.Code).SetStatus(ActivityStatusCode.Error, report.Code)
            |> ignore

    /// The call's span around the work, and a report at the end, however it ends.
    let call
        (clock: TimeProvider)
        (merchantId: string)
        (tell: CallReport -> unit)
        (operation: Operation<'Answer>)
        (work: CallWatch -> Task<Result<'Value, ApiError>>)
        : Task<Result<'Value, ApiError>> =
        backgroundTask {
            let watch = CallWatch(operation.Method, operation.PathTemplate, clock)
            use span = watch.StartCall merchantId
            let mutable ended = ValueNone

            try
                let! result = work watch
                ended <- ValueSome result
                return result
            finally
                let report = watch.Report ended
                count report

                match span with
                | null -> ()
                | span -> complete span report

                tell report
        }

    let private finish (span: Activity) (response: HttpResponseMessage) =
        let status = int response.StatusCode
        span.SetTag("http.response.status_code", status) |> ignore

        if status >= 400 then
            span.SetTag("error.type", status.ToString CultureInfo.InvariantCulture).SetStatus(ActivityStatusCode.Error)
            |> ignore

    let private fail (span: Activity) (failure: exn) =
        span.SetTag("error.type", failure.GetType().FullName).SetStatus(ActivityStatusCode.Error)
        |> ignore

    /// The span of one request around it, as OpenTelemetry describes those of HTTP clients, but for the address: the endpoint stands for it.
    let request
        (watch: CallWatch)
        (address: Uri)
        (send: unit -> Task<HttpResponseMessage>)
        : Task<HttpResponseMessage> =
        backgroundTask {
            use span = watch.StartRequest address

            try
                let! response = send ()
                watch.Answered response

                match span with
                | null -> ()
                | span -> finish span response

                return response
            with failure ->
                match span with
                | null -> ()
                | span -> fail span failure

                ExceptionDispatchInfo.Throw failure
                return Unchecked.defaultof<HttpResponseMessage>
        }
