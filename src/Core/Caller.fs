namespace WeChatPay.Functional

open System
open WeChatPay.Wire

/// The kinds of merchant that a call is for.
[<Flags>]
type MerchantKinds =
    /// Nobody.
    | None = 0
    /// A merchant who sells himself.
    | Direct = 1
    /// A service provider, who acts for sub-merchants.
    | Partner = 2
    /// A brand, with a number and a signature scheme of its own.
    | Brand = 4
    /// An institution or a bank.
    | Institution = 8
    /// A merchant outside the mainland.
    | Global = 16
    /// Whoever calls.
    | All = 31

/// Who calls: what a request leaves out comes from here.
[<Sealed>]
type Caller
    /// A merchant of any kind, with what requests may leave out: the appid, and for a brand its number.
    (merchantId: string, kind: MerchantKinds, appid: string | null, brandId: string | null) =

    /// A direct merchant by his number.
    new(merchantId: string) = Caller(merchantId, MerchantKinds.Direct, null, null)

    /// The merchant's number, `mchid`.
    member _.MerchantId = merchantId

    /// What kind of merchant it is.
    member _.Kind = kind

    /// The appid that requests take when they name none.
    member _.Appid = appid

    /// The brand's number, `brand_id`, for a brand.
    member _.BrandId = brandId

    /// What stands for a field that the request leaves out; null for nothing.
    member _.Fill(source: WireDefault) : string | null =
        match source with
        | WireDefault.MerchantId -> merchantId
        | WireDefault.Appid -> appid
        | WireDefault.BrandId -> brandId
        | _ -> null

    override _.ToString() = "Caller(" + merchantId + ")"

/// What is said of a file that is uploaded: signed in place of its bytes.
[<Sealed>]
type UploadedFile(name: string, sha256: string, length: int64) =
    /// The file's name, such as `身份证.jpg`.
    member _.Name = name

    /// The SHA-256 of its bytes, in lower hex.
    member _.Sha256 = sha256

    /// How many bytes it has.
    member _.Length = length

    /// The size; the name may be a person's.
    override _.ToString() =
        "UploadedFile("
        + length.ToString(System.Globalization.CultureInfo.InvariantCulture)
        + " bytes)"
