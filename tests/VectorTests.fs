/// Vectors that others published, and vectors that openssl made; the command stands beside each.
module WeChatPay.Tests.VectorTests

open System
open System.Security.Cryptography
open Expecto
open WeChatPay.Functional
open WeChatPay.Tests.Platform

/// The public half of the test key in the platform's documentation (pay.weixin.qq.com/doc/v3/merchant/4012365339 and its neighbours).
let private documentedKey =
    """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAptpm+qvIDCh/9wjU26SQ
CK26ogYkBhDrYxnAaw2JbbBsp1oDbHKk+1r381NeBUG2HEFAuU+Fr72u5ot3yKdz
oF/FajAzQNKnm569/D3upKoi8mYBaST15Uig8j8qoUW1U217LL0jEHlSnHV3lcaD
TXqDpTRR4Bfz9IqOgJgFZ8/oTfEomSrjrLYef81Eyxr7ZIMQXEKKEK7V4UXKS0+/
fDsiG/cXidhzt8UbTL9vqXqxM2+IDImyO+FAc/tkBG55LmzxPto1Nq0WbnZzRM/w
Tzrd0I/8NlevxtFbphg4evlHjFNI7+GrqR87ViEwuAJJ9Je5QQjct5YJfFRWiZ5C
MQIDAQAB
-----END PUBLIC KEY-----"""

/// What the documentation says that key signs for the request below.
let private documentedSignature =
    "gEuexJ547PHFV77TQ6eiE4tphVYfWfUe1Wc2dBmVnoMYU2rl/M4zhw+b3vBhuMw6AC7pteNkryLA7UWU2h+umo0OdSuuLm1++O3NckQPCSfm6dypsjn4GYm84KMqXWFrhFmyxEwIdEJDr3w1UYfxOcu55OQupfLkrt/ZzuOspnliJFrPzGQFUk7lGqMMtpz3EfbDUNxnVsHblORg3hVmuYNmbGWnS2ovU30Y2Q+iKFDxzkaXBk8LTy6HzvxizRo6Q+J4SVM7O0hKXfgo1QdI68kpzNULb3EVBXlhTyPUzhkHzzLxECL1qHl3HH2hEv8++C+4wBlsagF3j/O6PABojA=="

let private documentedBody =
    """{"appid":"wxd678efh567hg6787","mchid":"1230000109","description":"Image形象店-深圳腾大-QQ公仔","out_trade_no":"1217752501201407033233368018","notify_url":"https://www.weixin.qq.com/wxpay/pay.php","amount":{"total":100,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}"""

/// The certificate in the tests of the official Go SDK (core/auth/verifiers); its serial begins with a bit that .NET prints as `00F5…`.
let private sdkCertificate =
    """-----BEGIN CERTIFICATE-----
MIIDVzCCAj+gAwIBAgIJAPV2V1YAL913MA0GCSqGSIb3DQEBCwUAMEIxCzAJBgNV
BAYTAlhYMRUwEwYDVQQHDAxEZWZhdWx0IENpdHkxHDAaBgNVBAoME0RlZmF1bHQg
Q29tcGFueSBMdGQwHhcNMjEwNDI3MDg0MDMyWhcNMzEwNDI1MDg0MDMyWjBCMQsw
CQYDVQQGEwJYWDEVMBMGA1UEBwwMRGVmYXVsdCBDaXR5MRwwGgYDVQQKDBNEZWZh
dWx0IENvbXBhbnkgTHRkMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA
2VCTd91fnUn73Xy9DLvt/V62TVxRTEEstVdeRaZ3B3leO0pldE806mXO4RwdHXag
HQ4vGeZN0yqm++rDsGK+U3AH7kejyD2pXshNP9Cq5YwbptiLGtjcquw4HNxJQUOm
DeJf2vg6byms9RUipiq4SzbJKqJFlUpbuIPDpSpWz10PYmyCNeDGUUK65E5h2B83
4uxl1zNLYQCrkdBzb8oUxwYeP5a2DNxmjL5lsJML7DGr5znsevnoqGRwTm9fxCGf
y8wus7hwKz6clt3Whmmda7UAdb1c08hEQFVRbF14AR73xbnd8N0obCWJPCbzMCtk
aSef4FdEEgEXJiw0VAJT8wIDAQABo1AwTjAdBgNVHQ4EFgQUT1c7nd/SUO76HSoZ
umNUJv1R5PwwHwYDVR0jBBgwFoAUT1c7nd/SUO76HSoZumNUJv1R5PwwDAYDVR0T
BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAM+tslqBxYwqL9fdvGG6hfy69sjfX
UhBtBLWYugKKQCOWWLeq5dDWm3i5Cx2Rgiy9uc7RfmJNxQfIKlcoCNP85BjDoG1B
YnVc6znlcrT9uHgseha3987WwZsFAQbcy8TLUYHzVB8gmDgq8O08xdIe0eczatI8
t3Rg8WXO6Gs66JJ4JR+rD01o3FiSOQCRWhn19NSyDydsgPlOR2t9B9L+MkJwlsMG
Krn85TnwL3qcInzRnU8X86faXXJrI0IJi44tECKw8ftngCl6vyNwNNKPDwdkcuuV
8y3iBixO5IuKxEKEp2wGPV/4W1AXO73Z3Gb7z/1oxdgeO0hVqz1hBasTCQ==
-----END CERTIFICATE-----"""

/// openssl genrsa -out k.pem 2048; openssl rsa -in k.pem -pubout
let private opensslKey =
    """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA03cU6JqdHlZ3j06n37Xj
HH0r2glb7IY+e+RlDMRr6xTGnSJMy2mHvZaP4oFzoO0ibc6w22QfMKtO8S/8mptn
mOuoNWKG7IOxNI80f2wnHTRFExfcVG2fZIyZIY0wzdM0cfxAoBb/KZp9CbxXkXa+
cbYEj7/qf9Jk1CfJs0ARMSlDKo/nA82sY8MJhLOqAvu/U+ihwOiB/GJ3ubkvnaw7
ep+D9ur9oJtwa44gBcnJNOG7BrgmyA4TOVAQQ/QVwSzeT/GboYLvcQ83aNoNp1tA
FFBQY7lKHN39bEqavCLBmTMSzm8MPl4zUzha40QPv4YGUvlzO/2tRuPNXvZz1c2q
IQIDAQAB
-----END PUBLIC KEY-----"""

/// openssl req -x509 -new -key k.pem -subj /CN=Tenpay.com -days 3650 -set_serial 0x00F1570000000000000000000000000000000B
let private opensslCertificate =
    """-----BEGIN CERTIFICATE-----
MIIDCjCCAfKgAwIBAgITAPFXAAAAAAAAAAAAAAAAAAAACzANBgkqhkiG9w0BAQsF
ADAVMRMwEQYDVQQDDApUZW5wYXkuY29tMB4XDTI2MTEyNDAzMDI0MFoXDTM2MTEy
MTAzMDI0MFowFTETMBEGA1UEAwwKVGVucGF5LmNvbTCCASIwDQYJKoZIhvcNAQEB
BQADggEPADCCAQoCggEBANN3FOianR5Wd49Op9+14xx9K9oJW+yGPnvkZQzEa+sU
xp0iTMtph72Wj+KBc6DtIm3OsNtkHzCrTvEv/JqbZ5jrqDVihuyDsTSPNH9sJx00
RRMX3FRtn2SMmSGNMM3TNHH8QKAW/ymafQm8V5F2vnG2BI+/6n/SZNQnybNAETEp
QyqP5wPNrGPDCYSzqgL7v1PoocDogfxid7m5L52sO3qfg/bq/aCbcGuOIAXJyTTh
uwa4JsgOEzlQEEP0FcEs3k/xm6GC73EPN2jaDadbQBRQUGO5Shzd/WxKmrwiwZkz
Es5vDD5eM1M4WuNED7+GBlL5czv9rUbjzV72c9XNqiECAwEAAaNTMFEwHQYDVR0O
BBYEFED0NUJR25axcADwVryFdXp+/KURMB8GA1UdIwQYMBaAFED0NUJR25axcADw
VryFdXp+/KURMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAB0D
v7ok9t/jZtQG87eVtyNil2Lz2sL7O5Js881byyLzAzW/VXcZYXDiB5puWl98Xa6L
gMT/hl8/UMS3WAEjJgc5ketAf5uTW6+fIvfXDwuBe07Stu/BjrrhrPXgXBKvpyP0
G8S+GyvkoR7tDh7GTsd4YB5qhQFy6tUbZHLBbLRmpldJ/CCN9pGLbZtsbAPgNH08
4JOGJe8Xf/287GCDVS5jSp1dArrgnnIMz37AvyOfM6Vzu4hGNk3XOXbVdiiSisfI
QmwJ+WrDAP+pee0IByT3/EAw+s614cXxsolRJcGjIVvS4+IJDaWk1Tb9FiHSvnWO
UWyN9okwW290Usl0XMo=
-----END CERTIFICATE-----"""

let private opensslBody = """{"id":"EV-1","summary":"支付成功"}"""

/// printf '1760000000\n5K8264ILTKCH16CQ2502SI8ZNMTM67VS\n{"id":"EV-1","summary":"支付成功"}\n' | openssl dgst -sha256 -sign k.pem | openssl base64 -A
let private opensslSignature =
    "pxfrU/Yj/OzHKxTjjU4d5UkpyjoD2ueAaGauYi65Zjwt08wTbCI24korAN4zWqfNFx1RpWoTsFbe38QfOLSQ3w3BOS40e4ynxXdb8JwrzfY/EEExBriUoszmGU3h8LzlIMHKNAzktetku4/qsBuMAnV76id7JXzos8Kq5mMFFtkKCLDOc+StXXg7LF7t/CXQSYQWh5sgLLiYBTLmzjbSI+4TNSAJbFc2HgYO7pCGwG4E5G7EGUoACFV+YGcZTHmkqzFeRNy/GRGbNAjlvLRy+KIYuZfqNjmqumpQ9AWxa06DeoS9VgaU1KxFhouzAtQCZGOv1Een1g0L86fRUhMr5g=="

/// printf '1760000000\n5K8264ILTKCH16CQ2502SI8ZNMTM67VS\n\n' | openssl dgst -sha256 -sign k.pem | openssl base64 -A
let private opensslEmptySignature =
    "VN0eAKjetS8eaynE+4NuOMByqveYZ1fASWbaSYWo+OELAPH/xfiD0+7x40tJmpYJXbcXuaue4VchQaiJPEAtEHb8da2PkTXf9kssUhu8mc2GXFXgDPlzrlTD/hoP9XyQkSKv9/6+LwedqCOpyepBW1z1hLLMKgupwZiWrb7EQr2Ai6JRB0/xE9Pp5q8o/eE63HiWQxFtIMTEw3aBJA31cNeCCYrirrMsmCCYGxXArcMGKyUePhOSwF+mrovGSXlX/oI73mYHYsSlHjW8Y7V91+Plo0xkcOz/sByuTN/sqI34R5bWKU6uFzIvGVD/3ygVDQI1L9qvFkz9xGhpHNNyfQ=="

let private isSignedBy (pem: string) (text: byte array) (signature: string) =
    use rsa = RSA.Create()
    rsa.ImportFromPem(pem.AsSpan())
    rsa.VerifyData(text, Convert.FromBase64String signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)

let private prepared body =
    Signing.prepare
        1554208460L
        "593BEC0C930BF1AFEB40B4A08C8FB242"
        "POST"
        "/v3/pay/transactions/jsapi"
        (ReadOnlySpan(utf8 body))
    |> force

let private opensslRing =
    Keyring.create
        [
            force (PlatformKey.ofPublicKeyPem PublicKeyId opensslKey)
            force (PlatformKey.ofCertificatePem opensslCertificate)
        ]
    |> force

let private verifyAt time serial (body: string) signature =
    let headers =
        [
            "Wechatpay-Timestamp", "1760000000"
            "Wechatpay-Nonce", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
            "Wechatpay-Signature", signature
            "Wechatpay-Serial", serial
        ]

    Core.verify (VerificationPolicy.forNotifications opensslRing) time (deliver headers (utf8 body))
    |> Result.map ignore

/// A case of the specification of GCM (McGrew and Viega, appendix B): key and nonce of zeros.
let private openZeros (hex: string) =
    let key = force (ApiV3Key.create (String('\000', 32)))

    Cipher.unseal
        key
        (ReadOnlySpan(Array.zeroCreate<byte> 12))
        ReadOnlySpan.Empty
        (ReadOnlySpan(Convert.FromHexString hex))

[<Tests>]
let tests =
    testList
        "vectors"
        [
            test "the text that we sign is the text that the documentation signs" {
                Expect.isTrue
                    (isSignedBy documentedKey (prepared documentedBody).Message documentedSignature)
                    "as documented"

                let other = documentedBody.Replace("\"total\":100", "\"total\":101")
                Expect.isFalse (isSignedBy documentedKey (prepared other).Message documentedSignature) "one fen more"
            }

            test "the official Go SDK's certificate has the serial that its tests give it" {
                let key = force (PlatformKey.ofCertificatePem sdkCertificate)
                Expect.equal key.Serial "F5765756002FDD77" "no leading zeros"
                Expect.equal key.NotAfter (DateTimeOffset(2031, 4, 25, 8, 40, 32, TimeSpan.Zero)) "valid until"
            }

            test "what openssl signs is verified; the empty body of a 204 as well" {
                Expect.equal (verifyAt now PublicKeyId opensslBody opensslSignature) (Ok()) "signed"
                Expect.equal (verifyAt now PublicKeyId "" opensslEmptySignature) (Ok()) "empty"

                Expect.equal
                    (verifyAt now PublicKeyId (opensslBody + " ") opensslSignature)
                    (Error(VerifyError.SignatureMismatch PublicKeyId))
                    "one blank more"
            }

            test "a certificate that openssl made is found by its number, and not before it is valid" {
                let serial = "F1570000000000000000000000000000000B"

                match verifyAt now ("00" + serial.ToLowerInvariant()) opensslBody opensslSignature with
                | Error(VerifyError.KeyNotCurrent(found, notBefore, _)) ->
                    Expect.equal found serial "the number"
                    Expect.isGreaterThan notBefore now "made after the signature's time"
                | other -> failtestf "%A" other
            }

            test "AES-256-GCM opens the specification's cases 13 and 14" {
                Expect.equal (openZeros "530f8afbc74536b9a963b4f1c4cb738b") (Ok [||]) "13"

                Expect.equal
                    (openZeros "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
                    (Ok(Array.zeroCreate<byte> 16))
                    "14"

                Expect.equal
                    (openZeros "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab918")
                    (Error CipherError.NotAuthentic)
                    "one bit"
            }
        ]
