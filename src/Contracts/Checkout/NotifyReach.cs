namespace WeChatPay;

/// <summary>How the platform comes to the address that notifications go to.</summary>
public enum NotifyReach
{
    /// <summary>Over the internet: https, and a host that everybody can reach.</summary>
    Internet = 0,

    /// <summary>Over a line that the merchant has with the platform: any host, http as well.</summary>
    PrivateLine = 1,
}
