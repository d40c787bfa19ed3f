using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace WeChatPay.Chaos;

/// <summary>Ports and programs.</summary>
internal static class Servers
{
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Runs a program to its end; throws with what it said when it fails.</summary>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEndAsync();
        var complained = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(program + " ended with " + process.ExitCode.ToString(CultureInfo.InvariantCulture) + ": " + await said + await complained);
        }
    }
}

/// <summary>A PostgreSQL server of this run's own, in a folder that is deleted afterwards.</summary>
internal sealed class Postgres : IAsyncDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "chaos-postgres-" + Guid.NewGuid().ToString("n"));
    private readonly int _port = Servers.FreePort();

    private string Data => Path.Combine(_folder, "data");

    public string ConnectionString =>
        "Host=127.0.0.1;Port=" + _port.ToString(CultureInfo.InvariantCulture) + ";Username=chaos;Database=postgres;Timeout=5;Command Timeout=5;Maximum Pool Size=40";

    public static async Task<Postgres> StartAsync()
    {
        var server = new Postgres();
        Directory.CreateDirectory(server._folder);
        if (Environment.UserName == "root")
        {
            // PostgreSQL refuses to run as root.
            await Servers.RunAsync("chown", "postgres", server._folder);
        }

        await AsOwnerAsync("initdb", "-D " + server.Data + " -A trust -U chaos");
        await server.StartServerAsync();
        return server;
    }

    /// <summary>Ends it as a power cut would, and starts it again.</summary>
    public async Task CrashAsync()
    {
        await AsOwnerAsync("pg_ctl", "-D " + Data + " -m immediate -w stop");
        await StartServerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await AsOwnerAsync("pg_ctl", "-D " + Data + " -m immediate -w stop");
        Directory.Delete(_folder, recursive: true);
    }

    private Task StartServerAsync() => AsOwnerAsync(
        "pg_ctl",
        "-D " + Data + " -o '-p " + _port.ToString(CultureInfo.InvariantCulture) + " -k " + _folder + " -c listen_addresses=127.0.0.1' -l " + Path.Combine(_folder, "log") + " -w start");

    private static string Program(string name)
    {
        // Debian has them beside its version, not in the path.
        const string Versions = "/usr/lib/postgresql";
        var folder = Directory.Exists(Versions) ? Directory.GetDirectories(Versions).Order(StringComparer.Ordinal).LastOrDefault() : null;
        return folder is null ? name : Path.Combine(folder, "bin", name);
    }

    private static Task AsOwnerAsync(string program, string arguments)
    {
        var command = Program(program) + " " + arguments;
        return Environment.UserName == "root"
            ? Servers.RunAsync("su", "postgres", "-s", "/bin/sh", "-c", command + " >/dev/null")
            : Servers.RunAsync("/bin/sh", "-c", command + " >/dev/null");
    }
}
