/// Entity Framework Core in the inbox's transaction.
module WeChatPay.Tests.InboxEntityTests

open System.Threading.Tasks
open Expecto
open Microsoft.EntityFrameworkCore
open Microsoft.Extensions.DependencyInjection
open WeChatPay
open WeChatPay.Inbox
open WeChatPay.Testing
open WeChatPay.Tests.Shop
open WeChatPay.Tests.InboxDatabases
open WeChatPay.Tests.InboxShop

type Effect() =
    member val Id = "" with get, set

type EffectContext(options: DbContextOptions<EffectContext>) =
    inherit DbContext(options)
    member context.Effects = context.Set<Effect>()

    override _.OnModelCreating builder =
        builder.Entity<Effect>().ToTable("effects").Property(fun effect -> effect.Id).HasColumnName "id"
        |> ignore

let private handle: Handler =
    fun context cancellationToken ->
        task {
            let! transaction = context.BeginTransactionAsync cancellationToken
            let books = context.Services.GetRequiredService<EffectContext>()
            books.Database.SetDbConnection transaction.Connection
            let! _ = books.Database.UseTransactionAsync(transaction, cancellationToken)
            books.Effects.Add(Effect(Id = orderOf context)) |> ignore
            let! _ = books.SaveChangesAsync cancellationToken

            if context.Attempt = 1 then
                invalidOp "The handler fails after it has saved."
        }

[<Tests>]
let tests =
    testList
        "inbox and Entity Framework Core"
        [
            testTask "what is saved in the inbox's transaction is committed or rolled back with the mark" {
                do!
                    withDatabase kinds.Head (fun database ->
                        task {
                            let configure (services: IServiceCollection) (inbox: WeChatPayInboxBuilder) =
                                services.AddDbContext<EffectContext>(fun options -> options.UseSqlite() |> ignore)
                                |> ignore

                                inbox.Handle handle |> ignore

                            use! shop = openWith (TestPlatform()) (database.Open()) configure
                            do! createEffects database
                            do! shop.Take(paid shop "tea-1")
                            do! untilAll shop.Store InboxState.Done
                            let! found = records shop.Store
                            let! written = effects database
                            Expect.equal (Seq.exactlyOne found).Attempts 2 "the first attempt was rolled back"
                            Expect.equal written 1 "the second was committed"
                        }
                        :> Task)
            }
        ]
