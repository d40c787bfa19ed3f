// Kills a shop again and again while it is paid, then counts what its own table says.
//   dotnet run -c Release --project tests/Chaos -- --store sqlite|postgres --notifications 10000 --kills 50
//     --server-restarts 5      how often PostgreSQL crashes beside it
//     --receivers 1            how many processes share the inbox (PostgreSQL)
//     --broken uniqueness      the inbox cannot tell a copy any more: the count must go wrong
//     --broken answer-first    the platform is answered before the notification is stored: the count must go wrong
using WeChatPay.Chaos;

var arguments = Arguments.Read(args);
return arguments is null ? 2 : arguments.Receiver is null ? await Chaos.RunAsync(arguments) : await Receiver.RunAsync(arguments.Receiver, arguments.Broken);
