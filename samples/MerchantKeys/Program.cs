using System.Net.Http.Headers;
using System.Security.Cryptography;
using MerchantKeys;
using WeChatPay;
using WeChatPay.Api;
using WeChatPay.Shell;
using WeChatPay.Simulator;

// A merchant's private key that the application never sees:
//   dotnet run --project samples/MerchantKeys -- remote                       another service signs
//   samples/MerchantKeys/with-softhsm dotnet run --project samples/MerchantKeys -- pkcs11     an HSM signs
await using var platform = await WeChatPaySimulator.StartAsync();
return args switch
{
    ["remote"] => await RunRemoteAsync(platform),
    ["pkcs11"] => await RunPkcs11Async(platform),
    _ => Usage(),
};

static async Task<int> RunRemoteAsync(WeChatPaySimulator platform)
{
    var token = RandomNumberGenerator.GetHexString(32);
    await using var service = await SigningService.StartAsync(platform.MerchantPrivateKeyPem, token);
    using var http = new HttpClient { BaseAddress = new Uri(service.Urls.First()) };
    http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    return await PayAsync(platform, new RemoteMerchantKey(http, platform.MerchantSerial));
}

static async Task<int> RunPkcs11Async(WeChatPaySimulator platform)
{
    const string Label = "wechatpay-merchant";
    if ((Setting("PKCS11_MODULE"), Setting("PKCS11_TOKEN"), Setting("PKCS11_PIN")) is not ({ } module, { } token, { } pin))
    {
        Console.Error.WriteLine("PKCS11_MODULE, PKCS11_TOKEN and PKCS11_PIN are not set: samples/MerchantKeys/with-softhsm sets them.");
        return 2;
    }

    Provisioning.Import(module, token, pin, Label, platform.MerchantPrivateKeyPem);
    using var key = new Pkcs11MerchantKey(module, token, pin, Label, platform.MerchantSerial);
    return await PayAsync(platform, key);
}

static string? Setting(string name) => Environment.GetEnvironmentVariable(name);

// Nothing but the key is different from any other merchant's settings.
static async Task<int> PayAsync(WeChatPaySimulator platform, IMerchantKey key)
{
    var options = new WeChatPayOptions
    {
        MerchantId = platform.MerchantId,
        MerchantKey = key,
        ApiV3Key = platform.ApiV3Key,
        PlatformPublicKeyId = platform.PlatformPublicKeyId,
        PlatformPublicKey = platform.PlatformPublicKeyPem,
        BaseAddress = platform.BaseAddress.ToString(),
    };
    using var http = new HttpClient(WeChatPayClient.CreateHandler());
    var pay = new WeChatPayClient(http, options);

    // Twenty at once: what signs must bear it.
    var orders = await Task.WhenAll(Enumerable.Range(1, 20).Select(number => pay.Payments.PrepayNativeAsync(new()
    {
        Appid = "wxd678efh567hg6787",
        Description = "a cup of tea",
        OutTradeNo = $"elsewhere-{number}",
        NotifyUrl = "https://shop.example/wechatpay/notify",
        Amount = new() { Total = 1 },
    })));
    Console.WriteLine($"{orders.Length} orders signed elsewhere: {orders[0].CodeUrl}");

    // An answer with a field that is sealed to the merchant's key.
    platform.Fullness = Fullness.Maximal;
    var complaint = await pay.Complaints.GetComplaintAsync("200201820200101080076610000");
    var isOpened = complaint.PayerPhone is { } phone && phone.Reveal().Length is > 0 and < 40;
    Console.WriteLine($"a payer's phone number opened elsewhere: {(isOpened ? "yes" : "no")}");
    return isOpened && key.Serial == platform.MerchantSerial ? 0 : 1;
}

static int Usage()
{
    Console.Error.WriteLine("usage: remote | pkcs11");
    return 2;
}
