namespace WeChatPay.Functional

/// A key that a setting must hold.
[<RequireQualifiedAccess>]
type KeyRole =
    /// What the merchant signs with: `apiclient_key.pem`.
    | MerchantPrivateKey
    /// What names the merchant's key: `apiclient_cert.pem`.
    | MerchantCertificate
    /// What the platform's signatures are verified with: `pub_key.pem`.
    | PlatformPublicKey
    /// What the platform's signatures were verified with before there were public keys: `wechatpay_….pem`.
    | PlatformCertificate

/// What was found where a key should be.
[<RequireQualifiedAccess>]
type KeyForm =
    /// A private key, PKCS#8 or PKCS#1.
    | PrivateKey
    /// A public key.
    | PublicKey
    /// A certificate.
    | Certificate
    /// A private key behind a password.
    | EncryptedPrivateKey
    /// A request for a certificate, as it is handed in when one is applied for.
    | CertificateRequest
    /// A certificate with its private key, behind a password: `apiclient_cert.p12`.
    | Pkcs12
    /// Something else.
    | Other

/// Keys and what was found in their place, in words.
[<RequireQualifiedAccess>]
module internal KeyWords =
    let role role =
        match role with
        | KeyRole.MerchantPrivateKey ->
            {
                English = "merchant's private key (apiclient_key.pem)"
                Chinese = "商户 API 私钥（apiclient_key.pem）"
            }
        | KeyRole.MerchantCertificate ->
            {
                English = "merchant's certificate (apiclient_cert.pem)"
                Chinese = "商户 API 证书（apiclient_cert.pem）"
            }
        | KeyRole.PlatformPublicKey ->
            {
                English = "platform's public key (pub_key.pem)"
                Chinese = "微信支付公钥（pub_key.pem）"
            }
        | KeyRole.PlatformCertificate ->
            {
                English = "platform's certificate (wechatpay_….pem)"
                Chinese = "微信支付平台证书（wechatpay_….pem）"
            }

    /// Where the right one is to be had.
    let source role =
        match role with
        | KeyRole.MerchantPrivateKey
        | KeyRole.MerchantCertificate ->
            {
                English =
                    "it is in the archive that the certificate tool wrote when you applied for the API certificate (merchant platform: Account center, API security, Merchant API certificate)"
                Chinese = "它在申请 API 证书时证书工具生成的压缩包中（商户平台：账户中心 → API 安全 → 商户 API 证书）"
            }
        | KeyRole.PlatformPublicKey ->
            {
                English =
                    "download it, and copy its id, in the merchant platform (Account center, API security, WeChat Pay public key)"
                Chinese = "请在商户平台（账户中心 → API 安全 → 微信支付公钥）下载公钥并复制公钥 ID"
            }
        | KeyRole.PlatformCertificate ->
            {
                English =
                    "it comes from GET /v3/certificates; merchants who began after 2024 have none and use the public key (PlatformPublicKeyId, PlatformPublicKeyFile)"
                Chinese =
                    "它由 GET /v3/certificates 下载；2024 年以后入驻的商户没有平台证书，请使用微信支付公钥（PlatformPublicKeyId、PlatformPublicKeyFile）"
            }

    let form form =
        match form with
        | KeyForm.PrivateKey ->
            {
                English = "a private key"
                Chinese = "私钥"
            }
        | KeyForm.PublicKey ->
            {
                English = "a public key"
                Chinese = "公钥"
            }
        | KeyForm.Certificate ->
            {
                English = "a certificate"
                Chinese = "证书"
            }
        | KeyForm.EncryptedPrivateKey ->
            {
                English = "a private key behind a password"
                Chinese = "加密的私钥"
            }
        | KeyForm.CertificateRequest ->
            {
                English = "a request for a certificate"
                Chinese = "证书请求文件"
            }
        | KeyForm.Pkcs12 ->
            {
                English = "a PKCS#12 archive (.p12)"
                Chinese = "PKCS#12 证书包（.p12）"
            }
        | KeyForm.Other ->
            {
                English = "something else"
                Chinese = "其他内容"
            }

    /// A sentence about a key: what is wrong with it, then where the right one is.
    let about keyRole (english: string) (chinese: string) =
        let name, source = role keyRole, source keyRole

        {
            English = "The " + name.English + " " + english + ": " + source.English + "."
            Chinese = name.Chinese + chinese + "：" + source.Chinese + "。"
        }

    let wrongForm keyRole found =
        match keyRole, found with
        | KeyRole.PlatformPublicKey, KeyForm.Certificate ->
            {
                English =
                    "The platform's public key (pub_key.pem) is needed here, but the file holds a certificate: a platform certificate belongs into PlatformCertificateFiles; the public key is downloaded in the merchant platform (Account center, API security, WeChat Pay public key)."
                Chinese =
                    "此处需要微信支付公钥（pub_key.pem），但文件内容是证书：平台证书请填入 PlatformCertificateFiles；公钥请在商户平台（账户中心 → API 安全 → 微信支付公钥）下载。"
            }
        | KeyRole.PlatformCertificate, KeyForm.PublicKey ->
            {
                English =
                    "A platform certificate is needed here, but the file holds a public key: a public key belongs into PlatformPublicKeyFile, with its id in PlatformPublicKeyId."
                Chinese = "此处需要平台证书，但文件内容是公钥：公钥请填入 PlatformPublicKeyFile，并把公钥 ID 填入 PlatformPublicKeyId。"
            }
        | _ ->
            let found = form found

            about
                keyRole
                ("is needed here, but the file holds " + found.English + ", it is the wrong file")
                ("：此处文件内容却是" + found.Chinese + "，文件给错了")
