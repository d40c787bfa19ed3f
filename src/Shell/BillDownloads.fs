namespace WeChatPay.Shell

open System
open System.Globalization
open System.IO
open System.Threading
open System.Threading.Tasks
open WeChatPay.Functional

/// Bills: asked for, downloaded, opened, unpacked as they come, and compared with the hash that the platform gave before they count.
[<RequireQualifiedAccess>]
module BillDownloads =
    let private ask
        (cancellationToken: CancellationToken)
        (client: Client)
        (request: BillRequest<'Answer>)
        : Task<Result<BillOutcome<BillSource list>, BillFailure>> =
        let absent absence = Ok(BillOutcome.Absent absence)
        let now () = client.Clock.GetUtcNow()

        backgroundTask {
            match BillAbsence.ofDay (now ()) request.Day with
            | ValueSome absence -> return absent absence
            | ValueNone ->
                match! Client.sendCancellable cancellationToken client request.Operation with
                | Ok answer ->
                    match BillSource.ofAnswer request answer with
                    | Ok [] -> return absent (BillAbsence.ofNothing (now ()) request.Day)
                    | Ok sources -> return Ok(BillOutcome.Received sources)
                    | Error error -> return Error(BillFailure.Call error)
                | Error(ApiError.Refused refusal as error) ->
                    match BillAbsence.ofRefusal (now ()) request.Day refusal with
                    | ValueSome absence -> return absent absence
                    | ValueNone -> return Error(BillFailure.Call error)
                | Error error -> return Error(BillFailure.Call error)
        }

    /// Downloads every file of a bill, one after the other; the first that fails ends it.
    let private each
        (sources: BillSource list)
        (one: int -> BillSource -> Task<Result<'Done, BillFailure>>)
        : Task<Result<'Done list, BillFailure>> =
        backgroundTask {
            let mutable finished = []
            let mutable failure = ValueNone
            let mutable left = List.indexed sources

            while not left.IsEmpty && failure.IsNone do
                let index, source = left.Head

                match! one index source with
                | Ok done' ->
                    finished <- done' :: finished
                    left <- left.Tail
                | Error found -> failure <- ValueSome found

            match failure with
            | ValueSome failure -> return Error failure
            | ValueNone -> return Ok(List.rev finished)
        }

    let private receivedBy sources outcome =
        backgroundTask {
            match! outcome with
            | Error failure -> return Error failure
            | Ok(BillOutcome.Absent absence) -> return Ok(BillOutcome.Absent absence)
            | Ok(BillOutcome.Received found) ->
                let! received = sources found
                return received |> Result.map BillOutcome.Received
        }

    /// What the file system refuses is a failure of ours.
    let private orFile (work: unit -> 'Value) : Result<'Value, BillFailure> =
        try
            Ok(work ())
        with
        | :? IOException as failure -> Error(BillFailure.File failure)
        | :? UnauthorizedAccessException as failure -> Error(BillFailure.File failure)

    /// Of several files each has its number before the extension: `bill-1.csv`.
    let private pathOf (path: string) count index =
        if count = 1 then
            path
        else
            let name =
                string (Path.GetFileNameWithoutExtension path)
                + "-"
                + (index + 1).ToString CultureInfo.InvariantCulture
                + string (Path.GetExtension path)

            Path.Combine(string (Path.GetDirectoryName path), name)

    let private fileTaker (stream: FileStream) =
        BillTaker(fun bytes cancellationToken ->
            backgroundTask {
                try
                    do! stream.WriteAsync(bytes, cancellationToken)
                    return ValueNone
                with :? IOException as failure ->
                    return ValueSome(BillFailure.File failure)
            })

    /// Downloads into a new file, flushed to the disk; whoever asks for it removes it.
    let private save cancellationToken client (progress: BillProgress) (temporary: string) (source: BillSource) =
        backgroundTask {
            match orFile (fun () -> new FileStream(temporary, PrivateFile.newOne ())) with
            | Error failure -> return Error failure
            | Ok stream ->
                use stream = stream
                let taker = fileTaker stream

                match! BillReceiving.download cancellationToken client progress taker source with
                | Error failure -> return Error failure
                | Ok() ->
                    progress.Close taker.Length
                    return orFile (fun () -> stream.Flush true) |> Result.map (fun () -> taker.Length)
        }

    /// All names at once, when all files are whole; what cannot have its name takes the others' away.
    let private finish (saved: (string * SavedBill) list) =
        let named =
            orFile (fun () ->
                for temporary, bill in saved do
                    File.Move(temporary, bill.Path, true))

        match named with
        | Ok() -> ()
        | Error _ ->
            for _, bill in saved do
                PrivateFile.remove bill.Path

        named |> Result.map (fun () -> List.map snd saved)

    let private saveAll cancellationToken client progress (path: string) (sources: BillSource list) =
        let progress = BillProgress progress
        let full = Path.GetFullPath path
        let temporaries = sources |> List.map (fun _ -> PrivateFile.temporaryBeside full)

        let one index source =
            backgroundTask {
                let! length = save cancellationToken client progress temporaries[index] source

                return
                    length
                    |> Result.map (fun length ->
                        temporaries[index],
                        {
                            Path = pathOf full sources.Length index
                            Length = length
                            Hash = source.Hash
                        })
            }

        backgroundTask {
            try
                match orFile (fun () -> PrivateFile.createFolderOf full) with
                | Error failure -> return Error failure
                | Ok() ->
                    let! saved = each sources one
                    cancellationToken.ThrowIfCancellationRequested()
                    return saved |> Result.bind finish
            finally
                temporaries |> List.iter PrivateFile.remove
        }

    /// Asks for a bill and writes it to a file: under a temporary name beside it, for this account alone, until all of it is there and has its hash. Several files have their number before the extension.
    /// Cancellation raises `OperationCanceledException`; then, and after every failure, nothing is left.
    let toFile
        (cancellationToken: CancellationToken)
        (client: Client)
        (progress: IProgress<int64> | null)
        (path: string)
        (request: BillRequest<'Answer>)
        : Task<Result<BillOutcome<SavedBill list>, BillFailure>> =
        ask cancellationToken client request
        |> receivedBy (saveAll cancellationToken client progress path)

    let private readOne cancellationToken client (progress: BillProgress) takesAny handler source =
        let reader = BillReader(takesAny, handler)

        // The reader stops at its first error; the rest is read for the hash, which says whether the error is the platform's.
        let taker =
            BillTaker(fun bytes _ ->
                reader.Push bytes.Span |> ignore
                Task.FromResult ValueNone)

        backgroundTask {
            match! BillReceiving.download cancellationToken client progress taker source with
            | Error failure -> return Error failure
            | Ok() ->
                progress.Close taker.Length
                return Bill.finish reader |> Result.mapError BillFailure.Bill
        }

    let private readAll cancellationToken client progress takesAny handler (sources: BillSource list) =
        let progress = BillProgress progress
        each sources (fun _ source -> readOne cancellationToken client progress takesAny handler source)

    /// Asks for a bill and reads it as it comes; a summary for each file. Rows come before hash and totals are known: make them count when this has said so. What the handler throws comes out as it is.
    let read
        (cancellationToken: CancellationToken)
        (client: Client)
        (progress: IProgress<int64> | null)
        (handler: BillRowHandler)
        (request: BillRequest<'Answer>)
        : Task<Result<BillOutcome<BillSummary list>, BillFailure>> =
        ask cancellationToken client request
        |> receivedBy (readAll cancellationToken client progress request.IsUndescribed handler)
