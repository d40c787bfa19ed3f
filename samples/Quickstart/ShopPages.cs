using System.Globalization;
using System.Text.Encodings.Web;
using QRCoder;
using WeChatPay.Simulator;

namespace Quickstart;

/// <summary>The shop's pages: the product, the order with its QR code, and a status that changes when the callback comes.</summary>
internal static class ShopPages
{
    private const string Style = """
        body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #f6f6f3; color: #1c1c1a }
        main { max-width: 26rem; margin: 3rem auto; padding: 2rem; background: #fff; border: 1px solid #ddd; border-radius: .75rem }
        h1 { font-size: 1.25rem; margin: 0 0 .25rem }
        .price { font-size: 1.75rem; margin: 0 0 1rem }
        .code svg { display: block; width: 14rem; height: 14rem; margin: 1rem auto }
        .status { padding: .75rem 1rem; border-radius: .5rem; background: #f1f1ec }
        .status.Paid { background: #ddf3e0 } .status.Refunded { background: #fdf0d5 }
        button { font: inherit; padding: .6rem 1.2rem; border: 0; border-radius: .5rem; background: #07904d; color: #fff; cursor: pointer }
        button.quiet { background: #5b5b57 }
        small { color: #5b5b57 }
        """;

    public static void MapShopPages(this WebApplication app)
    {
        var shop = app.Services.GetRequiredService<Shop>();
        var platform = app.Services.GetRequiredService<WeChatPaySimulator>();
        app.MapGet("/", context => WriteAsync(context, Product()));
        app.MapPost("/orders", async context =>
        {
            var order = await shop.OrderAsync(context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = "/orders/" + order.Number;
        });
        app.MapGet("/orders/{number}", context => WithOrder(context, shop, order => WriteAsync(context, Page(order))));
        app.MapGet("/orders/{number}/status", context => WithOrder(context, shop, order => context.Response.WriteAsync(order.Status.ToString())));
        app.MapPost("/orders/{number}/pay", context => WithOrder(context, shop, async order =>
        {
            if (order.Status == OrderStatus.AwaitingPayment)
            {
                await platform.PayAsync(order.Number);
            }

            BackTo(context, order);
        }));
        app.MapPost("/orders/{number}/refund", context => WithOrder(context, shop, async order =>
        {
            await shop.RefundAsync(order, context.RequestAborted);
            BackTo(context, order);
        }));
    }

    private static void BackTo(HttpContext context, Order order)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/orders/" + order.Number;
    }

    private static Task WithOrder(HttpContext context, Shop shop, Func<Order, Task> show)
    {
        if (shop.Find((string)context.Request.RouteValues["number"]!) is { } order)
        {
            return show(order);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("There is no such order.");
    }

    private static Task WriteAsync(HttpContext context, string body)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Tea shop</title><style>" + Style + "</style><main>" + body + "</main></html>");
    }

    private static string Heading(string product, long fen) =>
        "<h1>" + HtmlEncoder.Default.Encode(product) + "</h1><p class=\"price\">¥" + (fen / 100m).ToString("0.00", CultureInfo.InvariantCulture) + "</p>";

    private static string Product() =>
        Heading(Shop.Product, Shop.Fen) + "<form method=\"post\" action=\"/orders\"><button>Buy</button></form>";

    private static string Page(Order order)
    {
        using var code = QRCodeGenerator.GenerateQrCode(order.CodeUrl, QRCodeGenerator.ECCLevel.M);
        var picture = new SvgQRCode(code).GetGraphic(4, "#1c1c1a", "#ffffff", sizingMode: SvgQRCode.SizingMode.ViewBoxAttribute);
        var path = "/orders/" + order.Number;
        return Heading(order.Product, order.Fen) + (order.Status switch
        {
            OrderStatus.AwaitingPayment => "<div class=\"code\" role=\"img\" aria-label=\"QR code to pay with\">" + picture + "</div>"
                + "<p class=\"status AwaitingPayment\" id=\"status\">Waiting for the payment</p>"
                + "<form method=\"post\" action=\"" + path + "/pay\"><button>Pay</button> <small>as the payer's phone would: the code is a simulated one</small></form>",
            OrderStatus.Paid => "<p class=\"status Paid\" id=\"status\">Paid: the callback came and was verified</p>"
                + "<form method=\"post\" action=\"" + path + "/refund\"><button class=\"quiet\">Refund</button></form>",
            _ => "<p class=\"status Refunded\" id=\"status\">Refunded</p><p><a href=\"/\">Another cup</a></p>",
        })
            + "<p><small>Order " + order.Number + "</small></p>"
            + "<script>setInterval(async () => { const status = await (await fetch('" + path + "/status')).text(); if (status !== '" + order.Status + "') location.replace('" + path + "'); }, 1000)</script>";
    }
}
