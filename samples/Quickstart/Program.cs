// A whole payment on your own machine: order, QR code, payment, callback, refund, callback.
//   dotnet run --project samples/Quickstart             tells it step by step and ends
//   dotnet run --project samples/Quickstart -- --stay   keeps the shop's page open afterwards
using Quickstart;
using WeChatPay.Simulator;

using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));

// Stands in for WeChat Pay, which has no sandbox. Leave it away, put your own keys into appsettings.json, and the rest stays as it is.
await using var platform = await WeChatPaySimulator.StartAsync();

var builder = WebApplication.CreateSlimBuilder(args.Except(["--stay"]).ToArray());
builder.Logging.ClearProviders();
builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, builder.Configuration["urls"] ?? "http://127.0.0.1:0");
builder.Configuration.AddInMemoryCollection(platform.Settings);

// The library, one: a client with the keys of the section WeChatPay, checked when the application starts.
builder.Services.AddWeChatPay(builder.Configuration.GetSection("WeChatPay"));
builder.Services.AddSingleton<Shop>();
builder.Services.AddSingleton<CallbackWitness>();
builder.Services.AddSingleton(platform);

await using var app = builder.Build();
app.UseCallbackWitness("/wechatpay/notify");

// The library, two: verified, opened, typed; answered with 204, or with a code.
app.MapWeChatPayNotifications<ShopNotifications>("/wechatpay/notify");
app.MapShopPages();
await app.StartAsync(deadline.Token);

var address = app.Urls.First();
app.Services.GetRequiredService<Shop>().NotifyUrl = address + "/wechatpay/notify";
var isTold = await new Story(app.Services, address).TellAsync(deadline.Token);
if (isTold && args.Contains("--stay"))
{
    Console.WriteLine("The shop is open at " + address + "  (Ctrl+C closes it)");
    await app.WaitForShutdownAsync();
}

return isTold ? 0 : 1;
