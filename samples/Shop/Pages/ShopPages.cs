using QRCoder;
using Shop.Orders;
using Shop.Payments;
using WeChatPay.Simulator;

namespace Shop.Pages;

/// <summary>What a customer sees: the shelf, and an order whose page changes when the callback comes.</summary>
internal static class ShopPages
{
    private const string Watch = """
        const { path, status } = document.currentScript.dataset;
        setInterval(async () => { if (await (await fetch(path + '/status')).text() !== status) location.replace(path); }, 1000);
        """;

    public static void MapShopPages(this WebApplication app)
    {
        var book = app.Services.GetRequiredService<OrderBook>();
        var checkout = app.Services.GetRequiredService<Checkout>();
        var payer = app.Services.GetKeyedService<WeChatPaySimulator>("payer");
        app.MapGet("/", static context => Html.PageAsync(context, "A Cup of Tea", "<div class=\"shelf\">" + string.Concat(Product.All.Select(Card)) + "</div>"));
        app.MapGet("/watch.js", static context =>
        {
            context.Response.ContentType = "text/javascript";
            return context.Response.WriteAsync(Watch);
        });
        app.MapPost("/products/{id}/buy", async context =>
        {
            if (Product.All.FirstOrDefault(product => product.Id == Route(context, "id")) is { } product)
            {
                var order = await checkout.OrderAsync(product, context.RequestAborted);
                Html.SeeOther(context, "/orders/" + order.Number);
                return;
            }

            await Html.NotFoundAsync(context);
        });
        app.MapGet("/orders/{number}", context => book.Find(Route(context, "number")) is { } order
            ? Html.PageAsync(context, "Order " + order.Number, Page(order, payer is not null))
            : Html.NotFoundAsync(context));
        app.MapGet("/orders/{number}/status", context => book.Find(Route(context, "number")) is { } order
            ? context.Response.WriteAsync(order.Status.ToString())
            : Html.NotFoundAsync(context));
        if (payer is not null)
        {
            app.MapPost("/orders/{number}/pay", async context =>
            {
                if (book.Find(Route(context, "number")) is { Status: OrderStatus.AwaitingPayment } order)
                {
                    await payer.PayAsync(order.Number);
                }

                Html.SeeOther(context, "/orders/" + Uri.EscapeDataString(Route(context, "number")));
            });
        }
    }

    private static string Route(HttpContext context, string name) => (string?)context.Request.RouteValues[name] ?? string.Empty;

    private static string Cup(string colour) =>
        "<div class=\"cup\"><svg width=\"112\" height=\"96\" viewBox=\"0 0 112 96\" aria-hidden=\"true\"><path d=\"M44 26c-6-8 6-10 0-18M58 26c-6-8 6-10 0-18\" fill=\"none\" stroke=\"#b9b6a8\" stroke-width=\"3\" stroke-linecap=\"round\"/>"
        + "<path d=\"M82 44h8a11 11 0 0 1 0 22h-12\" fill=\"none\" stroke=\"#fff\" stroke-width=\"7\"/><path d=\"M18 36h66c0 26-10 44-33 44S18 62 18 36z\" fill=\"#fff\"/>"
        + "<ellipse cx=\"51\" cy=\"37\" rx=\"33\" ry=\"7\" fill=\"#fff\"/><ellipse cx=\"51\" cy=\"37\" rx=\"28\" ry=\"5\" fill=\"" + colour + "\"/><ellipse cx=\"51\" cy=\"87\" rx=\"36\" ry=\"4\" fill=\"#dcd9cc\"/></svg></div>";

    private static string Card(Product product) =>
        "<section class=\"card\">" + Cup(product.Colour) + "<h2>" + Html.Encode(product.Name) + "</h2><p>" + Html.Encode(product.Words) + "</p>"
        + "<form class=\"buy\" method=\"post\" action=\"/products/" + product.Id + "/buy\"><span class=\"price\">" + Product.Yuan(product.Fen) + "</span><button>Buy</button></form></section>";

    private static string Page(Order order, bool isSimulated)
    {
        var path = "/orders/" + order.Number;
        return "<section class=\"card order\"><h2>" + Html.Encode(order.Product) + "</h2><div class=\"price\">" + Product.Yuan(order.Fen) + "</div>"
            + (order is { Status: OrderStatus.AwaitingPayment, CodeUrl: { } code } ? Code(code) : "<br>")
            + "<div>" + Html.Pill(order.Status) + "</div>"
            + (order.Status == OrderStatus.AwaitingPayment && isSimulated ? "<form method=\"post\" action=\"" + path + "/pay\"><br><button>Pay</button><br><small>as the payer's phone would: the code is a simulated one</small></form>" : string.Empty)
            + (order.Status is OrderStatus.Closed or OrderStatus.Refunded ? "<p><br><a href=\"/\">Another cup</a></p>" : string.Empty)
            + "<p><br><small>Order " + order.Number + "</small></p></section>"
            + "<script src=\"/watch.js\" data-path=\"" + path + "\" data-status=\"" + order.Status + "\"></script>";
    }

    private static string Code(string url)
    {
        using var code = QRCodeGenerator.GenerateQrCode(url, QRCodeGenerator.ECCLevel.M);
        return "<div class=\"code\" role=\"img\" aria-label=\"QR code to pay with\">" + new SvgQRCode(code).GetGraphic(4, "#23261f", "#ffffff", sizingMode: SvgQRCode.SizingMode.ViewBoxAttribute) + "</div>";
    }
}
