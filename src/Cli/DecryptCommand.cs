using System.CommandLine;
using System.Text;
using WeChatPay.Functional;
using WeChatPay.Wire;

namespace WeChatPay.Tool;

/// <summary><c>wechatpay decrypt</c>: opens a sealed resource or certificate with the APIv3 key.</summary>
internal static class DecryptCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "JSON with the section WeChatPay", Required = true };
        var nonce = new Option<string>("--nonce") { Description = "the cipher's nonce: 12 bytes of text", Required = true };
        var associatedData = new Option<string>("--associated-data") { Description = "what is authenticated with it (default: empty)", DefaultValueFactory = _ => string.Empty };
        var ciphertext = new Option<string>("--ciphertext") { Description = "base64 of ciphertext and tag", Required = true };
        var command = new Command("decrypt", "Open a sealed resource with the APIv3 key, by AES-256-GCM or SM4-GCM; the plain bytes go to standard output.")
        {
            config, nonce, associatedData, ciphertext,
        };
        command.SetAction(parsed =>
        {
            var key = new MerchantSetup(Inputs.ReadOptions(parsed.GetRequiredValue(config))).ReadOpener();
            if (!StrictBase64.TryDecode(parsed.GetRequiredValue(ciphertext), out var sealedBytes))
            {
                Console.Error.WriteLine("decryption_failed: the ciphertext is not strict base64.");
                return ExitCode.Refused;
            }

            var nonceBytes = Encoding.UTF8.GetBytes(parsed.GetRequiredValue(nonce));
            var data = Encoding.UTF8.GetBytes(parsed.GetRequiredValue(associatedData));
            var plain = Cipher.unseal(key, nonceBytes, data, sealedBytes);

            // The tag tells which of the two ciphers it was.
            if (plain.IsError && plain.ErrorValue.IsNotAuthentic)
            {
                plain = Sm4.unseal(key, nonceBytes, data, sealedBytes);
            }

            if (plain.IsOk)
            {
                using var output = Console.OpenStandardOutput();
                output.Write(plain.ResultValue);
                return ExitCode.Fine;
            }

            Console.Error.WriteLine(Words(plain.ErrorValue));
            return ExitCode.Refused;
        });
        return command;
    }

    private static string Words(CipherError error) =>
        "decryption_failed: " + (error.IsWrongNonceLength ? "the nonce must have 12 bytes."
            : error.IsTooShort ? "the ciphertext is shorter than its tag of 16 bytes."
            : "the APIv3 key, the nonce, the associated data or the ciphertext is not the one it was sealed with.");
}
