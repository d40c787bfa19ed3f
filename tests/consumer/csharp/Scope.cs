using System.Collections.Concurrent;
using WeChatPay;
using WeChatPay.Api;
using WeChatPay.Testing;

namespace Consumer;

/// <summary>Where a snippet stands, and whether it is run.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SnippetAttribute(string place) : Attribute
{
    public string Place { get; } = place;

    public bool IsRun { get; init; }
}

/// <summary>A shop's own book of orders.</summary>
internal sealed class Orders
{
    public ConcurrentQueue<(string? Number, long Fen)> Paid { get; } = new();

    public Task MarkPaidAsync(string number, long fen, CancellationToken cancellationToken)
    {
        Paid.Enqueue((number, fen));
        return Task.CompletedTask;
    }

    public Task MarkRefundedAsync(string number, CancellationToken cancellationToken) => Task.CompletedTask;
}

#pragma warning disable IDE1006 // The names are those that the snippets use.

/// <summary>What snippets speak of without making it: a locally declared name takes its place.</summary>
internal abstract class Scope
{
    public WeChatPayClient pay { get; set; } = null!;

    public WeChatPayPartnerClient partner { get; set; } = null!;

    public WeChatPayMerchantClients merchants { get; set; } = null!;

    public WeChatPay.Shell.IMerchantKey elsewhere { get; set; } = null!;

    public DateOnly from { get; } = new(2026, 1, 1);

    public DateOnly to { get; } = new(2026, 1, 31);

    public Stream stream { get; } = Stream.Null;

    public Stream destination { get; } = Stream.Null;

    public BillFile bill { get; } = new();

    public WebApplicationBuilder builder { get; set; } = null!;

    public WebApplication app { get; set; } = null!;

    public IConfiguration configuration { get; set; } = null!;

    public string baseDirectory { get; } = AppContext.BaseDirectory;

    public Dictionary<string, string> headers { get; set; } = [];

    public byte[] body { get; set; } = [];

    public Orders orders { get; } = new();

    public string ShopAddress { get; set; } = "http://127.0.0.1:1";

    public CancellationToken ct { get; }

    public virtual Task<IResult?> RunAsync() => Task.FromResult<IResult?>(null);
}

/// <summary>A snippet that makes an application out of <c>builder</c>.</summary>
internal abstract class HostScope : Scope
{
    public abstract WebApplication Build();
}

/// <summary>A snippet of a user's own test: a platform of its own, and one notification of it.</summary>
internal abstract class TestingScope : Scope
{
    protected TestingScope()
    {
        paid = platform.PaymentSucceeded(outTradeNo: "tea-001", total: 100);
        client = platform.CreateClient();
    }

    public TestPlatform platform { get; } = new();

    public SignedNotification paid { get; }

    public WeChatPayClient client { get; }

    public HttpClient http { get; } = new();

    public DateTimeOffset noon { get; } = new(2026, 1, 31, 12, 0, 0, TimeSpan.FromHours(8));

    public string path { get; } = "/v3/pay/transactions/native";

    public string json { get; } = "{}";

    public NativePrepayRequest request { get; } = new()
    {
        Appid = "wx0000000000000001", Description = "tea", OutTradeNo = "tea-001", NotifyUrl = "https://shop.test/notify", Amount = new() { Total = 1 },
    };

    public static string MyOrder(string url) => "{}";
}
