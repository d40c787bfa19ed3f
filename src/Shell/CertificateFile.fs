namespace WeChatPay.Shell

open System
open System.IO
open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional

/// Where the platform's certificates are kept between runs: the body of the platform's answer as it came, still sealed under the APIv3 key, so that nobody who can write the file can make a key trusted.
[<Sealed>]
type CertificateFile(path: string) =
    /// More than any answer with certificates has.
    static let limit = 1_048_576L

    /// The file's name.
    member _.Path = path

    /// What is kept and since when; nothing when there is no file; the reason when it cannot be read.
    member _.Read() : Result<struct (byte array * DateTimeOffset) voption, string> =
        try
            let file = FileInfo path

            if not file.Exists then
                Ok ValueNone
            elif file.Length > limit then
                Error "it is too large"
            else
                let writtenAt = DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero)
                Ok(ValueSome(struct (File.ReadAllBytes path, writtenAt)))
        with
        | :? IOException as failure -> Error failure.Message
        | :? UnauthorizedAccessException as failure -> Error failure.Message

    /// The certificates that are kept, with when they came, where the APIv3 key opens them; nothing when there is no file; the reason when it is of no use.
    member file.Open
        (suite: Suite, apiV3Key: ApiV3Key, roots: CertificateRoots, now: DateTimeOffset)
        : Result<struct (PlatformCertificate list * DateTimeOffset) voption, string> =
        match file.Read() with
        | Ok ValueNone -> Ok ValueNone
        | Error reason -> Error reason
        | Ok(ValueSome(struct (body, writtenAt))) ->
            match Certificates.readKept suite apiV3Key roots now (ReadOnlySpan<byte> body) with
            | Ok certificates -> Ok(ValueSome(struct (certificates, writtenAt)))
            | Error error -> Error(ApiError.message error)

    /// The keys that are kept, for whoever cannot do anything about a file that is of no use; null then, and where there is none.
    member file.TryOpen
        (suite: Suite, apiV3Key: ApiV3Key, roots: CertificateRoots, now: DateTimeOffset)
        : PlatformKey seq | null =
        match file.Open(suite, apiV3Key, roots, now) with
        | Ok(ValueSome(struct (certificates, _))) -> certificates |> Seq.map _.Key
        | Ok ValueNone
        | Error _ -> null

    /// Writes it whole or not at all, readable by this account alone: a temporary file beside it, flushed, then renamed.
    member _.WriteAsync(body: ReadOnlyMemory<byte>, cancellationToken: CancellationToken) : Task<Result<unit, string>> =
        backgroundTask {
            let temporary = PrivateFile.temporaryBeside path

            try
                try
                    PrivateFile.createFolderOf path

                    do!
                        backgroundTask {
                            use stream = new FileStream(temporary, PrivateFile.newOne ())
                            do! stream.WriteAsync(body, cancellationToken)
                            stream.Flush true
                        }

                    File.Move(temporary, path, true)
                    return Ok()
                with
                | :? IOException as failure -> return Error failure.Message
                | :? UnauthorizedAccessException as failure -> return Error failure.Message
            finally
                PrivateFile.remove temporary
        }
