using System.Net;
using System.Net.Http.Headers;

namespace WeChatPay.Testing;

/// <summary>The platform's end of the wire in memory, for tests only: verifies each request's signature, answers what was registered, signs the answer, remembers the request. May be used from many threads.</summary>
public sealed class TestPlatformHandler : HttpMessageHandler
{
    private readonly TestPlatform _platform;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Method, string Url), Func<ReceivedRequest, TestAnswer>> _answers = [];
    private readonly List<ReceivedRequest> _requests = [];

    internal TestPlatformHandler(TestPlatform platform) => _platform = platform;

    /// <summary>The requests that came so far, wrongly signed ones too, the oldest first.</summary>
    public IReadOnlyList<ReceivedRequest> Requests
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Registers a signed answer with a JSON body. A path without <c>?</c> fits any query; the last registration counts.</summary>
    public TestPlatformHandler Answer(string method, string url, int status, string json) => Answer(method, url, TestAnswer.Json(status, json));

    /// <summary>Registers an answer, good or bad.</summary>
    public TestPlatformHandler Answer(string method, string url, TestAnswer answer) => Answer(method, url, _ => answer);

    /// <summary>Registers an answer that depends on the request.</summary>
    public TestPlatformHandler Answer(string method, string url, Func<ReceivedRequest, TestAnswer> answer)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(answer);
        if (url is not ['/', ..])
        {
            throw new ArgumentException("The path begins with a slash, such as /v3/pay/transactions/native; it names no host.", nameof(url));
        }

        lock (_gate)
        {
            _answers[(method.ToUpperInvariant(), url)] = answer;
        }

        return this;
    }

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var received = await ReceivedRequest.ReadAsync(request, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            _requests.Add(received);
        }

        var answer = AnswerTo(received);
        return answer.Fate == AnswerFate.Lost
            ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "The test platform lost its answer to " + received + ", as it was told to.")
            : Respond(request, answer);
    }

    private TestAnswer AnswerTo(ReceivedRequest request)
    {
        if (RequestSignature.FindProblem(_platform, request) is { } problem)
        {
            return TestAnswer.Json(401, problem.ToJsonString());
        }

        var serial = request.Headers.GetValueOrDefault("Wechatpay-Serial", _platform.PlatformPublicKeyId);
        return serial == _platform.PlatformPublicKeyId
            ? Find(request)(request)
            : TestAnswer.Error(400, "PARAM_ERROR", "请求头 Wechatpay-Serial 有误");
    }

    private Func<ReceivedRequest, TestAnswer> Find(ReceivedRequest request)
    {
        lock (_gate)
        {
            return _answers.GetValueOrDefault((request.Method, request.Url)) ?? _answers.GetValueOrDefault((request.Method, request.Path))
                ?? throw new InvalidOperationException(
                    "The test platform has no answer to " + request + ". Registered: "
                    + (_answers.Count == 0 ? "nothing" : string.Join(", ", _answers.Keys.Select(key => key.Method + " " + key.Url).Order(StringComparer.Ordinal)))
                    + ". Call platform.Handler.Answer(\"" + request.Method + "\", \"" + request.Path + "\", …).");
        }
    }

    private HttpResponseMessage Respond(HttpRequestMessage request, TestAnswer answer)
    {
        var response = new HttpResponseMessage((HttpStatusCode)answer.Status) { RequestMessage = request, Content = new ReadOnlyMemoryContent(answer.Body) };
        if (answer.Body.Length > 0)
        {
            response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        response.Headers.Add("Request-ID", "08" + TestKeys.NewToken(30) + "-0");
        if (answer.Fate != AnswerFate.Unsigned)
        {
            var signer = answer.Fate == AnswerFate.WronglySigned ? _platform.Keys.Stranger : _platform.Keys.Platform;
            foreach (var (name, value) in _platform.Keys.Sign(signer, _platform.Now, answer.Body.Span))
            {
                response.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return response;
    }
}
