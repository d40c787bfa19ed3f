// Runs the snippets that the documents mark as `run` and `host`, from the packed packages, against the packed simulator.
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json;
using Consumer;
using WeChatPay;
using WeChatPay.Simulator;

var failed = 0;
foreach (var kind in Assembly.GetExecutingAssembly().GetTypes().OrderBy(kind => kind.Name, StringComparer.Ordinal))
{
    if (kind.GetCustomAttribute<SnippetAttribute>() is not { } snippet || (!snippet.IsRun && !kind.IsSubclassOf(typeof(HostScope))))
    {
        continue;
    }

    try
    {
        var scope = (Scope)Activator.CreateInstance(kind)!;
        await (scope is HostScope host ? PayInAsync(host) : RunAsync(scope)).WaitAsync(TimeSpan.FromSeconds(60));
        Console.WriteLine("ok " + snippet.Place);
    }
    catch (Exception failure)
    {
        Console.WriteLine("not ok " + snippet.Place + ": " + failure);
        failed++;
    }
}

return failed;

static int FreePort()
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    return ((IPEndPoint)listener.LocalEndpoint).Port;
}

static void Expect(bool isSo, string promise)
{
    if (!isSo)
    {
        throw new InvalidOperationException("Not so: " + promise);
    }
}

static WebApplicationBuilder NewBuilder(WeChatPaySimulator platform, string address)
{
    var builder = WebApplication.CreateBuilder();
    builder.Logging.SetMinimumLevel(LogLevel.Critical);
    builder.WebHost.UseUrls(address);
    builder.Configuration.AddInMemoryCollection(platform.Settings);
    return builder;
}

// The snippet's application takes an order, the payer pays, the callback is handled; a forged one is refused.
static async Task PayInAsync(HostScope host)
{
    await using var platform = await WeChatPaySimulator.StartAsync();
    host.ShopAddress = "http://127.0.0.1:" + FreePort();
    host.builder = NewBuilder(platform, host.ShopAddress);
    await using var app = host.Build();
    await app.StartAsync();

    using var http = new HttpClient();
    using var placed = await http.PostAsync(new Uri(host.ShopAddress + "/orders"), null);
    var code = await placed.Content.ReadAsStringAsync();
    Expect(placed.IsSuccessStatusCode && code.Contains("weixin://", StringComparison.Ordinal), "POST /orders answers with a code: " + placed.StatusCode + " " + code);

    using var listed = JsonDocument.Parse(await http.GetStringAsync(new Uri(platform.BaseAddress, "/simulator/orders")));
    var number = listed.RootElement.GetProperty("data")[0].GetProperty("out_trade_no").GetString()!;
    var paid = await platform.PayAsync(number);
    Expect(paid.IsAccepted && paid.Attempts[0].StatusCode == 204, "the callback is taken: " + paid.Attempts[0].Outcome);

    // An inbox answers first.
    for (var waited = 0; waited < 100 && host.orders.Paid.IsEmpty; waited++)
    {
        await Task.Delay(100);
    }

    Expect(host.orders.Paid.SequenceEqual([(number, 1L)]), "the handler marked the order as paid");

    platform.Misbehaviour = Misbehaviour.WrongKey;
    var forged = await platform.RepeatAsync(paid.Id);
    Expect(forged.Attempts[^1].StatusCode == 401 && host.orders.Paid.Count == 1, "a forged callback is refused");
}

// A snippet has a client, and one callback as it came in.
static async Task RunAsync(Scope scope)
{
    await using var platform = await WeChatPaySimulator.StartAsync();
    scope.ShopAddress = "http://127.0.0.1:" + FreePort();
    scope.builder = NewBuilder(platform, scope.ShopAddress);
    scope.configuration = scope.builder.Configuration;
    using var http = new HttpClient(WeChatPayClient.CreateHandler());
    scope.pay = new WeChatPayClient(http, WeChatPayOptions.Read(scope.configuration.GetSection("WeChatPay"), scope.baseDirectory));

    await using var shop = NewBuilder(platform, scope.ShopAddress).Build();
    shop.MapPost("/notify", async (HttpRequest request) =>
    {
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes);
        scope.body = bytes.ToArray();
        scope.headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString());
        return Results.NoContent();
    });
    await shop.StartAsync();
    await scope.pay.Payments.PrepayNativeAsync(new()
    {
        Appid = "wx0000000000000001", Description = "tea", OutTradeNo = "snippet-1", NotifyUrl = scope.ShopAddress + "/notify", Amount = new() { Total = 1 },
    });
    Expect((await platform.PayAsync("snippet-1")).IsAccepted, "a callback came");
    Expect(await scope.RunAsync() is null, "the snippet refuses nothing");
}
