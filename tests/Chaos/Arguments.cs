using System.Globalization;

namespace WeChatPay.Chaos;

/// <summary>What a run is asked to do.</summary>
internal sealed record Arguments(string Store, int Notifications, int Kills, int ServerRestarts, int Receivers, string Broken, string? Receiver)
{
    private const string Usage = "Usage: --store sqlite|postgres --notifications N --kills N [--server-restarts N] [--receivers N] [--broken uniqueness|answer-first]";

    /// <summary>The arguments, or null when they are wrong and that has been said.</summary>
    public static Arguments? Read(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var index = 0; index + 1 < args.Length; index += 2)
        {
            values[args[index]] = args[index + 1];
        }

        int Number(string name, int usual) => values.Remove(name, out var text) ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : usual;
        string Text(string name, string usual) => values.Remove(name, out var text) ? text : usual;
        try
        {
            var read = new Arguments(Text("--store", "sqlite"), Number("--notifications", 10000), Number("--kills", 50), Number("--server-restarts", 5), Number("--receivers", 1), Text("--broken", "nothing"), values.Remove("--receiver", out var receiver) ? receiver : null);
            if (args.Length % 2 == 0 && values.Count == 0 && read.Store is "sqlite" or "postgres" && read.Broken is "nothing" or "uniqueness" or "answer-first")
            {
                return read;
            }
        }
        catch (FormatException)
        {
            // Said below.
        }

        Console.Error.WriteLine(Usage);
        return null;
    }
}
