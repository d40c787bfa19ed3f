using System.Collections.Specialized;

namespace WeChatPay;

/// <summary>Headers of any framework as pairs of name and value; a header that was given twice stays twice.</summary>
internal static class HeaderPairs
{
    public static IEnumerable<KeyValuePair<string, string>> Of<TValues>(IEnumerable<KeyValuePair<string, TValues>> headers)
        where TValues : IEnumerable<string?>
    {
        ArgumentNullException.ThrowIfNull(headers);
        return Each(headers);
    }

    public static IEnumerable<KeyValuePair<string, string>> Of(NameValueCollection headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return Each(headers);
    }

    private static IEnumerable<KeyValuePair<string, string>> Each<TValues>(IEnumerable<KeyValuePair<string, TValues>> headers)
        where TValues : IEnumerable<string?>
    {
        foreach (var (name, values) in headers)
        {
            if (values is not null)
            {
                foreach (var value in values)
                {
                    yield return new(name, value ?? string.Empty);
                }
            }
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Each(NameValueCollection headers)
    {
        for (var index = 0; index < headers.Count; index++)
        {
            if (headers.GetKey(index) is { } name)
            {
                foreach (var value in headers.GetValues(index) ?? [])
                {
                    yield return new(name, value);
                }
            }
        }
    }
}
