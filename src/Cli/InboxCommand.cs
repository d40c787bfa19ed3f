using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using WeChatPay.Inbox;

namespace WeChatPay.Tool;

/// <summary><c>wechatpay inbox</c>: what waits, what failed and why; tries it again, and deletes what is long done.</summary>
internal static class InboxCommand
{
    private const string ConnectionVariable = "WECHATPAY_INBOX_POSTGRES";
    private const int PurgedAtOnce = 1000;

    /// <summary>The platform repeats a notification for a day: what is forgotten earlier could be taken for new.</summary>
    private static readonly TimeSpan s_shortestRetention = TimeSpan.FromDays(2);

    private static readonly Option<string?> s_sqlite = new("--sqlite") { Description = "the inbox's SQLite file" };
    private static readonly Option<string?> s_postgres = new("--postgres") { Description = "the connection string of the inbox's PostgreSQL; may stand in the environment as " + ConnectionVariable + ", so that a password is not on the command line" };
    private static readonly Option<bool> s_json = new("--json") { Description = "one JSON object on standard output, nothing else" };

    public static Command Create() => new("inbox", "The durable inbox of an application: list what it holds, show one, try again what is parked, delete what is long done.")
    {
        CreateList(), CreateShow(), CreateRetry(), CreatePurge(),
    };

    private static Command CreateList()
    {
        var state = new Option<InboxState?>("--state") { Description = "only these: pending, done, parked, skipped" };
        var before = new Option<long?>("--before") { Description = "only numbers below this one: the next page" };
        var limit = new Option<int>("--limit") { Description = "at most so many, 1 to 1000", DefaultValueFactory = _ => 20 };
        var command = new Command("list", "How many there are in each state, and the newest.") { state, before, limit };
        return command.On((store, parsed, cancellationToken) =>
        {
            var most = parsed.GetValue(limit);
            return most is < 1 or > 1000
                ? throw new UsageException("--limit takes 1 to 1000.")
                : ListAsync(store, parsed.GetValue(state), parsed.GetValue(before), most, parsed.GetValue(s_json), cancellationToken);
        });
    }

    private static Command CreateShow()
    {
        var number = new Argument<long>("number") { Description = "its number in the inbox, as list shows it" };
        var resource = new Option<bool>("--resource") { Description = "also the opened resource, which may hold personal data" };
        var command = new Command("show", "One notification: what it is, what has become of it, why it failed.") { number, resource };
        return command.On(async (store, parsed, cancellationToken) =>
        {
            var found = await FindAsync(store, parsed.GetValue(number), cancellationToken).ConfigureAwait(false);
            return InboxPages.Show(found, parsed.GetValue(resource), parsed.GetValue(s_json));
        });
    }

    private static Command CreateRetry()
    {
        var number = new Argument<long?>("number") { Description = "its number in the inbox, as list shows it", Arity = ArgumentArity.ZeroOrOne };
        var parked = new Option<bool>("--parked") { Description = "all that are parked" };
        var command = new Command("retry", "Makes a parked or waiting notification due now, its attempts counted anew; the application takes it up.") { number, parked };
        return command.On((store, parsed, cancellationToken) =>
        {
            var one = parsed.GetValue(number);
            return one.HasValue == parsed.GetValue(parked)
                ? throw new UsageException("say which: a number, or --parked for all that are parked.")
                : RetryAsync(store, one, parsed.GetValue(s_json), cancellationToken);
        });
    }

    private static Command CreatePurge()
    {
        var doneBefore = new Option<string>("--done-before") { Description = "only what was done or skipped before this: ISO 8601 (2026-01-31) or seconds since 1970; at least 2 days ago", Required = true };
        var yes = new Option<bool>("--yes") { Description = "without asking" };
        var command = new Command("purge", "Deletes for good what was done or skipped long ago; what is pending or parked stays.") { doneBefore, yes };
        return command.On((store, parsed, cancellationToken) =>
        {
            var before = Inputs.ReadTime(parsed.GetRequiredValue(doneBefore), "--done-before");
            return before > TimeProvider.System.GetUtcNow() - s_shortestRetention
                ? throw new UsageException("--done-before is less than 2 days ago: the platform repeats a notification for a day, and what is forgotten would be taken for new.")
                : PurgeAsync(store, before, parsed.GetValue(yes), parsed.GetValue(s_json), cancellationToken);
        });
    }

    /// <summary>Opens the inbox that the command line names, runs, and says in one line what the database refuses.</summary>
    private static Command On(this Command command, Func<IInboxStore, ParseResult, CancellationToken, Task<int>> run)
    {
        command.Options.Add(s_sqlite);
        command.Options.Add(s_postgres);
        command.Options.Add(s_json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                var store = await OpenAsync(parsed.GetValue(s_sqlite), parsed.GetValue(s_postgres), cancellationToken).ConfigureAwait(false);
                return await run(store, parsed, cancellationToken).ConfigureAwait(false);
            }
            catch (RefusedException refusal)
            {
                return Refuse(refusal.Code, refusal.Message, parsed.GetValue(s_json));
            }
            catch (InboxSchemaException problem)
            {
                throw new UsageException(problem.Message);
            }
            catch (DbException failure)
            {
                return Refuse(Databases.Code(failure), Databases.Words(failure), parsed.GetValue(s_json));
            }
            catch (TimeoutException failure)
            {
                return Refuse("unreachable", failure.Message, parsed.GetValue(s_json));
            }
        });
        return command;
    }

    private static async Task<IInboxStore> OpenAsync(string? file, string? server, CancellationToken cancellationToken)
    {
        if (file is not null && server is not null)
        {
            throw new UsageException("an inbox is in one place: --sqlite or --postgres, not both.");
        }

        if (file is not null)
        {
            return await InboxStores.OpenSqliteAsync(Databases.Existing(file), cancellationToken).ConfigureAwait(false);
        }

        if ((server ?? Environment.GetEnvironmentVariable(ConnectionVariable)) is not { Length: > 0 } connection)
        {
            throw new UsageException("say where the inbox is: --sqlite FILE, --postgres CONNECTION, or " + ConnectionVariable + " in the environment.");
        }

        try
        {
            return await InboxStores.OpenPostgresAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException problem)
        {
            throw Databases.Unreadable(problem);
        }
    }

    private static async Task<int> ListAsync(IInboxStore store, InboxState? state, long? before, int limit, bool isJson, CancellationToken cancellationToken)
    {
        var counts = await store.CountAsync(cancellationToken).ConfigureAwait(false);
        var records = await store.ListAsync(state, before, limit, cancellationToken).ConfigureAwait(false);
        InboxPages.List(counts, records, records.Count == limit ? records[^1].Sequence : null, isJson);
        return ExitCode.Fine;
    }

    private static async Task<InboxRecord> FindAsync(IInboxStore store, long number, CancellationToken cancellationToken) =>
        await store.FindAsync(number, cancellationToken).ConfigureAwait(false)
            ?? throw new RefusedException("not_found", "The inbox has no number " + Inputs.Text(number) + ": wechatpay inbox list shows which it has.");

    private static async Task<int> RetryAsync(IInboxStore store, long? number, bool isJson, CancellationToken cancellationToken)
    {
        var count = await store.RetryAsync(number, TimeProvider.System.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        if (count == 0 && number is { } one)
        {
            var found = await FindAsync(store, one, cancellationToken).ConfigureAwait(false);
            throw new RefusedException("not_waiting", "Number " + Inputs.Text(one) + (found.State == InboxState.Pending ? " is being handled." : " is " + InboxPages.Word(found.State) + ": its effect has happened, and is not repeated."));
        }

        Say("retried", count, count == 1 ? "1 is due now." : Inputs.Text(count) + " are due now.", isJson);
        return ExitCode.Fine;
    }

    private static async Task<int> PurgeAsync(IInboxStore store, DateTimeOffset before, bool isSure, bool isJson, CancellationToken cancellationToken)
    {
        if (!isSure && !IsWanted(before, isJson))
        {
            Console.Error.WriteLine("Nothing was deleted.");
            return ExitCode.Refused;
        }

        var total = 0;
        int deleted;
        do
        {
            deleted = await store.PurgeAsync(before, PurgedAtOnce, cancellationToken).ConfigureAwait(false);
            total += deleted;
        }
        while (deleted == PurgedAtOnce);

        Say("deleted", total, Inputs.Text(total) + " deleted.", isJson);
        return ExitCode.Fine;
    }

    private static bool IsWanted(DateTimeOffset before, bool isJson)
    {
        if (isJson || Console.IsInputRedirected)
        {
            throw new UsageException("nobody can be asked here: add --yes to delete for good what was done before " + InboxPages.Time(before) + ".");
        }

        Console.Out.Write("Delete for good what was done before " + InboxPages.Time(before) + "? [y/N] ");
        return Console.In.ReadLine()?.Trim().ToUpperInvariant() is "Y" or "YES";
    }

    private static void Say(string name, int count, string words, bool isJson)
    {
        if (isJson)
        {
            Inputs.WriteJson(writer => writer.WriteNumber(name, count));
            return;
        }

        Console.Out.WriteLine(words);
    }

    private static int Refuse(string code, string message, bool isJson)
    {
        if (isJson)
        {
            Inputs.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", false);
                writer.WriteString("error", code);
                writer.WriteString("message", message);
            });
            return ExitCode.Refused;
        }

        Console.Error.WriteLine(code + ": " + message);
        return ExitCode.Refused;
    }
}
