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
    /// The files beside a configuration carry its name, so that several live in one folder.
    let private beside (path: string) (what: string) =
        string (Path.GetFileNameWithoutExtension path) + "-" + what + ".pem"

    let private keyFile path = beside path "merchant-key"
    let private publicKeyFile path = beside path "platform-public-key"
    let private certificateFile path = beside path "platform-certificate"

    let merchantKeyPem (keys: Keys) = keys.Merchant.Pair.PrivateKeyPem

    let publicKeyPem (keys: Keys) = keys.PublicKey.PublicKeyPem

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
            KeyValuePair("WeChatPay:PlatformCertificates:0", world.Keys.Certificate.Pem)
        ]

    let private tryBaseAddressOf (root: JsonElement) =
        match root.TryGetProperty "WeChatPay" with
        | true, section when section.ValueKind = JsonValueKind.Object ->
            match section.TryGetProperty "BaseAddress" with
            | true, address when address.ValueKind = JsonValueKind.String -> address.GetString()
            | _ -> null
        | _ -> null

    let private tryBaseAddress (path: string) =
        try
            use document = JsonDocument.Parse(File.ReadAllBytes path)

            match document.RootElement.ValueKind with
            | JsonValueKind.Object -> tryBaseAddressOf document.RootElement
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

    let private configuration world address path =
        let section =
            Shapes.object
                [
                    for name, value in common world address do
                        name, Shapes.text value
                    "MerchantPrivateKeyFile", Shapes.text (keyFile path)
                    "PlatformPublicKeyFile", Shapes.text (publicKeyFile path)
                    "PlatformCertificateFiles", JsonArray(Shapes.text (certificateFile path))
                ]

        (Shapes.object [ "WeChatPay", section ]).ToJsonString(JsonSerializerOptions(WriteIndented = true))
        + "\n"

    /// Writes the keys beside the configuration, then the configuration, so that what is there always works.
    let writeAllAsync (world: World) (address: Uri) (path: string) : Task =
        backgroundTask {
            let full = Path.GetFullPath path

            if Directory.Exists full then
                raise (IOException(path + " is a folder; a file's name is needed."))

            requireOurs full

            let folder =
                match Path.GetDirectoryName full with
                | null -> full
                | parent -> parent

            Directory.CreateDirectory folder |> ignore
            do! writeAsync (Path.Combine(folder, keyFile full)) (merchantKeyPem world.Keys)
            do! writeAsync (Path.Combine(folder, publicKeyFile full)) (publicKeyPem world.Keys)
            do! writeAsync (Path.Combine(folder, certificateFile full)) world.Keys.Certificate.Pem
            do! writeAsync full (configuration world address full)
        }
