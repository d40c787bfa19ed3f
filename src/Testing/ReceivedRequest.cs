namespace WeChatPay.Testing;

/// <summary>A request that the test platform saw, for a test to look at. Its body holds what your application sent, personal data too.</summary>
public sealed class ReceivedRequest
{
    internal ReceivedRequest(string method, string url, ReadOnlyMemory<byte> bytes, IReadOnlyDictionary<string, string> headers) =>
        (Method, Url, Bytes, Headers) = (method, url, bytes, headers);

    /// <summary>GET, POST, …</summary>
    public string Method { get; }

    /// <summary>Path and query, as they were signed.</summary>
    public string Url { get; }

    /// <summary>The path alone.</summary>
    public string Path => Url.Split('?')[0];

    /// <summary>The body as text; empty for none.</summary>
    public string Body => System.Text.Encoding.UTF8.GetString(Bytes.Span);

    /// <summary>The body's exact bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The headers, by name in any case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The method and the path; no query, no body.</summary>
    public override string ToString() => Method + " " + Path;

    internal static async Task<ReceivedRequest> ReadAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var bytes = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in request.Headers.NonValidated.Concat(request.Content?.Headers.NonValidated.AsEnumerable() ?? []))
        {
            headers[name] = string.Join(",", values);
        }

        return new(request.Method.Method, request.RequestUri?.PathAndQuery ?? string.Empty, bytes, headers);
    }
}
