using System.Globalization;

namespace Shop;

/// <summary>What the shop is configured with: the section <c>Shop</c>.</summary>
internal sealed class ShopSettings
{
    public required string Database { get; init; }

    public required string Appid { get; init; }

    /// <summary>Where callbacks go: https, reachable from outside, without a query. A simulated platform calls the shop's own address.</summary>
    public required string NotifyUrl { get; set; }

    /// <summary>How long an order can be paid.</summary>
    public required TimeSpan OrderLifetime { get; set; }

    /// <summary>How long the shop waits for a callback before it asks.</summary>
    public required TimeSpan AskAfter { get; init; }

    /// <summary>How often it looks for orders to ask about.</summary>
    public required TimeSpan PatrolEvery { get; init; }

    /// <summary>Opens the admin's pages; without one they are closed, unless WeChat Pay is simulated.</summary>
    public required string AdminPassword { get; init; }

    public required bool IsSimulated { get; init; }

    /// <summary>Reads the section; throws with everything that is missing.</summary>
    public static ShopSettings Read(IConfiguration configuration, string contentRoot, bool isSimulated)
    {
        var section = configuration.GetSection("Shop");
        string[] required = isSimulated ? ["Database"] : ["Database", "Appid", "NotifyUrl"];
        var missing = required.Where(name => string.IsNullOrWhiteSpace(section[name])).Select(name => "Shop:" + name).ToList();
        return missing.Count > 0
            ? throw new InvalidOperationException("Missing in the configuration: " + string.Join(", ", missing) + ".")
            : new()
            {
                Database = Path.Combine(contentRoot, section["Database"]!),
                Appid = isSimulated ? "wx0000000000000001" : section["Appid"]!,
                NotifyUrl = section["NotifyUrl"] ?? string.Empty,
                OrderLifetime = Seconds(section, "OrderMinutes", 15) * 60,
                AskAfter = Seconds(section, "AskAfterSeconds", 60),
                PatrolEvery = Seconds(section, "PatrolSeconds", 30),
                AdminPassword = section["AdminPassword"] ?? string.Empty,
                IsSimulated = isSimulated,
            };
    }

    private static TimeSpan Seconds(IConfigurationSection section, string name, double usual) =>
        TimeSpan.FromSeconds(double.TryParse(section[name], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : usual);
}
