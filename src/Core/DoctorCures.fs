namespace WeChatPay.Functional

/// What is to be done about a finding, in the two languages of those who read it.
[<RequireQualifiedAccess>]
module internal DoctorCures =
    let private say english chinese : Advice =
        { English = english; Chinese = chinese }

    let private nothing = say "Nothing to do." "无需处理。"

    let private isMerchants role =
        match role with
        | KeyRole.MerchantPrivateKey
        | KeyRole.MerchantCertificate -> true
        | KeyRole.PlatformPublicKey
        | KeyRole.PlatformCertificate -> false

    let private newMerchantCertificate =
        say
            "Apply for a new certificate in the merchant platform (Account center, API security, Merchant API certificate), and exchange key, certificate and MerchantSerial together; without it every call is refused."
            "请在商户平台（账户中心 → API 安全 → 商户 API 证书）申请新证书，并同时更换私钥、证书与 MerchantSerial；证书过期后所有调用都会被拒绝。"

    let private newPlatformCertificate =
        say
            "Set DownloadPlatformCertificates, with which new ones come by themselves; or download them again (wechatpay certificates) and add them to PlatformCertificateFiles."
            "请设置 DownloadPlatformCertificates（自动下载与更新），或重新下载平台证书（wechatpay certificates）并加入 PlatformCertificateFiles。"

    let private renew role =
        if isMerchants role then
            newMerchantCertificate
        else
            newPlatformCertificate

    let private publicKey =
        say
            "Download the public key and copy its id in the merchant platform (Account center, API security, WeChat Pay public key) to PlatformPublicKeyFile and PlatformPublicKeyId."
            "请在商户平台（账户中心 → API 安全 → 微信支付公钥）下载公钥并复制公钥 ID，填入 PlatformPublicKeyFile 与 PlatformPublicKeyId。"

    let private setClock =
        say
            "Set the clock, and let it be kept by NTP (timedatectl set-ntp true): the platform refuses what is more than 300 s off."
            "请校准时间并启用 NTP 同步（timedatectl set-ntp true）：相差超过 300 秒时微信支付会拒绝请求。"

    let private reach failure =
        match failure with
        | HostFailure.Name ->
            say
                "Check the host's name in the settings, and the name servers of this machine or container (/etc/resolv.conf)."
                "请核对配置中的域名，以及本机或容器的 DNS 设置（/etc/resolv.conf）。"
        | HostFailure.Connection ->
            say
                "Let the firewall or security group pass connections to this host, port 443; where calls go through a proxy, set HTTPS_PROXY."
                "请在防火墙或安全组放行到该域名 443 端口的连接；若须经代理访问，请设置 HTTPS_PROXY。"
        | HostFailure.Tls ->
            say
                "Check the clock and the trusted certificates of this machine (the package ca-certificates); something on the way, such as a proxy that reads TLS, may present its own certificate."
                "请检查本机时钟与受信任的根证书（ca-certificates 软件包）；途中的代理等设备也可能替换了证书。"
        | HostFailure.Proxy ->
            say
                "Check HTTPS_PROXY and NO_PROXY, and whether the proxy lets this host pass."
                "请检查 HTTPS_PROXY 与 NO_PROXY，以及代理是否放行该域名。"
        | HostFailure.Silence
        | _ ->
            say
                "Ask again; when it stays, look at what stands on the way: firewall, proxy, load balancer, packet size."
                "请重试；若持续出现，请检查途中的防火墙、代理、负载均衡与 MTU。"

    let private untested why =
        match why with
        | DoctorSkip.Offline -> say "Ask without --offline." "请去掉 --offline 再检查。"
        | DoctorSkip.Settings -> say "Mend the settings that are named above, then ask again." "请先修正上面指出的配置项，再重新检查。"
        | DoctorSkip.NoAnswer ->
            say
                "Mend what is named beside it (host, clock, signature), then ask again."
                "请先处理其他各项指出的问题（域名、时钟、签名），再重新检查。"
        | DoctorSkip.ClockOff -> setClock
        | DoctorSkip.NotGiven ->
            say
                "Give the address that your orders carry: --notify-url https://shop.example.com/wechatpay."
                "请提供下单时使用的通知地址：--notify-url https://shop.example.com/wechatpay。"
        | _ -> say "See that only the application's account may read it." "请确认只有应用所用账户可以读取该文件。"

    let private another =
        say
            "A proxy, gateway or sign-in page of this network answers in the platform's place: look at HTTPS_PROXY, BaseAddress and the name servers."
            "本网络中的代理、网关或认证页面代替微信支付作出了应答：请检查 HTTPS_PROXY、BaseAddress 与 DNS。"

    /// What is to be done.
    let of' finding =
        match finding with
        | DoctorFinding.SettingRefused(_, _, words) -> words
        | DoctorFinding.AnswerUntrusted reason -> VerifyError.advice reason
        | DoctorFinding.CertificatesUnread error
        | DoctorFinding.KeyModeUnknown error
        | DoctorFinding.SignatureRefused error
        | DoctorFinding.SignatureUndecided error -> ApiError.advice error
        | DoctorFinding.NotifyUrlRefused(_, rule) -> OrderError.advice rule
        | DoctorFinding.HostUnreached(_, _, failure) -> reach failure
        | DoctorFinding.NotChecked(_, why) -> untested why
        | DoctorFinding.AnotherAnswered _ -> another
        | DoctorFinding.CertificateNotGiven _ ->
            say
                "Set MerchantCertificateFile to apiclient_cert.pem: then the key is compared with it, and its end is watched."
                "请将 MerchantCertificateFile 设为 apiclient_cert.pem：这样可以核对私钥，并提前得知到期时间。"
        | DoctorFinding.CertificateEnding(role, _, _)
        | DoctorFinding.CertificateEnded(role, _, _) -> renew role
        | DoctorFinding.CertificateEarly _ ->
            say
                "Check this machine's clock; if it is right, use the certificate before this one until then."
                "请检查本机时钟；若时钟无误，在生效之前请继续使用上一张证书。"
        | DoctorFinding.CertificateSpent _ ->
            say "Take it out of PlatformCertificateFiles." "请将其从 PlatformCertificateFiles 中移除。"
        | DoctorFinding.CertificateUnconfigured _
        | DoctorFinding.PlatformCertificateUnknown _ -> newPlatformCertificate
        | DoctorFinding.ApiV3KeyUntried _ ->
            say
                "Whether it is the right one shows with the first notification: wechatpay verify replays a captured one. It cannot be looked up; set a new one in the merchant platform (Account center, API security, APIv3 key) if in doubt."
                "是否正确要到收到第一条通知时才能确定：可用 wechatpay verify 重放一条已保存的通知。平台不提供查看；如有疑问，请在商户平台（账户中心 → API 安全 → APIv3 密钥）重新设置。"
        | DoctorFinding.ApiV3KeyWrong _ ->
            say
                "The key is another merchant's, or was changed since: set a new one in the merchant platform (Account center, API security, APIv3 key) and here; no notification can be opened until then."
                "该密钥属于其他商户，或之后已被修改：请在商户平台（账户中心 → API 安全 → APIv3 密钥）重新设置，并同步到此处；在此之前任何通知都无法解密。"
        | DoctorFinding.PlatformKeyWrong _ ->
            say
                "The file and its id do not belong together: download the public key again, or the certificate (wechatpay certificates), for this very merchant."
                "密钥文件与其 ID（序列号）不对应：请为该商户重新下载微信支付公钥，或重新下载平台证书（wechatpay certificates）。"
        | DoctorFinding.PublicKeyIdWrong _ ->
            say
                "Copy the id from the merchant platform (Account center, API security, WeChat Pay public key) of this very merchant, and download its public key as well."
                "请从该商户的商户平台（账户中心 → API 安全 → 微信支付公钥）复制公钥 ID，并一并下载公钥。"
        | DoctorFinding.PublicKeyMissing _ -> publicKey
        | DoctorFinding.PublicKeyNeeded _ ->
            say
                (publicKey.English
                 + " Take DownloadPlatformCertificates and PlatformCertificateFiles out.")
                (publicKey.Chinese
                 + "并去掉 DownloadPlatformCertificates 与 PlatformCertificateFiles。")
        | DoctorFinding.CertificatesNeedless _ ->
            say
                "Take DownloadPlatformCertificates and PlatformCertificateFiles out."
                "请去掉 DownloadPlatformCertificates 与 PlatformCertificateFiles。"
        | DoctorFinding.CertificatesNeeded _ ->
            say
                "Set DownloadPlatformCertificates; beside it the public key may stay where the merchant is changing over to it, with the id that the merchant platform shows."
                "请设置 DownloadPlatformCertificates；若商户正在切换为公钥模式，公钥可以同时保留，但公钥 ID 须与商户平台显示的一致。"
        | DoctorFinding.CertificatesBeside _ ->
            say
                "While the merchant changes over, notifications may come under either: set DownloadPlatformCertificates until the merchant platform says that the change is complete."
                "切换期间通知可能使用两者中的任何一种签名：请设置 DownloadPlatformCertificates，直到商户平台显示切换完成。"
        | DoctorFinding.ClockDrifting _
        | DoctorFinding.ClockOff _ -> setClock
        | DoctorFinding.ClockUnknown _ -> another
        | DoctorFinding.FileForGroup _
        | DoctorFinding.FileForOthers _ ->
            say
                "Let the application's account alone read it: chmod 600, and chown to that account. In a container, mount secrets with defaultMode 0400."
                "请仅允许应用所用账户读取：chmod 600，并将属主改为该账户；容器中挂载密钥时请设置 defaultMode 0400。"
        | DoctorFinding.SettingsRead _
        | DoctorFinding.KeyOfCertificate _
        | DoctorFinding.KeyAlone _
        | DoctorFinding.CertificateValid _
        | DoctorFinding.CertificateReady _
        | DoctorFinding.ApiV3KeyOpens _
        | DoctorFinding.PlatformKeyVerified _
        | DoctorFinding.PublicKeyMode _
        | DoctorFinding.CertificateMode _
        | DoctorFinding.TransitionMode _
        | DoctorFinding.HostReached _
        | DoctorFinding.ClockRight _
        | DoctorFinding.SignatureAccepted _
        | DoctorFinding.NotifyUrlFits _
        | DoctorFinding.FilePrivate _ -> nothing

/// What a finding says to programs and to people.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module DoctorFinding =
    /// The name that the tool shows; stable.
    let code finding = DoctorNames.code finding

    /// What was looked at.
    let check finding =
        match finding with
        | DoctorFinding.SettingsRead _ -> DoctorCheck.Settings
        | DoctorFinding.SettingRefused(setting, _, _) -> DoctorSetting.check setting
        | DoctorFinding.KeyOfCertificate _
        | DoctorFinding.KeyAlone _ -> DoctorCheck.MerchantKey
        | DoctorFinding.CertificateNotGiven _ -> DoctorCheck.MerchantCertificate
        | DoctorFinding.CertificateValid(role, _, _)
        | DoctorFinding.CertificateEnding(role, _, _)
        | DoctorFinding.CertificateEnded(role, _, _)
        | DoctorFinding.CertificateEarly(role, _, _) ->
            match role with
            | KeyRole.MerchantPrivateKey
            | KeyRole.MerchantCertificate -> DoctorCheck.MerchantCertificate
            | KeyRole.PlatformPublicKey
            | KeyRole.PlatformCertificate -> DoctorCheck.PlatformKeys
        | DoctorFinding.CertificateReady _
        | DoctorFinding.CertificateSpent _
        | DoctorFinding.CertificateUnconfigured _
        | DoctorFinding.PlatformKeyVerified _
        | DoctorFinding.PlatformKeyWrong _
        | DoctorFinding.PublicKeyIdWrong _
        | DoctorFinding.PublicKeyMissing _
        | DoctorFinding.PlatformCertificateUnknown _
        | DoctorFinding.AnswerUntrusted _
        | DoctorFinding.CertificatesUnread _ -> DoctorCheck.PlatformKeys
        | DoctorFinding.ApiV3KeyOpens _
        | DoctorFinding.ApiV3KeyUntried _
        | DoctorFinding.ApiV3KeyWrong _ -> DoctorCheck.ApiV3Key
        | DoctorFinding.PublicKeyMode _
        | DoctorFinding.CertificateMode _
        | DoctorFinding.TransitionMode _
        | DoctorFinding.PublicKeyNeeded _
        | DoctorFinding.CertificatesNeedless _
        | DoctorFinding.CertificatesNeeded _
        | DoctorFinding.CertificatesBeside _
        | DoctorFinding.KeyModeUnknown _ -> DoctorCheck.KeyMode
        | DoctorFinding.HostReached _
        | DoctorFinding.HostUnreached _ -> DoctorCheck.Hosts
        | DoctorFinding.ClockRight _
        | DoctorFinding.ClockDrifting _
        | DoctorFinding.ClockOff _
        | DoctorFinding.ClockUnknown _ -> DoctorCheck.Clock
        | DoctorFinding.SignatureAccepted _
        | DoctorFinding.SignatureRefused _
        | DoctorFinding.AnotherAnswered _
        | DoctorFinding.SignatureUndecided _ -> DoctorCheck.RequestSignature
        | DoctorFinding.NotifyUrlFits _
        | DoctorFinding.NotifyUrlRefused _ -> DoctorCheck.NotifyUrl
        | DoctorFinding.FilePrivate _
        | DoctorFinding.FileForGroup _
        | DoctorFinding.FileForOthers _ -> DoctorCheck.FilePermissions
        | DoctorFinding.NotChecked(check, _) -> check

    /// What it means for the merchant. A host that is no main one is not needed every day.
    let verdict finding =
        match finding with
        | DoctorFinding.SettingsRead _
        | DoctorFinding.KeyOfCertificate _
        | DoctorFinding.KeyAlone _
        | DoctorFinding.CertificateValid _
        | DoctorFinding.CertificateReady _
        | DoctorFinding.ApiV3KeyOpens _
        | DoctorFinding.PlatformKeyVerified _
        | DoctorFinding.PublicKeyMode _
        | DoctorFinding.CertificateMode _
        | DoctorFinding.TransitionMode _
        | DoctorFinding.HostReached _
        | DoctorFinding.ClockRight _
        | DoctorFinding.SignatureAccepted _
        | DoctorFinding.NotifyUrlFits _
        | DoctorFinding.FilePrivate _ -> DoctorVerdict.Fine
        | DoctorFinding.ApiV3KeyUntried _
        | DoctorFinding.ClockUnknown _
        | DoctorFinding.KeyModeUnknown _
        | DoctorFinding.SignatureUndecided _
        | DoctorFinding.NotChecked _ -> DoctorVerdict.Skipped
        | DoctorFinding.CertificateNotGiven _
        | DoctorFinding.CertificateEnding _
        | DoctorFinding.CertificateSpent _
        | DoctorFinding.CertificateUnconfigured _
        | DoctorFinding.CertificatesNeedless _
        | DoctorFinding.CertificatesBeside _
        | DoctorFinding.ClockDrifting _
        | DoctorFinding.FileForGroup _
        | DoctorFinding.HostUnreached(HostUse.Backup, _, _) -> DoctorVerdict.Warning
        | DoctorFinding.SettingRefused _
        | DoctorFinding.CertificateEnded _
        | DoctorFinding.CertificateEarly _
        | DoctorFinding.ApiV3KeyWrong _
        | DoctorFinding.PlatformKeyWrong _
        | DoctorFinding.PublicKeyIdWrong _
        | DoctorFinding.PublicKeyMissing _
        | DoctorFinding.PlatformCertificateUnknown _
        | DoctorFinding.AnswerUntrusted _
        | DoctorFinding.CertificatesUnread _
        | DoctorFinding.PublicKeyNeeded _
        | DoctorFinding.CertificatesNeeded _
        | DoctorFinding.HostUnreached _
        | DoctorFinding.ClockOff _
        | DoctorFinding.SignatureRefused _
        | DoctorFinding.AnotherAnswered _
        | DoctorFinding.NotifyUrlRefused _
        | DoctorFinding.FileForOthers _ -> DoctorVerdict.Wrong

    /// What was found: names, numbers and times.
    let cause finding = DoctorCauses.of' finding

    /// What is to be done.
    let advice finding = DoctorCures.of' finding

    /// The name of a check that the tool shows; stable.
    let checkName check = DoctorNames.check check

    /// The name of a verdict that the tool shows; stable.
    let verdictName verdict = DoctorNames.verdict verdict
