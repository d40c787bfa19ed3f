/// Settings as people give them: each mistake is one problem, named by its setting, with where the right one is.
module WeChatPay.Tests.SettingsTests

open System.Globalization
open System.IO
open System.Net.Http
open Expecto
open WeChatPay
open WeChatPay.Tests.Platform
open WeChatPay.Tests.KeyTests

/// The problems of a configuration that is right but for one change.
let private problemsOf (change: WeChatPayOptions -> string -> unit) =
    let folder = Directory.CreateTempSubdirectory "wechatpay"

    try
        let file name (text: string) =
            File.WriteAllText(Path.Combine(folder.FullName, name), text)

        file "apiclient_key.pem" pkcs8
        file "apiclient_cert.pem" certificatePem
        file "pub_key.pem" publicKeyPem
        File.WriteAllBytes(Path.Combine(folder.FullName, "apiclient_cert.p12"), archive "1900000001")

        let options =
            WeChatPayOptions(
                MerchantId = "1900000001",
                MerchantSerial = SerialText,
                MerchantPrivateKeyFile = "apiclient_key.pem",
                ApiV3Key = apiV3KeyText,
                PlatformPublicKeyId = PublicKeyId,
                PlatformPublicKeyFile = "pub_key.pem",
                BaseDirectory = folder.FullName
            )

        change options folder.FullName

        try
            WeChatPayClient(new HttpClient(), options) |> ignore
            []
        with :? WeChatPayConfigurationException as failure ->
            Expect.isFalse (failure.ToString().Contains "PRIVATE KEY") "no key is shown"

            [
                for problem in failure.Problems -> problem.Setting, problem.English, problem.Chinese
            ]
    finally
        folder.Delete true

let private isOneProblem setting (words: string list) change =
    match problemsOf (fun options _ -> change options) with
    | [ found, english, chinese ] ->
        Expect.equal found setting "the setting"

        for word in words do
            Expect.stringContains (english + chinese) word setting
    | others -> failtestf "%d problems: %A" others.Length others

[<Tests>]
let tests =
    testList
        "settings"
        [
            test "what the merchant platform gives out works as it is" {
                Expect.isEmpty (problemsOf (fun _ _ -> ())) "key and serial"

                Expect.isEmpty
                    (problemsOf (fun options _ -> options.MerchantCertificateFile <- "apiclient_cert.pem"))
                    "with the certificate"

                Expect.isEmpty
                    (problemsOf (fun options _ ->
                        options.MerchantSerial <- null
                        options.MerchantCertificateFile <- "apiclient_cert.pem"))
                    "the serial from the certificate"

                Expect.isEmpty
                    (problemsOf (fun options _ ->
                        options.MerchantSerial <- null
                        options.MerchantPrivateKeyFile <- "apiclient_cert.p12"))
                    "everything from the archive"
            }

            test "each beginner's mistake is one problem, named by its setting" {
                isOneProblem "MerchantSerial" [ "is missing"; "openssl x509" ] (fun options ->
                    options.MerchantSerial <- null)

                isOneProblem "MerchantSerial" [ "PlatformPublicKeyId" ] (fun options ->
                    options.MerchantSerial <- PublicKeyId)

                isOneProblem "MerchantCertificateFile" [ "MerchantSerial says"; SerialText ] (fun options ->
                    options.MerchantSerial <- "ABCD"
                    options.MerchantCertificateFile <- "apiclient_cert.pem")

                isOneProblem "MerchantPrivateKey" [ "certificate"; "apiclient_key.pem" ] (fun options ->
                    options.MerchantPrivateKeyFile <- "apiclient_cert.pem")

                isOneProblem "MerchantPrivateKeyFile" [ "not there"; "apiclient_key.pen"; "不存在" ] (fun options ->
                    options.MerchantPrivateKeyFile <- "apiclient_key.pen")

                isOneProblem "MerchantPrivateKeyFile" [ "without File"; "文件名" ] (fun options ->
                    options.MerchantPrivateKeyFile <- pkcs8)

                isOneProblem "MerchantPrivateKey" [ "a file's name" ] (fun options ->
                    options.MerchantPrivateKey <- "apiclient_key.pem")

                isOneProblem
                    "MerchantPrivateKey"
                    [ "is behind a password"; "MerchantPrivateKeyPassword" ]
                    (fun options -> options.MerchantPrivateKey <- encrypted "secret")

                isOneProblem "MerchantPrivateKey" [ "password does not open" ] (fun options ->
                    options.MerchantPrivateKey <- encrypted "secret"
                    options.MerchantPrivateKeyPassword <- "another")

                isOneProblem "MerchantId" [ "appid"; "mchid" ] (fun options ->
                    options.MerchantId <- "wx0000000000000001")

                isOneProblem "ApiV3Key" [ "33 bytes" ] (fun options -> options.ApiV3Key <- apiV3KeyText + "\n")
                isOneProblem "PlatformPublicKeyId" [ "is missing" ] (fun options -> options.PlatformPublicKeyId <- null)

                isOneProblem "PlatformPublicKeyId" [ "PUB_KEY_ID_" ] (fun options ->
                    options.PlatformPublicKeyId <- "0119")

                isOneProblem "PlatformPublicKeyFile" [ "PlatformCertificateFiles" ] (fun options ->
                    options.PlatformPublicKeyFile <- "apiclient_cert.pem")

                isOneProblem "PlatformPublicKeyFile" [ "your own" ] (fun options ->
                    options.PlatformPublicKeyFile <- null
                    options.PlatformPublicKey <- pair.ExportSubjectPublicKeyInfoPem())

                isOneProblem "PlatformCertificateFiles" [ "your own" ] (fun options ->
                    options.PlatformCertificateFiles.Add "apiclient_cert.pem")

                isOneProblem "BaseAddress" [ "https" ] (fun options ->
                    options.BaseAddress <- "http://api.mch.weixin.qq.com")
            }

            test "problems are told in Chinese where the user interface is Chinese" {
                let before = CultureInfo.CurrentUICulture

                try
                    CultureInfo.CurrentUICulture <- CultureInfo.GetCultureInfo "zh-CN"

                    let failure =
                        WeChatPayConfigurationException
                            [ ConfigurationProblem("ApiV3Key", "ApiV3Key is missing.", "ApiV3Key 未填写。") ]

                    Expect.equal failure.Message "微信支付配置有误：ApiV3Key 未填写。" "Chinese"
                finally
                    CultureInfo.CurrentUICulture <- before
            }
        ]
