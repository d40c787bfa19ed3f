using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using WeChatPay.Api;
using WeChatPay.Simulator;

namespace WeChatPay.Chaos;

/// <summary>One run: a platform and a stranger that are never killed, receivers that are, and a count at the end.</summary>
internal sealed class Chaos : IAsyncDisposable
{
    private const int Payers = 8;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private readonly Arguments _arguments;
    private readonly WeChatPaySimulator _platform;
    private readonly WeChatPaySimulator _stranger;
    private readonly Postgres? _postgres;
    private readonly Shops _shops;
    private readonly Books _books;
    private readonly WeChatPayClient _client;
    private readonly WeChatPayClient _strangersClient;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>What the platform was paid: the ledger that the shop's table is compared with.</summary>
    private readonly ConcurrentDictionary<string, long> _ledger = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<string> _sent = [];
    private int _placed;
    private int _forged;
    private int _probed;
    private int _repeated;

    private Chaos(Arguments arguments, WeChatPaySimulator platform, WeChatPaySimulator stranger, Postgres? postgres)
    {
        (_arguments, _platform, _stranger, _postgres) = (arguments, platform, stranger, postgres);
        _shops = new Shops(arguments, platform, postgres?.ConnectionString);
        _books = new Books(arguments.Store, _shops.Database);
        (_client, _strangersClient) = (ClientOf(platform), ClientOf(stranger));
    }

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var options = new WeChatPaySimulatorOptions { TimeCompression = 600 };
        await using var platform = await WeChatPaySimulator.StartAsync(options, CancellationToken.None);
        await using var stranger = await WeChatPaySimulator.StartAsync(options, CancellationToken.None);
        await using var postgres = arguments.Store == "postgres" ? await Postgres.StartAsync() : null;
        await using var chaos = new Chaos(arguments, platform, stranger, postgres);
        return await chaos.RunAsync();
    }

    public ValueTask DisposeAsync()
    {
        _shops.Dispose();
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<int> RunAsync()
    {
        for (var number = 0; number < _shops.Count; number++)
        {
            await UntilUpAsync(number);
        }

        await _books.CreateAsync();
        var clock = Stopwatch.StartNew();
        var killing = KillAsync();
        await Task.WhenAll(Enumerable.Range(0, Payers).Select(_ => Task.Run(PayAsync)));
        var kills = await killing;
        await DeliverTheRestAsync();
        await UntilHandledAsync();
        return Report(await _books.ReadAsync(), kills, clock.Elapsed);
    }

    private async Task PayAsync()
    {
        for (var number = Interlocked.Increment(ref _placed); number <= _arguments.Notifications; number = Interlocked.Increment(ref _placed))
        {
            var order = "chaos-" + number.ToString(CultureInfo.InvariantCulture);
            await PlaceAsync(_client, order, number);
            _ledger[order] = number;

            // Now and then the platform misbehaves: what it sends then is refused, and comes again as it should be.
            _platform.Misbehaviour = Random.Shared.Next(40) switch
            {
                0 => Misbehaviour.WrongKey,
                1 => Misbehaviour.Tampered,
                2 => Misbehaviour.Stale,
                3 or 4 => Misbehaviour.Duplicates,
                _ => Misbehaviour.None,
            };
            var sent = await _platform.PayAsync(order);
            _sent.Add(sent.Id);
            await DisturbAsync(number, sent.Id);
        }
    }

    /// <summary>Copies, at once and of long ago, probes, and a stranger's payments.</summary>
    private async Task DisturbAsync(int number, string id)
    {
        switch (Random.Shared.Next(10))
        {
            case 0:
                Interlocked.Add(ref _repeated, 3);
                await Task.WhenAll(_platform.RepeatAsync(id), _platform.RepeatAsync(id), _platform.RepeatAsync(id));
                break;
            case 1 when _sent.TryTake(out var earlier):
                Interlocked.Increment(ref _repeated);
                await _platform.RepeatAsync(earlier);
                _sent.Add(earlier);
                break;
            case 2 when number % 3 == 0:
                Interlocked.Increment(ref _probed);
                await _platform.SendProbeAsync(AnyUrl());
                break;
            case 3:
                Interlocked.Increment(ref _forged);
                var forged = "forged-" + number.ToString(CultureInfo.InvariantCulture);
                await PlaceAsync(_strangersClient, forged, number);
                await _stranger.PayAsync(forged);
                break;
        }
    }

    /// <summary>Kills as evenly over the run as chance allows, and crashes the database beside it.</summary>
    private async Task<int> KillAsync()
    {
        var crashes = 0;
        for (var kill = 1; kill <= _arguments.Kills; kill++)
        {
            while (Volatile.Read(ref _placed) < (long)_arguments.Notifications * kill / (_arguments.Kills + 1))
            {
                await Task.Delay(5);
            }

            await Task.Delay(Random.Shared.Next(50));
            var number = Random.Shared.Next(_shops.Count);
            _shops.Kill(number);
            if (_postgres is not null && crashes < _arguments.ServerRestarts && kill * _arguments.ServerRestarts >= _arguments.Kills * (crashes + 1))
            {
                crashes++;
                await _postgres.CrashAsync();
            }

            await UntilUpAsync(number);
        }

        return _arguments.Kills;
    }

    /// <summary>What is not taken yet is sent until it is, as the platform does for a day.</summary>
    private async Task DeliverTheRestAsync()
    {
        _platform.Misbehaviour = Misbehaviour.None;
        var clock = Stopwatch.StartNew();
        while (_platform.Notifications.Where(static sent => !sent.IsProbe && !sent.IsAccepted).ToList() is { Count: > 0 } open)
        {
            if (clock.Elapsed > s_patience)
            {
                throw new TimeoutException(open.Count.ToString(CultureInfo.InvariantCulture) + " notifications are still not taken.");
            }

            await Task.WhenAll(open.Chunk(1 + (open.Count / Payers)).Select(part => Task.Run(async () =>
            {
                foreach (var sent in part)
                {
                    await _platform.RepeatAsync(sent.Id);
                }
            })));
        }
    }

    private async Task UntilHandledAsync()
    {
        var clock = Stopwatch.StartNew();

        // What a broken receiver stores late is given its time.
        await Task.Delay(TimeSpan.FromSeconds(1));
        while (await _books.WaitingAsync() is { Pending: > 0 } waiting)
        {
            if (clock.Elapsed > s_patience)
            {
                throw new TimeoutException(waiting.Pending.ToString(CultureInfo.InvariantCulture) + " items are still not handled.");
            }

            await Task.Delay(100);
        }
    }

    private int Report(Dictionary<string, (int Times, long Fen)> effects, int kills, TimeSpan took)
    {
        var lost = _ledger.Keys.Count(order => !effects.ContainsKey(order));
        var doubled = effects.Count(static effect => effect.Value.Times > 1);
        var foreign = effects.Count(effect => !_ledger.TryGetValue(effect.Key, out var fen) || fen != effect.Value.Fen);
        var once = effects.Count(effect => effect.Value.Times == 1 && _ledger.TryGetValue(effect.Key, out var fen) && fen == effect.Value.Fen);
        var attempts = _platform.Notifications.Where(static sent => !sent.IsProbe).Sum(static sent => sent.Attempts.Count);
        var isRight = lost == 0 && doubled == 0 && foreign == 0 && once == _arguments.Notifications;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"chaos on {_arguments.Store}: {_arguments.Notifications} payments in {attempts} deliveries ({_repeated} sent again on purpose), {kills} kills{(_postgres is null ? string.Empty : ", " + _arguments.ServerRestarts + " database crashes")}, {_forged} forged, {_probed} probes, {took.TotalSeconds:0} s: {once} took effect once, {lost} lost, {doubled} doubled, {foreign} forged or wrong"));
        return isRight ? 0 : 1;
    }

    private async Task UntilUpAsync(int number)
    {
        while (!await _shops.IsUpAsync(number, _http))
        {
            await Task.Delay(10);
        }
    }

    private string AnyUrl() => _shops.Urls[Random.Shared.Next(_shops.Count)] + Receiver.Path;

    /// <summary>The platform misbehaves in its answers, too: an order is placed under its one number until an answer can be trusted.</summary>
    private async Task PlaceAsync(WeChatPayClient client, string number, long fen)
    {
        var order = new NativePrepayRequest { Appid = "wx0000000000000001", Description = "tea", OutTradeNo = number, NotifyUrl = AnyUrl(), Amount = new OrderAmount { Total = fen } };
        while (true)
        {
            try
            {
                await client.Payments.PrepayNativeAsync(order);
                return;
            }
            catch (WeChatPayUntrustedAnswerException)
            {
                // All payers may stand here at once, and nobody else would end it.
                _platform.Misbehaviour = Misbehaviour.None;
            }
        }
    }

    private static WeChatPayClient ClientOf(WeChatPaySimulator platform)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(platform.Settings).Build();
        return new WeChatPayClient(new HttpClient(WeChatPayClient.CreateHandler()), WeChatPayOptions.Read(configuration.GetSection("WeChatPay"), "."));
    }
}
