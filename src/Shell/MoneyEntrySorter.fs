namespace WeChatPay.Shell

open System
open System.Collections.Generic
open System.IO
open System.Linq
open WeChatPay.Functional

/// Runs that are read together, the smallest entry first.
[<RequireQualifiedAccess>]
module internal MoneyEntryRuns =
    let private compare (one: MoneyEntryRunReader) (other: MoneyEntryRunReader) =
        match one.Head, other.Head with
        | ValueSome first, ValueSome second ->
            let order = MoneyEntry.compare first second
            if order <> 0 then order else one.Place - other.Place
        | ValueSome _, ValueNone -> -1
        | ValueNone, ValueSome _ -> 1
        | ValueNone, ValueNone -> one.Place - other.Place

    let private order = Comparer<MoneyEntryRunReader>.Create(Comparison compare)

    /// All entries of the runs in order; of equal ones the earlier run's first.
    let merge (runs: MoneyEntryRun list) : MoneyEntry seq =
        seq {
            let readers = List<MoneyEntryRunReader>()

            try
                runs
                |> List.iteri (fun place run -> readers.Add(new MoneyEntryRunReader(run, place)))

                let waiting = PriorityQueue<MoneyEntryRunReader, MoneyEntryRunReader> order

                for reader in readers do
                    if reader.TryNext() then
                        waiting.Enqueue(reader, reader)

                while waiting.Count > 0 do
                    let reader = waiting.Dequeue()

                    match reader.Head with
                    | ValueSome entry -> yield entry
                    | ValueNone -> ()

                    if reader.TryNext() then
                        waiting.Enqueue(reader, reader)
            finally
                for reader in readers do
                    (reader :> IDisposable).Dispose()
        }

/// Sorts any number of entries into the order of `MoneyEntry.compare` in bounded memory: what is more than `held` entries goes, sorted, to files in a temporary folder that only this user may open, and comes back merged.
/// Of equal entries the one that was added first comes first. Disposing deletes the files, whatever has happened. Not for several threads at once.
[<Sealed>]
type MoneyEntrySorter(folder: string | null, held: int) =
    /// How many runs are read at once; more are merged before.
    let fanIn = 64
    let order = MoneyEntry.Order
    let mutable entries = List<MoneyEntry>()
    let mutable isOrdered = true
    let mutable count = 0L
    let mutable place: string | null = null
    let mutable runs: MoneyEntryRun list = []
    let mutable written = 0
    let mutable isTaken = false

    let placeOf () =
        match place with
        | null ->
            let parent =
                match folder with
                | null -> Path.GetTempPath()
                | folder -> folder

            let made = Path.Combine(parent, "wechatpay-sort-" + Guid.NewGuid().ToString "N")

            PrivateFile.createFolder made
            place <- made
            made
        | made -> made

    let write level (sorted: MoneyEntry seq) =
        let path = Path.Combine(placeOf (), written.ToString())
        let mutable lines = 0L
        written <- written + 1

        use writer =
            new BinaryWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 65536))

        for entry in sorted do
            MoneyEntryCodec.write writer entry
            lines <- lines + 1L

        {
            Path = path
            Level = level
            Count = lines
        }

    let rec settle () =
        match runs with
        | newest :: _ ->
            let alike = runs |> List.takeWhile (fun run -> run.Level = newest.Level)

            if alike.Length >= fanIn then
                let merged = MoneyEntryRuns.merge (List.rev alike) |> write (newest.Level + 1)

                for run in alike do
                    File.Delete run.Path

                runs <- merged :: List.skip alike.Length runs
                settle ()
        | [] -> ()

    let inMemory () : MoneyEntry seq =
        if isOrdered then entries else entries.Order order

    let spill () =
        runs <- write 0 (inMemory ()) :: runs
        entries <- List<MoneyEntry>()
        isOrdered <- true
        settle ()

    /// Holds 262,144 entries in memory (some 60 MB); the files are in the system's temporary folder.
    new() = new MoneyEntrySorter(null, 262_144)

    /// How many entries were added.
    member _.Count = count

    /// Whether entries are in files.
    member _.IsSpilled = not runs.IsEmpty

    /// Takes an entry.
    member _.Add(entry: MoneyEntry) =
        if isTaken then
            invalidOp "Entries were taken already."

        isOrdered <-
            isOrdered
            && (entries.Count = 0 || MoneyEntry.compare entries[entries.Count - 1] entry <= 0)

        entries.Add entry
        count <- count + 1L

        if entries.Count >= max 1 held then
            spill ()

    /// All entries in order, to be read once, before the sorter is disposed of; none can be added any more.
    member _.Sorted() : IEnumerable<MoneyEntry> =
        isTaken <- true

        if runs.IsEmpty then
            inMemory ()
        else
            if entries.Count > 0 then
                spill ()

            MoneyEntryRuns.merge (List.rev runs)

    interface IDisposable with
        member _.Dispose() =
            isTaken <- true
            entries <- List<MoneyEntry>()
            runs <- []

            match place with
            | null -> ()
            | made ->
                place <- null

                if Directory.Exists made then
                    Directory.Delete(made, true)
