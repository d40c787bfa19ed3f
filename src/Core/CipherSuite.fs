namespace WeChatPay.Functional

/// What seals a resource.
[<RequireQualifiedAccess>]
type internal CipherSuite =
    /// AES-256-GCM, which every policy has.
    | Aes
    /// SM4-GCM, of the SM suite.
    | Sm4
    /// None that this version knows.
    | Unknown

/// Ciphers by their names on the wire.
[<RequireQualifiedAccess>]
module internal CipherSuite =
    [<Literal>]
    let Aes256Gcm = "AEAD_AES_256_GCM"

    /// The cipher of a name; the documents call SM4 by two.
    let ofName name =
        match name with
        | Aes256Gcm -> CipherSuite.Aes
        | "AEAD_SM4_128_GCM"
        | "AEAD_SM4_GCM" -> CipherSuite.Sm4
        | _ -> CipherSuite.Unknown
