using WeChatPay;
using WeChatPay.Api;
using WeChatPay.Functional;
// <imports>

namespace Consumer;

[Snippet("__PLACE__")]
internal sealed class __NAME__ : HostScope
{
    public override WebApplication Build()
    {
        // <snippet>
        return app;
    }
}
