using System.Text.Encodings.Web;
using Shop.Orders;

namespace Shop.Pages;

/// <summary>Plain HTML: a frame, and texts that are encoded.</summary>
internal static class Html
{
    private const string Style = """
        :root { --ink: #23261f; --quiet: #6b6f63; --line: #e3e1d8; --leaf: #0a7d47; --paper: #fff }
        * { box-sizing: border-box }
        body { font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", sans-serif; margin: 0; background: #f5f3ec; color: var(--ink) }
        header { display: flex; align-items: baseline; gap: 1.5rem; max-width: 60rem; margin: 0 auto; padding: 1.5rem 1.5rem 0 }
        header a { color: inherit; text-decoration: none } header .name { font-size: 1.4rem; font-weight: 700; letter-spacing: .02em }
        header .admin { margin-left: auto; color: var(--quiet) }
        main { max-width: 60rem; margin: 1.5rem auto 4rem; padding: 0 1.5rem }
        .banner { background: #7a3b00; color: #fff; text-align: center; padding: .5rem 1rem; font-weight: 600 }
        .shelf { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1.25rem }
        .card { background: var(--paper); border: 1px solid var(--line); border-radius: 1rem; padding: 1.5rem; display: flex; flex-direction: column }
        .card h2 { font-size: 1.15rem; margin: .75rem 0 .25rem } .card p { margin: 0 0 1rem; color: var(--quiet) }
        .cup { height: 8rem; border-radius: .75rem; background: #f5f3ec; display: grid; place-items: center }
        .buy { margin-top: auto; display: flex; align-items: center; justify-content: space-between }
        .price { font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums }
        button { font: inherit; font-weight: 600; padding: .55rem 1.25rem; border: 0; border-radius: .6rem; background: var(--leaf); color: #fff; cursor: pointer }
        button:hover { filter: brightness(1.08) } button:focus-visible { outline: 3px solid #7fcfa6; outline-offset: 2px }
        button.quiet { background: #585c52 }
        .order { max-width: 27rem; margin: 0 auto; text-align: center }
        .code svg { display: block; width: 15rem; height: 15rem; margin: 1rem auto }
        .pill { display: inline-block; padding: .15rem .7rem; border-radius: 1rem; background: #ecebe4; font-size: .9rem; font-weight: 600; white-space: nowrap }
        .Paid { background: #d7f0df; color: #05502c } .Refunded { background: #e2e8f5; color: #263b66 } .Refunding { background: #fdf0cf; color: #664a00 }
        .RefundAbnormal, .Disputed { background: #fbdcd6; color: #7a1b0a } .Placing { background: #fdf0cf; color: #664a00 }
        table { width: 100%; border-collapse: collapse; background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; overflow: hidden; margin-bottom: 2rem; font-size: .92rem }
        th, td { text-align: left; padding: .55rem .75rem; border-top: 1px solid var(--line) } th { border: 0; background: #efede4; font-size: .85rem }
        td.money { text-align: right; font-variant-numeric: tabular-nums } td code { font-size: .8rem } .note { color: #7a1b0a; font-size: .9rem }
        .wide { overflow-x: auto } .wide td, .wide th { white-space: nowrap } .wide .note { white-space: normal } .wide a { color: var(--leaf) }
        body:has(.wide) :is(header, main) { max-width: 74rem } .wide button { padding: .2rem .8rem } small { color: var(--quiet) }
        """;

    public static string Encode(string? text) => HtmlEncoder.Default.Encode(text ?? string.Empty);

    public static string Pill(OrderStatus status) => "<span class=\"pill " + status + "\">" + Words(status) + "</span>";

    public static string Words(OrderStatus status) => status switch
    {
        OrderStatus.Placing => "Being placed",
        OrderStatus.AwaitingPayment => "Not paid yet",
        OrderStatus.Paid => "Paid",
        OrderStatus.Refunding => "Being refunded",
        OrderStatus.Refunded => "Refunded",
        OrderStatus.RefundAbnormal => "Refund is stuck",
        OrderStatus.Disputed => "A person has to look",
        _ => "Closed",
    };

    public static Task PageAsync(HttpContext context, string title, string body)
    {
        var settings = context.RequestServices.GetRequiredService<ShopSettings>();
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'";
        return context.Response.WriteAsync(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>" + Encode(title) + "</title><style>" + Style + "</style>"
            + (settings.IsSimulated ? "<div class=\"banner\" role=\"status\">WeChat Pay is simulated: no merchant is configured, no money moves</div>" : string.Empty)
            + "<header><a class=\"name\" href=\"/\">一杯茶 · A Cup of Tea</a><a class=\"admin\" href=\"/admin\">Admin</a></header><main>" + body + "</main></html>");
    }

    /// <summary>After a form: a page that can be loaded again without sending the form again.</summary>
    public static void SeeOther(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
    }

    public static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return PageAsync(context, "Not found", "<div class=\"card order\"><h2>There is nothing here</h2><p><a href=\"/\">To the shop</a></p></div>");
    }
}
