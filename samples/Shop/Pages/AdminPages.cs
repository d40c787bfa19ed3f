using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Shop.Orders;
using Shop.Payments;

namespace Shop.Pages;

/// <summary>What the shop's people see: orders, refunds, and every effect with where the news came from.</summary>
internal static class AdminPages
{
    public static void MapAdminPages(this WebApplication app)
    {
        var book = app.Services.GetRequiredService<OrderBook>();
        var refunding = app.Services.GetRequiredService<Refunding>();
        var settings = app.Services.GetRequiredService<ShopSettings>();
        app.MapGet("/admin", context => Guard(context, settings, () => Html.PageAsync(context, "Admin", Page(book))));
        app.MapPost("/admin/orders/{number}/refund", context => Guard(context, settings, async () =>
        {
            // A form of another site must not give money back in this browser's name.
            if (context.Request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin")
            {
                await refunding.RefundAsync((string?)context.Request.RouteValues["number"] ?? string.Empty, context.RequestAborted);
            }

            Html.SeeOther(context, "/admin");
        }));
    }

    /// <summary>Open beside a simulated platform; otherwise by a password, and closed without one.</summary>
    private static Task Guard(HttpContext context, ShopSettings settings, Func<Task> open)
    {
        if (settings.AdminPassword.Length == 0)
        {
            return settings.IsSimulated ? open() : Html.NotFoundAsync(context);
        }

        if (IsPassword(context.Request.Headers.Authorization.ToString(), settings.AdminPassword))
        {
            return open();
        }

        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"shop\", charset=\"UTF-8\"";
        return Task.CompletedTask;
    }

    private static bool IsPassword(string header, string password)
    {
        var given = AuthenticationHeaderValue.TryParse(header, out var value) && value is { Scheme: "Basic", Parameter: { } parameter } ? parameter : string.Empty;
        var expected = Convert.ToBase64String(Encoding.UTF8.GetBytes("admin:" + password));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
    }

    private static string Page(OrderBook book) =>
        "<h2>Orders</h2><div class=\"wide\"><table><tr><th>Order</th><th>What</th><th>Amount</th><th>Status</th><th>Payment</th><th></th></tr>"
        + string.Concat(book.Latest(50).Select(Row)) + "</table></div>"
        + "<h2>Effects, each done once</h2><div class=\"wide\"><table><tr><th>When</th><th>Number</th><th>News from</th><th>Result</th><th>Told</th><th>Key</th></tr>"
        + string.Concat(book.LatestEffects(50).Select(Row)) + "</table></div>";

    private static string Row(Order order) =>
        "<tr><td><a href=\"/orders/" + order.Number + "\"><code>" + order.Number + "</code></a></td><td>" + Html.Encode(order.Product)
        + "</td><td class=\"money\">" + Product.Yuan(order.Fen) + "</td><td>" + Html.Pill(order.Status) + (order.Note is null ? string.Empty : "<div class=\"note\">" + Html.Encode(order.Note) + "</div>")
        + "</td><td><code>" + Html.Encode(order.TransactionId) + "</code></td><td>"
        + (OrderLifecycle.IsRefundable(order) ? "<form method=\"post\" action=\"/admin/orders/" + order.Number + "/refund\"><button class=\"quiet\">Refund</button></form>" : string.Empty) + "</td></tr>";

    private static string Row(Effect effect) =>
        "<tr><td>" + effect.At.ToOffset(TimeSpan.FromHours(8)).ToString("HH:mm:ss", CultureInfo.InvariantCulture) + "</td><td><code>" + Html.Encode(effect.Number) + "</code></td><td>"
        + Html.Encode(effect.Source) + "</td><td>" + Html.Encode(effect.Result) + "</td><td>" + effect.Times.ToString(CultureInfo.InvariantCulture) + "×</td><td><code>" + Html.Encode(effect.Key) + "</code></td></tr>";
}
