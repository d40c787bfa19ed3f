using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;

namespace MerchantKeys;

/// <summary>Puts the simulator's merchant key into the token, for the sample. A real key is made in the device, or brought there in a ceremony, and never lies in a file.</summary>
internal static class Provisioning
{
    public static void Import(string module, string token, string pin, string label, string privateKeyPem)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(privateKeyPem);
        var numbers = rsa.ExportParameters(includePrivateParameters: true);
        using var library = Pkcs11Module.Load(module);
        using var session = library.FindToken(token).OpenSession(SessionType.ReadWrite);
        session.Login(CKU.CKU_USER, pin);
        var attributes = session.Factories.ObjectAttributeFactory;
        foreach (var old in session.FindAllObjects([attributes.Create(CKA.CKA_LABEL, label)]))
        {
            session.DestroyObject(old);
        }

        session.CreateObject([
            attributes.Create(CKA.CKA_CLASS, CKO.CKO_PRIVATE_KEY),
            attributes.Create(CKA.CKA_KEY_TYPE, CKK.CKK_RSA),
            attributes.Create(CKA.CKA_LABEL, label),
            attributes.Create(CKA.CKA_TOKEN, true),
            attributes.Create(CKA.CKA_PRIVATE, true),
            attributes.Create(CKA.CKA_SENSITIVE, true),
            attributes.Create(CKA.CKA_EXTRACTABLE, false),
            attributes.Create(CKA.CKA_SIGN, true),
            attributes.Create(CKA.CKA_DECRYPT, true),
            attributes.Create(CKA.CKA_MODULUS, numbers.Modulus!),
            attributes.Create(CKA.CKA_PUBLIC_EXPONENT, numbers.Exponent!),
            attributes.Create(CKA.CKA_PRIVATE_EXPONENT, numbers.D!),
            attributes.Create(CKA.CKA_PRIME_1, numbers.P!),
            attributes.Create(CKA.CKA_PRIME_2, numbers.Q!),
            attributes.Create(CKA.CKA_EXPONENT_1, numbers.DP!),
            attributes.Create(CKA.CKA_EXPONENT_2, numbers.DQ!),
            attributes.Create(CKA.CKA_COEFFICIENT, numbers.InverseQ!),
        ]);
        session.Logout();
    }
}
