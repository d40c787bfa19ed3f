namespace WeChatPay.Functional

open System
open WeChatPay

/// An order and who places it: the request depends on both.
[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type OrderToPlace =
    /// A direct merchant's.
    | Direct of Order: DirectOrder
    /// A service provider's, for one sub-merchant.
    | Partner of Order: PartnerOrder
    /// A direct merchant's, several paid at once.
    | Combined of Order: CombinedOrder
    /// A service provider's, several paid at once.
    | PartnerCombined of Order: CombinedOrder

/// What the platform answers to an order.
[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type Prepayment =
    /// The text of the QR code to show.
    | Native of CodeUrl: string
    /// The order's name for two hours, to be signed for the page, the mini program or the app.
    | Invoked of PrepayId: string
    /// The address of the page that the payer's browser goes to.
    | H5 of H5Url: string

/// What the payer's side opens a placed order with: hand it on as it is.
[<RequireQualifiedAccess; NoComparison; ReferenceEquality>]
type PlacedOrder =
    /// The text of the QR code to show.
    | Native of CodeUrl: string
    /// For a page inside WeChat, or a mini program.
    | Jsapi of Invocation: JsapiInvocation
    /// For the app.
    | App of Invocation: AppInvocation
    /// The address of the page that the payer's browser goes to.
    | H5 of H5Url: string

/// An order that breaks no rule. Only `Checkout.check` makes one.
[<Sealed; NoComparison; NoEquality>]
type CheckedOrder =
    /// The order, as it was when it was checked.
    member Order: OrderToPlace

    /// Where the payer pays.
    member Way: PayWay

    /// The appid that the payer is in, which the invocation names; null for the caller's.
    member PayerAppid: string | null

/// Orders, judged before they are sent.
[<RequireQualifiedAccess>]
module Checkout =
    /// Every rule that the order breaks, or the order. The caller's appid stands in for one that the order lacks; where the platform is simulated, notifications may go to hosts of one's own.
    val checkFor:
        caller: Caller ->
        isSimulated: bool ->
        now: DateTimeOffset ->
        order: OrderToPlace ->
            Result<CheckedOrder, OrderError list>

    /// Every rule that the order breaks, or the order: for the real platform, with an appid that may come later.
    val check: now: DateTimeOffset -> order: OrderToPlace -> Result<CheckedOrder, OrderError list>
