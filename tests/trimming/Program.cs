using WeChatPay;
#if SM
using WeChatPay.Functional;
#endif

// Refers to the package of the SM suite and uses RSA only: what trimming leaves must not have BouncyCastle in it.
var options = new WeChatPayOptions { MerchantId = "1900000001" };
#if SM
options.Suite = SmSuite.Instance;
#endif
try
{
    WeChatPayNotifications.Create(options).Decode([], []).TryGet(out _, out _);
    return 1;
}
catch (WeChatPayConfigurationException missing)
{
    Console.WriteLine(options.Suite + ": " + missing.Problems.Count);
    return 0;
}
