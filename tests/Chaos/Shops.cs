using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using WeChatPay.Simulator;

namespace WeChatPay.Chaos;

/// <summary>The receiving processes, which are killed without warning and started again.</summary>
internal sealed class Shops : IDisposable
{
    private readonly Arguments _arguments;
    private readonly string _folder = Directory.CreateTempSubdirectory("chaos-").FullName;
    private readonly List<string> _settings = [];
    private readonly List<Process> _processes = [];

    public Shops(Arguments arguments, WeChatPaySimulator platform, string? postgres)
    {
        _arguments = arguments;
        Database = postgres ?? Path.Combine(_folder, "inbox.db");
        for (var number = 0; number < arguments.Receivers; number++)
        {
            Urls.Add("http://127.0.0.1:" + Servers.FreePort().ToString(System.Globalization.CultureInfo.InvariantCulture));
            _settings.Add(WriteSettings(platform, number));
            _processes.Add(Start(number));
        }
    }

    public string Database { get; }

    public List<string> Urls { get; } = [];

    public int Count => _processes.Count;

    /// <summary>Ends one with SIGKILL, and starts it again.</summary>
    public void Kill(int number)
    {
        _processes[number].Kill();
        _processes[number].WaitForExit();
        _processes[number].Dispose();
        _processes[number] = Start(number);
    }

    /// <summary>Whether one answers, if only with a refusal.</summary>
    public async Task<bool> IsUpAsync(int number, HttpClient http)
    {
        if (_processes[number].HasExited)
        {
            throw new InvalidOperationException("The receiver ended by itself; run it with CHAOS_LOG=1 to see why.");
        }

        try
        {
            using var answer = await http.GetAsync(new Uri(Urls[number]));
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private string WriteSettings(WeChatPaySimulator platform, int number)
    {
        var merchant = new JsonObject();
        foreach (var (name, value) in platform.Settings)
        {
            merchant[name.Split(':')[^1]] = value;
        }

        var path = Path.Combine(_folder, "settings-" + number.ToString(System.Globalization.CultureInfo.InvariantCulture) + ".json");
        File.WriteAllText(path, JsonSerializer.Serialize(new JsonObject
        {
            ["WeChatPay"] = merchant,
            ["Chaos"] = new JsonObject { ["Url"] = Urls[number], ["Store"] = _arguments.Store, [nameof(Database)] = Database },
        }));
        return path;
    }

    private Process Start(int number) =>
        Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Host(), "--receiver", _settings[number], "--broken", _arguments.Broken]))!;

    /// <summary>Beside its own host an assembly is started by name; under <c>dotnet</c> it is its argument.</summary>
    private static string[] Host() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Shops).Assembly.Location] : [];
}
