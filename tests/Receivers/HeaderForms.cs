using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.Specialized;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace WeChatPay.Tests.Receivers;

/// <summary>Every usual type of headers, handed over without ceremony: that this compiles is half of the test, that each call decodes is the other.</summary>
public static class HeaderForms
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    /// <summary>The codes of what failed, by form; empty where it was decoded.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> DecodeAsync(WeChatPayNotifications notifications, KeyValuePair<string, string>[] pairs, byte[] body)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        OfPairs(notifications, pairs, body, found);
        OfSeveralValues(notifications, pairs, body, found);
        await OfHttpAsync(notifications, pairs, body, found);
        await OfNameValuesAsync(notifications, pairs, body, found);
        return found;
    }

    private static void OfPairs(WeChatPayNotifications notifications, KeyValuePair<string, string>[] pairs, byte[] body, SortedDictionary<string, string> found)
    {
        Dictionary<string, string> dictionary = new(pairs);
        List<KeyValuePair<string, string>> list = [.. pairs];
        found["array of pairs"] = Code(notifications.Decode(pairs, body));
        found["Dictionary"] = Code(notifications.Decode(dictionary, body));
        found["IDictionary"] = Code(notifications.Decode((IDictionary<string, string>)dictionary, body));
        found["IReadOnlyDictionary"] = Code(notifications.Decode((IReadOnlyDictionary<string, string>)dictionary, body));
        found["ImmutableDictionary"] = Code(notifications.Decode(dictionary.ToImmutableDictionary(), body));
        found["ConcurrentDictionary"] = Code(notifications.Decode(new ConcurrentDictionary<string, string>(pairs), body));
        found["List of pairs"] = Code(notifications.Decode(list, body));
        found["LINQ"] = Code(notifications.Decode(pairs.Where(pair => pair.Key.Length > 0), body));
    }

    private static void OfSeveralValues(WeChatPayNotifications notifications, KeyValuePair<string, string>[] pairs, byte[] body, SortedDictionary<string, string> found)
    {
        var arrays = pairs.ToDictionary(pair => pair.Key, pair => new[] { pair.Value });
        var lists = pairs.ToDictionary(pair => pair.Key, pair => new List<string> { pair.Value });
        IDictionary<string, IList<string>> gateway = pairs.ToDictionary(pair => pair.Key, pair => (IList<string>)[pair.Value]);
        IEnumerable<KeyValuePair<string, IEnumerable<string>>> sequences = pairs.Select(pair => KeyValuePair.Create(pair.Key, (IEnumerable<string>)[pair.Value]));
        found["Dictionary of arrays"] = Code(notifications.Decode(arrays, body));
        found["Dictionary of lists"] = Code(notifications.Decode(lists, body));
        found["IDictionary of IList"] = Code(notifications.Decode(gateway, body));
        found["pairs of sequences"] = Code(notifications.Decode(sequences, body));
        found["pairs of sequences, verified"] = notifications.Verify(sequences, body).TryGet(out _, out var failure) ? string.Empty : failure.Code;
        found["stored arrays"] = Code(notifications.DecodeReceivedAt(At(pairs), arrays, body));
    }

    private static async Task OfHttpAsync(WeChatPayNotifications notifications, KeyValuePair<string, string>[] pairs, byte[] body, SortedDictionary<string, string> found)
    {
        using var message = new HttpRequestMessage();
        IHeaderDictionary dictionary = new HeaderDictionary();
        foreach (var (name, value) in pairs)
        {
            message.Headers.TryAddWithoutValidation(name, value);
            dictionary.Append(name, new StringValues(value));
        }

        HttpHeaders headers = message.Headers;
        found["HttpRequestHeaders"] = Code(notifications.Decode(message.Headers, body));
        found["HttpHeaders"] = Code(await notifications.DecodeAsync(headers, new ForwardStream(body), s_none));
        found["IHeaderDictionary"] = Code(notifications.Decode(dictionary, body));
        found["IHeaderDictionary, stream"] = Code(await notifications.DecodeAsync(dictionary, new ForwardStream(body), s_none));
        found["pairs, stream"] = Code(await notifications.DecodeAsync(pairs, new ForwardStream(body)));
        found["pairs, stream, verified"] = (await notifications.VerifyAsync(pairs, new ForwardStream(body))).TryGet(out _, out var failure) ? string.Empty : failure.Code;
        found["HttpHeaders, stream, verified"] = (await notifications.VerifyAsync(headers, new ForwardStream(body))).TryGet(out _, out failure) ? string.Empty : failure.Code;
    }

    private static async Task OfNameValuesAsync(WeChatPayNotifications notifications, KeyValuePair<string, string>[] pairs, byte[] body, SortedDictionary<string, string> found)
    {
        var values = new NameValueCollection();
        var web = new WebHeaderCollection();
        foreach (var (name, value) in pairs)
        {
            values.Add(name, value);
            web.Add(name, value);
        }

        found["NameValueCollection"] = Code(notifications.Decode(values, body));
        found["NameValueCollection, stored"] = Code(notifications.DecodeReceivedAt(At(pairs), values, body));
        found["NameValueCollection, verified"] = notifications.Verify(values, body).TryGet(out _, out var failure) ? string.Empty : failure.Code;
        found["WebHeaderCollection"] = Code(await notifications.DecodeAsync(web, new ForwardStream(body)));
        found["WebHeaderCollection, verified"] = (await notifications.VerifyAsync(web, new ForwardStream(body))).TryGet(out _, out failure) ? string.Empty : failure.Code;
    }

    private static DateTimeOffset At(KeyValuePair<string, string>[] pairs) => DateTimeOffset.FromUnixTimeSeconds(
        long.Parse(pairs.First(pair => pair.Key.EndsWith("Timestamp", StringComparison.OrdinalIgnoreCase)).Value, System.Globalization.CultureInfo.InvariantCulture));

    private static string Code(NotificationResult result) => result.TryGet(out _, out var failure) ? string.Empty : failure.Code;
}
