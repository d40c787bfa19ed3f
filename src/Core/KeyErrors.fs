namespace WeChatPay.Functional

open System.Globalization

/// What a key, a certificate or an identifier is refused for. Names, forms and lengths only, never the value.
[<RequireQualifiedAccess>]
type KeyError =
    /// The APIv3 key is not 32 bytes long.
    | WrongApiV3KeyLength of Bytes: int
    /// The APIv3 key has a blank or a line end in it, or around it.
    | BlankInApiV3Key of Bytes: int
    /// There is nothing in the file or text.
    | Empty of Role: KeyRole
    /// The text is a file's name, not what is in the file.
    | IsFileName of Role: KeyRole
    /// The text is neither PEM nor base64, nor are the bytes a key.
    | NotAKey of Role: KeyRole
    /// It begins as a key, but is not whole: the end is missing, or letters were lost.
    | Damaged of Role: KeyRole
    /// Another kind of file was given.
    | WrongForm of Role: KeyRole * Found: KeyForm
    /// The private key is behind a password, and none was given.
    | Encrypted of Role: KeyRole
    /// The password does not open it.
    | WrongPassword of Role: KeyRole
    /// The key is not an RSA key.
    | NotRsa of Role: KeyRole
    /// The key is one of SM2, and the suite is RSA.
    | Sm2ForRsa of Role: KeyRole
    /// The key is not one of SM2, and the suite is SM.
    | NotSm2 of Role: KeyRole
    /// The RSA key is shorter than 2048 bits.
    | TooShort of Role: KeyRole * Bits: int
    /// The private key is not the one of the merchant's certificate.
    | NotOfCertificate of Serial: string
    /// The serial that is configured is not the certificate's.
    | SerialOfAnother of Configured: string * Certificate: string
    /// The serial is not a certificate's serial number.
    | BadSerial
    /// The id of the platform's public key was given for the merchant certificate's serial.
    | PublicKeyIdForSerial
    /// The public key id is not `PUB_KEY_ID_` and digits.
    | BadPublicKeyId
    /// There are several where one is meant.
    | Several of Role: KeyRole
    /// The merchant's own key or certificate was given for the platform's.
    | MerchantsOwn of Role: KeyRole
    /// A certificate was given for an issuer's, but is none that may issue others.
    | NotAnIssuer
    /// Two different keys claim the same serial.
    | SerialTwice of Serial: string
    /// There is no key to verify with; nothing could ever be accepted.
    | NoKeys

/// What to do about a key that is refused.
[<RequireQualifiedAccess>]
module KeyError =
    /// The name that the tool shows; stable.
    let code error =
        match error with
        | KeyError.WrongApiV3KeyLength _ -> "wrong_api_v3_key_length"
        | KeyError.BlankInApiV3Key _ -> "blank_in_api_v3_key"
        | KeyError.Empty _ -> "key_empty"
        | KeyError.IsFileName _ -> "key_is_file_name"
        | KeyError.NotAKey _ -> "not_a_key"
        | KeyError.Damaged _ -> "key_damaged"
        | KeyError.WrongForm _ -> "key_wrong_form"
        | KeyError.Encrypted _ -> "key_encrypted"
        | KeyError.WrongPassword _ -> "key_wrong_password"
        | KeyError.NotRsa _ -> "key_not_rsa"
        | KeyError.Sm2ForRsa _ -> "key_sm2_for_rsa"
        | KeyError.NotSm2 _ -> "key_not_sm2"
        | KeyError.TooShort _ -> "key_too_short"
        | KeyError.NotOfCertificate _ -> "key_not_of_certificate"
        | KeyError.SerialOfAnother _ -> "serial_of_another"
        | KeyError.BadSerial -> "bad_serial"
        | KeyError.PublicKeyIdForSerial -> "public_key_id_for_serial"
        | KeyError.BadPublicKeyId -> "bad_public_key_id"
        | KeyError.Several _ -> "several_keys"
        | KeyError.MerchantsOwn _ -> "merchants_own_key"
        | KeyError.NotAnIssuer -> "not_an_issuer"
        | KeyError.SerialTwice _ -> "serial_twice"
        | KeyError.NoKeys -> "no_keys"

    let private number (value: int) =
        value.ToString CultureInfo.InvariantCulture

    /// What is wrong and where to find the right one.
    let advice error =
        match error with
        | KeyError.WrongApiV3KeyLength bytes ->
            {
                English =
                    "The APIv3 key has "
                    + number bytes
                    + " bytes, it must have 32: it is the key that you set yourself in the merchant platform (Account center, API security, APIv3 key); it is not the APIv2 key, not a certificate and not a serial. It cannot be looked up there: set a new one if it is lost."
                Chinese =
                    "APIv3 密钥长度为 "
                    + number bytes
                    + " 字节，应为 32 字节：它是您在商户平台（账户中心 → API 安全 → APIv3 密钥）自行设置的密钥，不是 APIv2 密钥、证书或序列号。平台不提供查看，遗失请重新设置。"
            }
        | KeyError.BlankInApiV3Key bytes ->
            {
                English =
                    "The APIv3 key has a blank or a line end in it ("
                    + number bytes
                    + " bytes with it, 32 are needed): it was copied together with the line's end, or wrapped. Give the 32 characters alone, as they were set in the merchant platform (Account center, API security, APIv3 key)."
                Chinese =
                    "APIv3 密钥含有空格或换行（连同它共 "
                    + number bytes
                    + " 字节，应为 32 字节）：多半是复制时带上了换行。请只填写在商户平台（账户中心 → API 安全 → APIv3 密钥）设置的 32 个字符。"
            }
        | KeyError.Empty role -> KeyWords.about role "is empty" "为空"
        | KeyError.IsFileName role ->
            let name = KeyWords.role role

            {
                English =
                    "The "
                    + name.English
                    + " is given as a file's name where the text of the file belongs: use the setting that ends in File for a file's name."
                Chinese = name.Chinese + "处填写了文件名，而此处应填写文件内容：文件名请填入以 File 结尾的配置项。"
            }
        | KeyError.NotAKey role ->
            KeyWords.about
                role
                "is not a key: neither PEM (-----BEGIN …), nor base64, nor DER"
                "无法识别：既不是 PEM（-----BEGIN …）、base64，也不是 DER"
        | KeyError.Damaged role ->
            KeyWords.about
                role
                "is not whole: its end (-----END …) is missing, or characters were lost in copying. Give the file as it is"
                "内容不完整：缺少结尾（-----END …）或复制时丢失了字符，请原样使用整个文件"
        | KeyError.WrongForm(role, found) -> KeyWords.wrongForm role found
        | KeyError.Encrypted role ->
            let name = KeyWords.role role

            {
                English =
                    "The "
                    + name.English
                    + " is behind a password: take it off with openssl pkey -in encrypted.pem -out apiclient_key.pem; or, where the file begins with -----BEGIN ENCRYPTED, set MerchantPrivateKeyPassword. The file that the certificate tool wrote has none."
                Chinese =
                    name.Chinese
                    + "设有密码：请用 openssl pkey -in encrypted.pem -out apiclient_key.pem 去掉密码；文件以 -----BEGIN ENCRYPTED 开头的，也可设置 MerchantPrivateKeyPassword。证书工具生成的原文件没有密码。"
            }
        | KeyError.WrongPassword role ->
            let name = KeyWords.role role

            {
                English =
                    "The password does not open the "
                    + name.English
                    + ": for apiclient_cert.p12 it is the merchant's number (MerchantId) unless MerchantPrivateKeyPassword says otherwise. Where it opens the key elsewhere, the cipher is one that is not read here: openssl pkey -in encrypted.pem -out apiclient_key.pem takes the password off."
                Chinese =
                    "密码无法打开"
                    + name.Chinese
                    + "：apiclient_cert.p12 的密码默认为商户号（MerchantId），可用 MerchantPrivateKeyPassword 指定。若该密码在别处能打开，则是此处不支持其加密算法：请用 openssl pkey -in encrypted.pem -out apiclient_key.pem 去掉密码。"
            }
        | KeyError.NotRsa role ->
            KeyWords.about role "is not an RSA key; WeChat Pay signs with RSA here" "不是 RSA 密钥，此处微信支付使用 RSA 签名"
        | KeyError.Sm2ForRsa role ->
            let name = KeyWords.role role

            {
                English =
                    "The "
                    + name.English
                    + " is a key of SM2, but the merchant is set to RSA: for a merchant of the SM suite add the package WeChatPay.Sm and set Suite to SmSuite.Instance; for any other take the file of RSA."
                Chinese =
                    name.Chinese
                    + "是国密 SM2 密钥，而当前配置使用 RSA：国密商户请引用 WeChatPay.Sm 包并把 Suite 设为 SmSuite.Instance；其他商户请改用 RSA 的文件。"
            }
        | KeyError.NotSm2 role ->
            let name = KeyWords.role role

            {
                English =
                    "The "
                    + name.English
                    + " is not a key of SM2, but Suite is SmSuite.Instance: all keys of such a merchant are of SM2, the platform's too. Take the file of SM2, or leave Suite out for RSA."
                Chinese =
                    name.Chinese
                    + "不是国密 SM2 密钥，而 Suite 已设为 SmSuite.Instance：国密商户的全部密钥（包括微信支付的）都应为 SM2。请改用 SM2 的文件，或去掉 Suite 以使用 RSA。"
            }
        | KeyError.TooShort(role, bits) ->
            KeyWords.about
                role
                ("has "
                 + number bits
                 + " bits, it must have at least 2048: it is not one that WeChat Pay gave out")
                ("只有 " + number bits + " 位，至少应为 2048 位，不是微信支付签发的密钥")
        | KeyError.NotOfCertificate serial ->
            {
                English =
                    "The private key does not belong to the merchant's certificate "
                    + serial
                    + ": apiclient_key.pem and apiclient_cert.pem come in pairs, take both from the same archive. After a new certificate was applied for, both have changed."
                Chinese =
                    "商户私钥与商户 API 证书 "
                    + serial
                    + " 不匹配：apiclient_key.pem 与 apiclient_cert.pem 必须来自同一压缩包；重新申请证书后两个文件都会更换。"
            }
        | KeyError.SerialOfAnother(configured, certificate) ->
            {
                English =
                    "MerchantSerial says "
                    + configured
                    + ", but the merchant's certificate has the serial "
                    + certificate
                    + ": leave MerchantSerial out, or set the certificate's (openssl x509 -noout -serial -in apiclient_cert.pem)."
                Chinese =
                    "MerchantSerial 为 "
                    + configured
                    + "，但商户 API 证书的序列号是 "
                    + certificate
                    + "：请去掉 MerchantSerial，或改为证书的序列号（openssl x509 -noout -serial -in apiclient_cert.pem）。"
            }
        | KeyError.BadSerial ->
            {
                English =
                    "The serial is not a certificate's serial number (40 hexadecimal digits): print it with openssl x509 -noout -serial -in apiclient_cert.pem, or read it in the merchant platform (Account center, API security, Merchant API certificate, Manage)."
                Chinese =
                    "证书序列号格式不对（应为 40 位十六进制数）：可用 openssl x509 -noout -serial -in apiclient_cert.pem 查看，或在商户平台（账户中心 → API 安全 → 商户 API 证书 → 管理证书）查看。"
            }
        | KeyError.PublicKeyIdForSerial ->
            {
                English =
                    "MerchantSerial holds the id of the platform's public key (PUB_KEY_ID_…), which belongs into PlatformPublicKeyId; MerchantSerial is your own certificate's serial: openssl x509 -noout -serial -in apiclient_cert.pem."
                Chinese =
                    "MerchantSerial 填成了微信支付公钥 ID（PUB_KEY_ID_…），它应填入 PlatformPublicKeyId；MerchantSerial 是商户自己的证书序列号：openssl x509 -noout -serial -in apiclient_cert.pem。"
            }
        | KeyError.BadPublicKeyId ->
            {
                English =
                    "The public key id is PUB_KEY_ID_ and the digits after it, all of it: copy it whole from the merchant platform (Account center, API security, WeChat Pay public key)."
                Chinese = "微信支付公钥 ID 应为完整的 PUB_KEY_ID_ 加数字（前缀不可省略）：请从商户平台（账户中心 → API 安全 → 微信支付公钥）完整复制。"
            }
        | KeyError.Several role ->
            KeyWords.about role "is needed here, one alone, but the text holds several" "：此处只能有一个，但内容里有多个"
        | KeyError.MerchantsOwn role ->
            KeyWords.about
                role
                "is needed here, but what was given is your own (it belongs to the merchant's private key), with which nothing of the platform can be verified"
                "：此处填写的却是商户自己的密钥或证书，无法用来验证微信支付的签名"
        | KeyError.NotAnIssuer ->
            {
                English =
                    "PlatformRootFiles is for the certificates of issuers (the platform's root), but this one may not issue others: a certificate that signs answers belongs into PlatformCertificateFiles."
                Chinese = "PlatformRootFiles 应为签发机构（根）证书，而所给证书不能签发其他证书：用于验签的平台证书请填入 PlatformCertificateFiles。"
            }
        | KeyError.SerialTwice serial ->
            {
                English = "Two different platform keys are configured as " + serial + ": remove one."
                Chinese = "有两个不同的平台密钥使用同一序列号 " + serial + "：请删除其一。"
            }
        | KeyError.NoKeys ->
            {
                English =
                    "No platform key is configured, so nothing could ever be accepted: set PlatformPublicKeyId and PlatformPublicKeyFile (merchant platform: Account center, API security, WeChat Pay public key); merchants with platform certificates set DownloadPlatformCertificates to true, or PlatformCertificateFiles."
                Chinese =
                    "未配置任何平台密钥，无法验证签名：请设置 PlatformPublicKeyId 与 PlatformPublicKeyFile（商户平台：账户中心 → API 安全 → 微信支付公钥）；使用平台证书的商户请将 DownloadPlatformCertificates 设为 true，或填写 PlatformCertificateFiles。"
            }
