using Shop.Orders;

namespace Shop.Payments;

/// <summary>What the shop logs: numbers and outcomes; never a body, a key or personal data.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "{Number}: {Settlement}")]
    public static partial void Settled(this ILogger logger, string number, Settlement settlement);

    [LoggerMessage(2, LogLevel.Warning, "{Number}: no answer that could be believed; it will be asked about. {Why}")]
    public static partial void InDoubt(this ILogger logger, string number, string why);

    [LoggerMessage(3, LogLevel.Warning, "{Number}: the question was not answered; it will be asked again. {Why}")]
    public static partial void Unanswered(this ILogger logger, string number, string why);

    [LoggerMessage(4, LogLevel.Error, "{Number}: refused. {Why}")]
    public static partial void Refused(this ILogger logger, string number, string why);

    [LoggerMessage(5, LogLevel.Warning, "A callback of type {EventType} does not concern the shop.")]
    public static partial void NotConcerned(this ILogger logger, string eventType);

    [LoggerMessage(6, LogLevel.Error, "A round of the patrol failed.")]
    public static partial void RoundFailed(this ILogger logger, Exception failure);
}
