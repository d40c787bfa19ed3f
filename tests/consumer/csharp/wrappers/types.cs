using System.Diagnostics.CodeAnalysis;
using WeChatPay;
using WeChatPay.Api;
using WeChatPay.Functional;
using WeChatPay.Simulator;
// <imports>

namespace Consumer.__NAME__;

// <snippet>
