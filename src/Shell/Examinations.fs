namespace WeChatPay.Shell

open System
open System.Net.Http
open System.Net.Sockets
open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional

/// What `Doctor` looks at on the wire: hosts that are knocked at, and questions whose answers are kept as they came. Nothing of them is trusted here.
[<RequireQualifiedAccess>]
module Examinations =
    let private now (clock: TimeProvider) = clock.GetUtcNow()

    let private failureOf (failure: exn) =
        match failure with
        | :? HttpRequestException as http ->
            match http.HttpRequestError with
            | HttpRequestError.NameResolutionError -> HostFailure.Name
            | HttpRequestError.ConnectionError -> HostFailure.Connection
            | HttpRequestError.SecureConnectionError -> HostFailure.Tls
            | HttpRequestError.ProxyTunnelError -> HostFailure.Proxy
            | _ -> HostFailure.Broken
        | :? SocketException -> HostFailure.Connection
        | :? OperationCanceledException -> HostFailure.Silence
        | _ -> HostFailure.Broken

    let private headOf (http: HttpClient) (address: Uri) (clock: TimeProvider) (patience: Patience) =
        backgroundTask {
            use request = new HttpRequestMessage(HttpMethod.Get, address)
            let sent = now clock

            use! response =
                http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token)

            // The answer was written between the two.
            let middle = sent + (now clock - sent) / 2.0
            return struct (response.Headers.Date, middle)
        }

    /// Knocks at a host, unsigned, by the way that calls take; any answer will do.
    let knock
        (cancellationToken: CancellationToken)
        (http: HttpClient)
        (clock: TimeProvider)
        (usage: HostUse)
        (address: Uri)
        : Task<KnockedHost> =
        backgroundTask {
            match! Wire.patiently http.Timeout cancellationToken (headOf http address clock) with
            | Ok(struct (date, middle)) -> return KnockedHost(usage, address.Authority, Nullable(), date, middle)
            | Error failure ->
                return KnockedHost(usage, address.Authority, Nullable(failureOf failure), Nullable(), now clock)
        }

    /// Signs and sends once, to the main host; the answer as it came. The key of the platform that is to sign it may be named.
    let ask
        (cancellationToken: CancellationToken)
        (client: Client)
        (serial: string)
        (operation: Operation<'Answer>)
        : Task<AskedQuestion> =
        backgroundTask {
            let client =
                { client with
                    PlatformSerial = serial
                    Resilience = Resilience.Off client.Clock
                }

            match! Client.askOnce cancellationToken client operation Ok with
            | Error error -> return AskedQuestion(serial, [||], Error error, now client.Clock)
            | Ok(struct (message, answer)) -> return AskedQuestion(serial, message, Ok answer, now client.Clock)
        }
