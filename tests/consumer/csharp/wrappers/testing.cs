using System.Diagnostics.CodeAnalysis;
using WeChatPay;
using WeChatPay.Api;
using WeChatPay.Functional;
using WeChatPay.Testing;
// <imports>

namespace Consumer;

[Snippet("__PLACE__")]
internal sealed class __NAME__ : TestingScope
{
    public override async Task<IResult?> RunAsync()
    {
        // <snippet>
        return null;
    }
}
