namespace WeChatPay.Shell

open System
open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional

/// The platform's certificates, asked for by whoever may have no key of the platform yet.
[<RequireQualifiedAccess>]
module PlatformCertificates =
    /// Downloads the platform's certificates with the answer's body; needs no platform key: what opens under the APIv3 key and is signed by one of the certificates inside is proven.
    let internal fetch
        (cancellationToken: CancellationToken)
        (client: Client)
        (apiV3Key: ApiV3Key)
        (roots: CertificateRoots)
        : Task<Result<struct (PlatformCertificate list * ReadOnlyMemory<byte>), ApiError>> =
        // Once: what is due, and when, `Refresh` decides.
        Client.askOnce
            cancellationToken
            client
            (Certificates.operationFor client.Keys.Policy.Suite)
            (fun (struct (message, answer)) ->
                Certificates.read apiV3Key roots client.Keys.Policy (client.Clock.GetUtcNow()) answer
                |> Result.map (fun certificates -> struct (certificates, answer.Delivery.Body))
                |> Result.mapError (Response.explainSignature message))

    /// Downloads the platform's certificates; needs no platform key: what opens under the APIv3 key and is signed by one of the certificates inside is proven.
    let download
        (cancellationToken: CancellationToken)
        (client: Client)
        (apiV3Key: ApiV3Key)
        : Task<Result<PlatformCertificate list, ApiError>> =
        backgroundTask {
            let! fetched = fetch cancellationToken client apiV3Key CertificateRoots.none

            return fetched |> Result.map (fun (struct (certificates, _)) -> certificates)
        }
