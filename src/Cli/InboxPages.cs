using System.Globalization;
using System.Text;
using System.Text.Json;
using WeChatPay.Inbox;

namespace WeChatPay.Tool;

/// <summary>An inbox's records, for people and for programs: never a body, and a resource only when it is asked for.</summary>
internal static class InboxPages
{
    public static void List(InboxCounts counts, IReadOnlyList<InboxRecord> records, long? next, bool isJson)
    {
        if (isJson)
        {
            Inputs.WriteJson(writer => WriteList(writer, counts, records, next));
            return;
        }

        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{counts.Pending} pending, {counts.Parked} parked, {counts.Done} done or skipped")
            + (counts.OldestPending is { } oldest ? "; the oldest pending came " + Time(oldest) : string.Empty));
        foreach (var record in records)
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{record.Sequence,8}  {Word(record.State),-7}  {Time(record.Item.ReceivedAt)}  {record.Attempts,3}×  {record.Item.EventType}  {record.Item.BusinessKey}"));
            if (record.Error is { } error)
            {
                Console.Out.WriteLine("          " + FirstLine(error));
            }
        }

        if (next is { } number)
        {
            Console.Out.WriteLine("Older ones: --before " + Inputs.Text(number));
        }
    }

    /// <summary>One record; 1 when its resource is asked for and sealed.</summary>
    public static int Show(InboxRecord record, bool withResource, bool isJson)
    {
        var canOpen = withResource && record.Item.SealedBy is null;
        if (withResource && !canOpen)
        {
            throw new RefusedException("sealed", "The resource is sealed under the application's inbox key \"" + record.Item.SealedBy + "\": only the application can open it. Without --resource everything else is shown.");
        }

        if (canOpen)
        {
            Console.Error.WriteLine("The resource may hold personal data: keep it out of logs, tickets and chats.");
        }

        if (isJson)
        {
            Inputs.WriteJson(writer => Write(writer, record, canOpen));
            return ExitCode.Fine;
        }

        foreach (var (name, value) in FactsOf(record))
        {
            if (value is not null)
            {
                Console.Out.WriteLine(name.PadRight(16) + value);
            }
        }

        Console.Out.WriteLine("headers");
        foreach (var line in record.Item.Headers.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Console.Out.WriteLine("  " + line);
        }

        if (canOpen)
        {
            Console.Out.WriteLine(Encoding.UTF8.GetString(record.Item.Resource.Span));
        }

        return ExitCode.Fine;
    }

    public static string Word(InboxState state) => state switch
    {
        InboxState.Pending => "pending",
        InboxState.Done => "done",
        InboxState.Parked => "parked",
        InboxState.Skipped => "skipped",
        _ => state.ToString(),
    };

    /// <summary>In this machine's zone, which is said.</summary>
    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:sszzz", CultureInfo.InvariantCulture);

    private static IEnumerable<(string Name, string? Value)> FactsOf(InboxRecord record) =>
    [
        ("number", Inputs.Text(record.Sequence)),
        ("state", Word(record.State)),
        ("attempts", Inputs.Text(record.Attempts)),
        ("error", record.Error),
        ("due", record.State == InboxState.Pending ? Time(record.DueAt) : null),
        ("handled until", Time(record.LeasedUntil)),
        ("done", Time(record.DoneAt)),
        ("event", record.Item.EventType),
        ("about", record.Item.BusinessKey),
        ("effect once for", record.Item.IdempotencyKey),
        ("id", record.Item.NotificationId),
        ("merchant", record.Item.Merchant.Length == 0 ? null : record.Item.Merchant),
        ("original type", record.Item.OriginalType),
        ("summary", record.Item.Summary),
        ("made", Time(record.Item.CreatedAt)),
        ("received", Time(record.Item.ReceivedAt)),
        ("platform key", record.Item.Serial),
        ("sealed by", record.Item.SealedBy),
    ];

    private static void WriteList(Utf8JsonWriter writer, InboxCounts counts, IReadOnlyList<InboxRecord> records, long? next)
    {
        writer.WriteStartObject("counts");
        writer.WriteNumber("pending", counts.Pending);
        writer.WriteNumber("parked", counts.Parked);
        writer.WriteNumber("done", counts.Done);
        WriteTime(writer, "oldest_pending", counts.OldestPending);
        writer.WriteEndObject();
        writer.WriteStartArray("items");
        foreach (var record in records)
        {
            writer.WriteStartObject();
            Write(writer, record, withResource: false);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (next is { } number)
        {
            writer.WriteNumber("next_before", number);
        }
        else
        {
            writer.WriteNull("next_before");
        }
    }

    private static void Write(Utf8JsonWriter writer, InboxRecord record, bool withResource)
    {
        writer.WriteNumber("number", record.Sequence);
        writer.WriteString("state", Word(record.State));
        writer.WriteNumber("attempts", record.Attempts);
        writer.WriteString("error", record.Error);
        WriteTime(writer, "due_at", record.DueAt);
        WriteTime(writer, "leased_until", record.LeasedUntil);
        WriteTime(writer, "done_at", record.DoneAt);
        writer.WriteString("event", record.Item.EventType);
        writer.WriteString("business_key", record.Item.BusinessKey);
        writer.WriteString("idempotency_key", record.Item.IdempotencyKey);
        writer.WriteString("id", record.Item.NotificationId);
        writer.WriteString("merchant", record.Item.Merchant);
        writer.WriteString("original_type", record.Item.OriginalType);
        writer.WriteString("summary", record.Item.Summary);
        WriteTime(writer, "created_at", record.Item.CreatedAt);
        WriteTime(writer, "received_at", record.Item.ReceivedAt);
        writer.WriteString("serial", record.Item.Serial);
        writer.WriteString("sealed_by", record.Item.SealedBy);
        writer.WriteString("headers", record.Item.Headers);
        if (withResource)
        {
            writer.WritePropertyName("resource");
            Inputs.WriteResource(writer, record.Item.Resource);
        }
    }

    private static void WriteTime(Utf8JsonWriter writer, string name, DateTimeOffset? time)
    {
        if (time is { } known)
        {
            writer.WriteString(name, known.ToUniversalTime());
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static string? Time(DateTimeOffset? time) => time is { } known ? Time(known) : null;

    private static string FirstLine(string text) => text.Split('\n')[0].TrimEnd();
}
