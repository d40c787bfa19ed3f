using System.Diagnostics.CodeAnalysis;
using WeChatPay;
using WeChatPay.Api;
using WeChatPay.Functional;
using WeChatPay.Simulator;
using WeChatPay.Testing;
// <imports>

namespace Consumer;

[Snippet("__PLACE__", IsRun = __RUN__)]
internal sealed class __NAME__ : Scope
{
    public override async Task<IResult?> RunAsync()
    {
        // <snippet>
        return null;
    }
}
