using System.Net.Http.Headers;

namespace WeChatPay.Testing;

/// <summary>A notification of a <see cref="TestPlatform"/>, sealed and signed: for tests only. Immutable; the methods that spoil it give a changed copy.</summary>
public sealed class SignedNotification
{
    private readonly TestPlatform _platform;
    private readonly Letter _letter;

    internal SignedNotification(TestPlatform platform, Letter letter)
        : this(platform, letter, platform.Seal(letter, isOtherKey: false))
    {
    }

    private SignedNotification(TestPlatform platform, Letter letter, ReadOnlyMemory<byte> body)
        : this(platform, letter, body, platform.Keys.Sign(platform.Keys.Platform, platform.Now, body.Span))
    {
    }

    private SignedNotification(TestPlatform platform, Letter letter, ReadOnlyMemory<byte> body, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        (_platform, _letter) = (platform, letter);
        (Body, Headers) = (body, headers);
    }

    /// <summary>The notification's number; the same whenever it is sent again.</summary>
    public string Id => _letter.Id;

    /// <summary>What happened, such as <c>TRANSACTION.SUCCESS</c>.</summary>
    public string EventType => _letter.EventType;

    /// <summary>The headers that sign the body.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>The exact bytes.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The request as the platform sends it, new on every call.</summary>
    public HttpRequestMessage ToHttpRequestMessage(string url)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    /// <summary>Sends it to an application under test.</summary>
    public async Task<HttpResponseMessage> PostAsync(HttpClient client, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        using var request = ToHttpRequestMessage(path);
        return await client.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same notification signed once more at the clock's now, as the platform repeats it: genuine, and its effect must not happen twice.</summary>
    public SignedNotification Again() => new(_platform, _letter, Body);

    /// <summary>Signed by a key that nobody trusts, under the serial that is trusted: <c>signature_mismatch</c>.</summary>
    public SignedNotification WithWrongSignature() => With(_platform.Keys.Sign(_platform.Keys.Stranger, _platform.Now, Body.Span));

    /// <summary>One byte of the body is another than was signed: <c>signature_mismatch</c>.</summary>
    public SignedNotification WithTamperedBody()
    {
        var body = Body.ToArray();
        body[^2] ^= 1;
        return new(_platform, _letter, body, Headers);
    }

    /// <summary>Signed too long ago, ten minutes unless said: <c>outside_tolerance</c>.</summary>
    public SignedNotification Stale(TimeSpan? age = null) =>
        With(_platform.Keys.Sign(_platform.Keys.Platform, _platform.Now - (age ?? TimeSpan.FromMinutes(10)), Body.Span));

    /// <summary>Signed under a serial that is not configured: <c>unknown_serial</c>.</summary>
    public SignedNotification WithUnknownSerial() => WithHeader("Wechatpay-Serial", _ => "PUB_KEY_ID_0000000000000000000000000000000");

    /// <summary>Without any of the headers that sign it: <c>missing_header</c>.</summary>
    public SignedNotification WithoutSignature() => With([]);

    /// <summary>With the wrong signature by which the platform tests its merchants now and then: <c>signature_probe</c>, to be refused.</summary>
    public SignedNotification AsProbe() => WithHeader("Wechatpay-Signature", static signature => "WECHATPAY/SIGNTEST/" + signature);

    /// <summary>Sealed under an APIv3 key that is not the merchant's, and signed rightly: <c>decryption_failed</c>.</summary>
    public SignedNotification WithOtherApiV3Key() => new(_platform, _letter, _platform.Seal(_letter, isOtherKey: true));

    /// <summary>The notification's number and type; nothing personal.</summary>
    public override string ToString() => "SignedNotification(" + Id + ", " + EventType + ")";

    private SignedNotification With(IReadOnlyList<KeyValuePair<string, string>> headers) => new(_platform, _letter, Body, headers);

    private SignedNotification WithHeader(string name, Func<string, string> change) =>
        With([.. Headers.Select(header => header.Key == name ? new(name, change(header.Value)) : header)]);
}

/// <summary>What a notification says, before it is sealed.</summary>
internal sealed record Letter(string Id, string EventType, string OriginalType, string Summary, ReadOnlyMemory<byte> Resource)
{
    /// <summary>No resource: it may hold personal data.</summary>
    public override string ToString() => "Letter(" + Id + ", " + EventType + ")";
}
