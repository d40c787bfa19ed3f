using System.Runtime.InteropServices;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace MerchantKeys;

/// <summary>Loads a device's library, and finds its token.</summary>
internal static class Pkcs11Module
{
    // Pkcs11Interop asks for libdl, whose name without a number Linux distributions only have beside their compilers.
    static Pkcs11Module() =>
        NativeLibrary.SetDllImportResolver(
            typeof(Pkcs11InteropFactories).Assembly,
            static (name, _, _) => name == "libdl" && OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libdl.so.2", out var library) ? library : IntPtr.Zero);

    public static IPkcs11Library Load(string path)
    {
        var factories = new Pkcs11InteropFactories();
        return factories.Pkcs11LibraryFactory.LoadPkcs11Library(factories, path, AppType.MultiThreaded);
    }

    public static ISlot FindToken(this IPkcs11Library library, string label) =>
        library.GetSlotList(SlotsType.WithTokenPresent).Find(slot => slot.GetTokenInfo().Label.Trim() == label)
            ?? throw new InvalidOperationException($"There is no token with the label {label}.");
}
