using WeChatPay.Functional;

namespace WeChatPay;

/// <content>The platform's keys, as settings name them.</content>
internal sealed partial class MerchantSetup
{
    private List<PlatformKey> ReadPlatformKeys(MerchantKey? merchant)
    {
        var keys = new List<PlatformKey>();
        if (!string.IsNullOrWhiteSpace(options.PlatformPublicKeyId) || !string.IsNullOrWhiteSpace(options.PlatformPublicKeyFile) || !string.IsNullOrWhiteSpace(options.PlatformPublicKey))
        {
            var id = _settings.Require(options.PlatformPublicKeyId, nameof(options.PlatformPublicKeyId));
            var bytes = _settings.ReadTextOrFile(options.PlatformPublicKey, options.PlatformPublicKeyFile, nameof(options.PlatformPublicKey));
            if (id is not null && bytes is not null)
            {
                var result = PlatformKeyModule.readPublicKeyFor(options.Suite, id, bytes);
                var isId = result.IsError && result.ErrorValue.IsBadPublicKeyId;
                AddForeign(keys, _settings.Take(result, isId ? nameof(options.PlatformPublicKeyId) : nameof(options.PlatformPublicKeyFile)), merchant, nameof(options.PlatformPublicKeyFile));
            }
        }

        foreach (var file in options.PlatformCertificateFiles)
        {
            AddCertificates(keys, _settings.ReadFile(file, nameof(options.PlatformCertificateFiles)), merchant, nameof(options.PlatformCertificateFiles));
        }

        foreach (var text in options.PlatformCertificates)
        {
            AddCertificates(keys, System.Text.Encoding.UTF8.GetBytes(text), merchant, nameof(options.PlatformCertificates));
        }

        return keys;
    }

    private void AddCertificates(List<PlatformKey> keys, byte[]? bytes, MerchantKey? merchant, string setting)
    {
        if (bytes is null || _settings.Take(PlatformKeyModule.readCertificatesFor(options.Suite, bytes), setting) is not { } certificates)
        {
            return;
        }

        foreach (var key in certificates)
        {
            AddForeign(keys, key, merchant, setting);
        }
    }

    private void AddForeign(List<PlatformKey> keys, PlatformKey? key, MerchantKey? merchant, string setting)
    {
        var foreign = key is null || merchant is null ? key : _settings.Take(PlatformKeyModule.requireForeign(merchant, key), setting);
        if (foreign is not null)
        {
            keys.Add(foreign);
        }
    }
}
