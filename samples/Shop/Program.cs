// A shop as it would be run: orders in SQLite, callbacks in a durable inbox beside them, every effect once, doubt ended by a query.
//   dotnet run --project samples/Shop             opens it at http://127.0.0.1:5080; WeChat Pay is simulated until a merchant is configured
//   dotnet run --project samples/Shop -- --demo   tells a bad day at the shop, and ends
//
// With a merchant of your own, keys stay out of the repository:
//   dotnet user-secrets --project samples/Shop set WeChatPay:MerchantId 1900000001    (and the others that appsettings.json names)
//   dotnet user-secrets --project samples/Shop set WeChatPay:ApiV3Key …
//   dotnet user-secrets --project samples/Shop set Shop:AdminPassword …
using Shop;

return args.Contains("--demo") ? await Demo.RunAsync() : await ShopApplication.RunAsync(args);
