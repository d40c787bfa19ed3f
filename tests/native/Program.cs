using WeChatPay;
using WeChatPay.Api;

// The smallest program that takes a payment: places an order, and decodes the callback whose headers and body it is given.
// console SETTINGS HEADERS BODY, where SETTINGS has `Name=value` lines.
var settings = File.ReadAllLines(args[0]).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
var options = new WeChatPayOptions
{
    MerchantId = settings["MerchantId"],
    MerchantSerial = settings["MerchantSerial"],
    MerchantPrivateKeyFile = settings["MerchantPrivateKeyFile"],
    ApiV3Key = settings["ApiV3Key"],
    PlatformPublicKeyId = settings["PlatformPublicKeyId"],
    PlatformPublicKeyFile = settings["PlatformPublicKeyFile"],
    BaseAddress = settings["BaseAddress"],
    BaseDirectory = Path.GetDirectoryName(Path.GetFullPath(args[0]))!,
};
using var http = new HttpClient(WeChatPayClient.CreateHandler());
var pay = new WeChatPayClient(http, options);
if (args.Length == 1)
{
    NativePrepayResponse order = await pay.Payments.PrepayNativeAsync(new()
    {
        Appid = "wxd678efh567hg6787",
        Description = "a cup of tea",
        OutTradeNo = "native-001",
        NotifyUrl = "https://shop.example/wechatpay/notify",
        Amount = new() { Total = 1 },
    });
    Console.WriteLine(order.CodeUrl);
    return 0;
}

var headers = File.ReadAllLines(args[1]).Where(line => line.Length > 0).Select(line => line.Split(':', 2)).Select(pair => KeyValuePair.Create(pair[0].Trim(), pair[1].Trim()));
if (pay.Notifications.Decode(headers, File.ReadAllBytes(args[2])).TryGet(out var decoded, out var failure))
{
    Console.WriteLine(decoded.EventType);
    return 0;
}

Console.Error.WriteLine(failure.Code);
return 1;
