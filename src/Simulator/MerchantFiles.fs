namespace WeChatPay.Simulator

open System
open System.Collections.Generic
open System.IO
open System.Text
open System.Text.Json
open System.Text.Json.Nodes
open System.Threading.Tasks

/// What a merchant is configured with, as settings and as files: made for one run, worth nothing outside it.
[<RequireQualifiedAccess>]
module internal MerchantFiles =
    [<Literal>]
    let private KeyFile = "simulator-merchant-key.pem"

    [<Literal>]
    let private PublicKeyFile = "simulator-public-key.pem"

    [<Literal>]
    let private CertificateFile = "simulator-certificate.pem"

    let merchantKeyPem (keys: Keys) =
        keys.Merchant.Rsa.ExportPkcs8PrivateKeyPem()

    let publicKeyPem (keys: Keys) =
        keys.PublicKey.ExportSubjectPublicKeyInfoPem()

    let private common (world: World) (address: Uri) =
        [
            "MerchantId", world.MerchantId
            "MerchantSerial", world.Keys.Merchant.Serial
            "ApiV3Key", world.Keys.ApiV3KeyText
            "PlatformPublicKeyId", world.Keys.PublicKeyId
            "BaseAddress", address.GetLeftPart UriPartial.Authority
        ]

    /// The section `WeChatPay`, with keys as texts.
    let settings (world: World) (address: Uri) : KeyValuePair<string, string | null> list =
        [
            for name, value in common world address do
                KeyValuePair("WeChatPay:" + name, value)
            KeyValuePair("WeChatPay:MerchantPrivateKey", merchantKeyPem world.Keys)
            KeyValuePair("WeChatPay:PlatformPublicKey", publicKeyPem world.Keys)
        ]

    let private tryBaseAddress (path: string) =
        try
            use document = JsonDocument.Parse(File.ReadAllBytes path)

            match document.RootElement.TryGetProperty "WeChatPay" with
            | true, section when section.ValueKind = JsonValueKind.Object ->
                match section.TryGetProperty "BaseAddress" with
                | true, address when address.ValueKind = JsonValueKind.String -> address.GetString()
                | _ -> null
            | _ -> null
        with :? JsonException ->
            null

    let private isLoopback (address: string) =
        match Uri.TryCreate(address, UriKind.Absolute) with
        | true, NonNull uri -> uri.IsLoopback
        | _ -> false

    /// A configuration that this simulator did not write may be a real merchant's.
    let private requireOurs (path: string) =
        if File.Exists path then
            match tryBaseAddress path with
            | NonNull address when isLoopback address -> ()
            | _ ->
                raise (
                    IOException(
                        path
                        + " exists and is not a simulator's configuration (its BaseAddress is not on loopback); it is left as it is."
                    )
                )

    /// Whole or not at all, readable by its owner only.
    let private writeAsync (path: string) (text: string) =
        backgroundTask {
            let temporary = path + "." + Guid.NewGuid().ToString "N" + ".tmp"

            let options =
                FileStreamOptions(Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None)

            if not (OperatingSystem.IsWindows()) then
                options.UnixCreateMode <- Nullable(UnixFileMode.UserRead ||| UnixFileMode.UserWrite)

            try
                use stream = new FileStream(temporary, options)
                do! stream.WriteAsync(ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes text))
                do! stream.FlushAsync()
                stream.Close()
                File.Move(temporary, path, true)
            finally
                File.Delete temporary
        }

    let private configuration world address =
        let section =
            Shapes.object
                [
                    for name, value in common world address do
                        name, Shapes.text value
                    "MerchantPrivateKeyFile", Shapes.text KeyFile
                    "PlatformPublicKeyFile", Shapes.text PublicKeyFile
                    "PlatformCertificateFiles", JsonArray(Shapes.text CertificateFile)
                ]

        (Shapes.object [ "WeChatPay", section ]).ToJsonString(JsonSerializerOptions(WriteIndented = true))
        + "\n"

    /// Writes the keys beside the configuration, then the configuration, so that what is there always works.
    let writeAllAsync (world: World) (address: Uri) (path: string) : Task =
        backgroundTask {
            let full = Path.GetFullPath path
            requireOurs full

            let folder =
                match Path.GetDirectoryName full with
                | null -> full
                | parent -> parent

            Directory.CreateDirectory folder |> ignore
            do! writeAsync (Path.Combine(folder, KeyFile)) (merchantKeyPem world.Keys)
            do! writeAsync (Path.Combine(folder, PublicKeyFile)) (publicKeyPem world.Keys)
            do! writeAsync (Path.Combine(folder, CertificateFile)) world.Keys.Certificate.Pem
            do! writeAsync full (configuration world address)
        }
