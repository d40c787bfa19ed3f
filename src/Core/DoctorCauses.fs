namespace WeChatPay.Functional

open System
open System.Globalization

/// What was found, in the two languages of those who read it.
[<RequireQualifiedAccess>]
module internal DoctorCauses =
    let private say english chinese : Advice =
        { English = english; Chinese = chinese }

    let private number (value: int) =
        value.ToString CultureInfo.InvariantCulture

    let private day (time: DateTimeOffset) =
        time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)

    let private whose role =
        match role with
        | KeyRole.MerchantPrivateKey
        | KeyRole.MerchantCertificate -> struct ("The merchant's certificate ", "商户 API 证书 ")
        | KeyRole.PlatformPublicKey
        | KeyRole.PlatformCertificate -> struct ("The platform's certificate ", "微信支付平台证书 ")

    let private certificate role (serial: string) (english: string) (chinese: string) (time: DateTimeOffset) =
        let struct (name, nameChinese) = whose role
        say (name + serial + english + day time + ".") (nameChinese + serial + chinese + day time + "。")

    let private clock (ahead: TimeSpan) =
        let seconds = (abs ahead.TotalSeconds).ToString("0", CultureInfo.InvariantCulture)

        // `Date` has no fractions.
        if ahead.Duration() < TimeSpan.FromSeconds 2.0 then
            say "The clock of this machine agrees with the platform's." "本机时钟与微信支付一致。"
        elif ahead > TimeSpan.Zero then
            say
                ("The clock of this machine is " + seconds + " s ahead of the platform's.")
                ("本机时钟比微信支付快 " + seconds + " 秒。")
        else
            say
                ("The clock of this machine is " + seconds + " s behind the platform's.")
                ("本机时钟比微信支付慢 " + seconds + " 秒。")

    let private host usage (name: string) =
        match usage with
        | HostUse.Backup -> struct ("The backup host " + name, "备用域名 " + name)
        | HostUse.Global -> struct ("The host for merchants outside the mainland, " + name + ",", "境外商户域名 " + name)
        | _ -> struct ("The main host " + name, "主域名 " + name)

    let private unreached usage name failure =
        let struct (english, chinese) = host usage name

        match failure with
        | HostFailure.Name -> say (english + " cannot be found: no name server knows the name.") (chinese + " 无法解析。")
        | HostFailure.Connection -> say (english + " takes no connection.") (chinese + " 无法建立连接。")
        | HostFailure.Tls ->
            say (english + " was connected to, but no trusted TLS came about.") (chinese + " 可以连接，但 TLS 握手失败或证书不受信任。")
        | HostFailure.Proxy -> say (english + " is behind a proxy that refuses.") (chinese + " 的连接被代理拒绝。")
        | HostFailure.Silence -> say (english + " did not answer in time.") (chinese + " 未在限定时间内应答。")
        | _ -> say (english + " was connected to, but gave no whole answer.") (chinese + " 可以连接，但应答不完整。")

    let private file (setting: string) (path: string) (english: string) (chinese: string) =
        say
            ("The file of " + setting + ", " + path + ", " + english + ".")
            (setting + " 的文件 " + path + " " + chinese + "。")

    let private skipped check why =
        let name = DoctorNames.check check

        match why with
        | DoctorSkip.Offline -> say (name + ": nobody was called (--offline).") (name + "：未联网检查（--offline）。")
        | DoctorSkip.Settings ->
            say (name + ": a setting that it needs is missing or refused.") (name + "：所需的配置项缺失或有误。")
        | DoctorSkip.NoAnswer ->
            say (name + ": the platform gave no answer that could be looked at.") (name + "：没有得到可供检查的微信支付应答。")
        | DoctorSkip.ClockOff ->
            say (name + ": the clock is off, so the platform refuses every signature.") (name + "：本机时钟不准，微信支付会拒绝一切签名。")
        | DoctorSkip.NotGiven -> say (name + ": no --notify-url was given.") (name + "：未提供 --notify-url。")
        | _ -> say (name + ": this system does not say who may read a file.") (name + "：当前系统无法查询文件权限。")

    let private refusalOf error =
        match error with
        | ApiError.Refused refusal
        | ApiError.NoPlatformCertificates refusal when refusal.Code <> "" -> refusal.Code + ", " + refusal.Message
        | other -> ApiError.message other

    /// The facts of a finding.
    let of' finding =
        match finding with
        | DoctorFinding.SettingsRead merchant ->
            say
                ("Every setting of merchant " + merchant + " is there and can be read.")
                ("商户 " + merchant + " 的配置齐全，均可读取。")
        | DoctorFinding.SettingRefused(setting, _, _) ->
            say ("The setting " + setting + " is missing or cannot work.") ("配置项 " + setting + " 缺失或有误。")
        | DoctorFinding.KeyOfCertificate(serial, bits) ->
            say
                ("The private key belongs to the certificate "
                 + serial
                 + " and has "
                 + number bits
                 + " bits.")
                ("商户私钥与证书 " + serial + " 匹配，长度 " + number bits + " 位。")
        | DoctorFinding.KeyAlone(serial, bits) ->
            say
                ("The private key has "
                 + number bits
                 + " bits; whether it belongs to the serial "
                 + serial
                 + ", only request_signature shows.")
                ("商户私钥长度 "
                 + number bits
                 + " 位；它与序列号 "
                 + serial
                 + " 是否匹配，只有 request_signature 能证明。")
        | DoctorFinding.CertificateNotGiven serial ->
            say
                ("When the merchant's certificate " + serial + " ends is not known here.")
                ("此处无法得知商户 API 证书 " + serial + " 何时到期。")
        | DoctorFinding.CertificateValid(role, serial, notAfter) ->
            certificate role serial " is valid until " " 有效期至 " notAfter
        | DoctorFinding.CertificateEnding(role, serial, notAfter) ->
            certificate role serial " ends within 30 days, on " " 将在 30 天内到期：" notAfter
        | DoctorFinding.CertificateEnded(role, serial, notAfter) ->
            certificate role serial " has ended on " " 已过期，到期时间 " notAfter
        | DoctorFinding.CertificateEarly(role, serial, notBefore) ->
            certificate role serial " is not valid before " " 尚未生效，生效时间 " notBefore
        | DoctorFinding.CertificateReady(serial, notBefore) ->
            certificate KeyRole.PlatformCertificate serial " lies ready for " " 已备好，生效时间 " notBefore
        | DoctorFinding.CertificateSpent(serial, notAfter) ->
            certificate
                KeyRole.PlatformCertificate
                serial
                " is configured beside a valid key, but has ended on "
                " 与有效的密钥同时配置，但已过期，到期时间 "
                notAfter
        | DoctorFinding.CertificateUnconfigured(serial, notBefore) ->
            certificate
                KeyRole.PlatformCertificate
                serial
                " is in the platform's list, but not in the configuration; it is valid from "
                " 在微信支付的列表中，但未配置；生效时间 "
                notBefore
        | DoctorFinding.ApiV3KeyOpens count ->
            say
                ("The APIv3 key opens what the platform seals ("
                 + number count
                 + " certificates).")
                ("APIv3 密钥可以解密微信支付的数据（" + number count + " 张平台证书）。")
        | DoctorFinding.ApiV3KeyUntried _ ->
            say
                "The APIv3 key has the right form; in public key mode the platform offers nothing to try it on."
                "APIv3 密钥格式正确；公钥模式下微信支付没有可供试解密的数据。"
        | DoctorFinding.ApiV3KeyWrong serial ->
            say
                ("The APIv3 key does not open the platform's certificate " + serial + ".")
                ("APIv3 密钥无法解密平台证书 " + serial + "。")
        | DoctorFinding.PlatformKeyVerified serial ->
            say ("An answer of the platform verifies under " + serial + ".") ("微信支付的应答可用 " + serial + " 验签。")
        | DoctorFinding.PlatformKeyWrong serial ->
            say
                ("The platform signs as "
                 + serial
                 + ", but the key that is configured for it does not verify.")
                ("微信支付以 " + serial + " 签名，但为其配置的密钥无法验签。")
        | DoctorFinding.PublicKeyIdWrong(configured, serial) ->
            say
                ("The platform signs as " + serial + ", but " + configured + " is configured.")
                ("微信支付以 " + serial + " 签名，而配置的是 " + configured + "。")
        | DoctorFinding.PublicKeyMissing serial ->
            say
                ("The platform signs with the public key "
                 + serial
                 + ", which is not configured.")
                ("微信支付使用公钥 " + serial + " 签名，但未配置该公钥。")
        | DoctorFinding.PlatformCertificateUnknown serial ->
            say
                ("The platform signs with the certificate "
                 + serial
                 + ", which is not configured.")
                ("微信支付使用平台证书 " + serial + " 签名，但未配置该证书。")
        | DoctorFinding.AnswerUntrusted reason ->
            say
                ("An answer is not proven to be the platform's. " + VerifyError.message reason)
                ("应答无法证明来自微信支付（" + VerifyError.code reason + "）。")
        | DoctorFinding.CertificatesUnread error ->
            say
                ("The platform's certificates could not be read: " + refusalOf error)
                ("无法读取平台证书：" + ApiError.code error + "。")
        | DoctorFinding.PublicKeyMode serial ->
            say
                ("The merchant is in public key mode, and so are the settings (" + serial + ").")
                ("商户处于公钥模式，配置与之一致（" + serial + "）。")
        | DoctorFinding.CertificateMode _ ->
            say "The merchant has platform certificates, and the settings are for them." "商户使用平台证书，配置与之一致。"
        | DoctorFinding.TransitionMode serial ->
            say
                ("The merchant has platform certificates and the public key "
                 + serial
                 + ", and so have the settings.")
                ("商户同时使用平台证书与公钥 " + serial + "，配置与之一致。")
        | DoctorFinding.PublicKeyNeeded _ ->
            say
                "The settings are for platform certificates, but the merchant is in public key mode and has none."
                "配置使用平台证书，但商户处于公钥模式，没有平台证书。"
        | DoctorFinding.CertificatesNeedless _ ->
            say
                "The settings ask for platform certificates besides the public key, but the merchant has none."
                "配置除公钥外还使用平台证书，但商户没有平台证书。"
        | DoctorFinding.CertificatesNeeded serial ->
            say
                ("The settings have the public key alone, but the platform signs with the certificate "
                 + serial
                 + ".")
                ("仅配置了微信支付公钥，但微信支付使用平台证书 " + serial + " 签名。")
        | DoctorFinding.CertificatesBeside serial ->
            say
                ("The public key "
                 + serial
                 + " verifies; the platform has certificates for the merchant as well.")
                ("公钥 " + serial + " 可以验签；商户另有平台证书。")
        | DoctorFinding.KeyModeUnknown error ->
            say
                ("The platform does not say whether it has certificates for the merchant: "
                 + refusalOf error)
                ("微信支付未告知该商户是否有平台证书：" + ApiError.code error + "。")
        | DoctorFinding.HostReached(usage, name) ->
            let struct (english, chinese) = host usage name
            say (english + " answers.") (chinese + " 可以访问。")
        | DoctorFinding.HostUnreached(usage, name, failure) -> unreached usage name failure
        | DoctorFinding.ClockRight ahead
        | DoctorFinding.ClockDrifting ahead
        | DoctorFinding.ClockOff ahead -> clock ahead
        | DoctorFinding.ClockUnknown name -> say ("The answer of " + name + " has no Date.") (name + " 的应答没有 Date 头。")
        | DoctorFinding.SignatureAccepted serial ->
            say
                ("The platform takes signatures by the merchant's key as those of "
                 + serial
                 + ".")
                ("微信支付接受商户私钥以 " + serial + " 所作的签名。")
        | DoctorFinding.SignatureRefused error ->
            say ("The platform refuses the merchant's signature: " + refusalOf error) ("微信支付拒绝商户的签名：" + refusalOf error)
        | DoctorFinding.AnotherAnswered status ->
            say
                ("Something that is not the platform answers " + number status + ".")
                ("应答并非来自微信支付（状态码 " + number status + "）。")
        | DoctorFinding.SignatureUndecided error ->
            say
                ("The answer does not say whether the signature is right: " + refusalOf error)
                ("应答未表明签名是否正确：" + refusalOf error)
        | DoctorFinding.NotifyUrlFits url ->
            say ("The platform can send notifications to " + url + ".") ("微信支付可以向 " + url + " 发送通知。")
        | DoctorFinding.NotifyUrlRefused(url, rule) ->
            say
                (url + " cannot be used. " + OrderError.message rule)
                ("通知地址 " + url + " 不可用（" + OrderError.code rule + "）。")
        | DoctorFinding.FilePrivate(setting, path) -> file setting path "can be read by this account alone" "仅当前账户可读"
        | DoctorFinding.FileForGroup(setting, path) -> file setting path "can be read by the whole group" "可被同组账户读取"
        | DoctorFinding.FileForOthers(setting, path) ->
            file setting path "can be read or changed by other accounts of this machine" "可被本机其他账户读取或修改"
        | DoctorFinding.NotChecked(check, why) -> skipped check why
