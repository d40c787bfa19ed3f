using Microsoft.Extensions.Options;

namespace WeChatPay;

/// <summary>Reads every key when the application starts, so that what is missing is known before the first payment.</summary>
internal sealed class WeChatPayOptionsValidation : IValidateOptions<WeChatPayOptions>
{
    public ValidateOptionsResult Validate(string? name, WeChatPayOptions options)
    {
        var problems = new MerchantSetup(options).FindProblems();
        var prefix = string.IsNullOrEmpty(name) ? "WeChatPay: " : "WeChatPay (" + name + "): ";
        return problems.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(problems.Select(problem => prefix + problem));
    }
}
