namespace WeChatPay.Functional

/// Private keys of SM2, with a password and without.
[<RequireQualifiedAccess>]
module internal Sm2PrivateKey =
    let ofDer role (der: byte array) : Result<Sm2PrivateHalf, KeyError> =
        match Sm2Der.tryPrivate der with
        | ValueNone -> Error(KeyError.NotSm2 role)
        | ValueSome number ->
            match Sm2.tryNumber number with
            | ValueNone -> Error(KeyError.Damaged role)
            | ValueSome key -> Ok(Sm2PrivateHalf key)

    /// PKCS#8 behind a password; of the older form, whose bytes say nothing of it, only that there is one.
    let ofEncrypted role (password: string) (der: byte array) =
        if password = "" || der.Length = 0 then
            Error(KeyError.Encrypted role)
        else
            match SmPassword.tryOpen password der with
            | ValueSome key -> ofDer role key
            | ValueNone -> Error(KeyError.WrongPassword role)
