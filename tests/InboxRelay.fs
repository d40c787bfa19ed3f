/// A wire to a database that a test can cut, freeze and mend.
module WeChatPay.Tests.InboxRelay

open System
open System.Collections.Concurrent
open System.Net
open System.Net.Sockets
open System.Threading
open System.Threading.Tasks
open Npgsql
open WeChatPay.Inbox
open WeChatPay.Tests.InboxDatabases

/// Passes bytes on both ways between loopback and a server.
[<Sealed>]
type Relay(host: string, port: int) =
    let listener = new TcpListener(IPAddress.Loopback, 0)
    let sockets = ConcurrentBag<TcpClient>()
    let mutable isCut = false
    let mutable isFrozen = false

    let pass (source: NetworkStream) (target: NetworkStream) =
        task {
            let buffer = Array.zeroCreate<byte> 65536
            let mutable isOpen = true

            while isOpen do
                let! read = source.ReadAsync(buffer.AsMemory())

                while Volatile.Read &isFrozen && not (Volatile.Read &isCut) do
                    do! Task.Delay 20

                isOpen <- read > 0

                if isOpen then
                    do! target.WriteAsync(ReadOnlyMemory(buffer, 0, read))
        }

    let serve (near: TcpClient) =
        task {
            use near = near

            if not (Volatile.Read &isCut) then
                use far = new TcpClient()
                sockets.Add near
                sockets.Add far

                try
                    do! far.ConnectAsync(host, port)

                    let! _ =
                        Task.WhenAny(
                            pass (near.GetStream()) (far.GetStream()),
                            pass (far.GetStream()) (near.GetStream())
                        )

                    ()
                with
                | :? SocketException
                | :? ObjectDisposedException
                | :? InvalidOperationException
                | :? IO.IOException -> ()
        }

    let accepting =
        listener.Start()

        task {
            try
                while true do
                    let! near = listener.AcceptTcpClientAsync()
                    serve near |> ignore
            with
            | :? SocketException
            | :? ObjectDisposedException -> ()
        }

    member _.Port = (listener.LocalEndpoint :?> IPEndPoint).Port

    /// Every connection breaks, and no new one comes about.
    member _.Cut() =
        Volatile.Write(&isCut, true)

        for socket in sockets do
            socket.Close()

    /// Nothing arrives any more, and nobody is told.
    member _.Freeze() = Volatile.Write(&isFrozen, true)

    member _.Mend() =
        Volatile.Write(&isFrozen, false)
        Volatile.Write(&isCut, false)

    interface IDisposable with
        member relay.Dispose() =
            relay.Cut()
            listener.Stop()
            accepting.Wait()

/// The same PostgreSQL database behind a relay.
let through (database: Database) =
    let place = NpgsqlConnectionStringBuilder(database.Place)
    let relay = new Relay(nonNull place.Host, place.Port)
    place.Port <- relay.Port
    struct (relay, InboxStores.Postgres(place.ToString()))
