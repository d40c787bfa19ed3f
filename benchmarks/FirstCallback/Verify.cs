using System.Security.Cryptography;
using System.Text;

namespace WeChatPay.FirstCallback;

/// <summary>The bare program: the least that verifies a callback, a key in PEM, three headers and a body; nothing of this library.</summary>
internal static class Verify
{
    public static bool Run(string keyFile, string bodyFile, string timestamp, string nonce, string signature)
    {
        using var key = RSA.Create();
        key.ImportFromPem(File.ReadAllText(keyFile));
        byte[] text = [.. Encoding.UTF8.GetBytes(timestamp + "\n" + nonce + "\n"), .. File.ReadAllBytes(bodyFile), (byte)'\n'];
        return key.VerifyData(text, Convert.FromBase64String(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }
}
