using WeChatPay.Shell;

namespace WeChatPay;

/// <summary>What a merchant's settings give: what calls are made with, and what notifications are received by. Replaced as a whole when the settings change.</summary>
internal sealed class MerchantParts(Client client, ReceivingKeys receiving)
{
    public Client Client => client;

    public ReceivingKeys Receiving => receiving;
}
