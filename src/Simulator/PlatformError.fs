namespace WeChatPay.Simulator

open System.Text.Json.Nodes

/// What the platform refuses with: a status, and a body of code, message and detail. Messages are the simulator's own words.
[<NoComparison; ReferenceEquality>]
type internal PlatformError =
    {
        Status: int
        Code: string
        Message: string
        Detail: JsonObject option
    }

[<RequireQualifiedAccess>]
module internal PlatformError =
    let create status code message =
        {
            Status = status
            Code = code
            Message = message
            Detail = None
        }

    /// A field that breaks a rule: where it is, what it holds, what is wrong.
    let parameter (location: string) (field: string) (value: string) (issue: string) =
        let detail = JsonObject()
        detail["field"] <- JsonValue.Create field
        detail["value"] <- JsonValue.Create value
        detail["issue"] <- JsonValue.Create issue
        detail["location"] <- JsonValue.Create location

        {
            Status = 400
            Code = "PARAM_ERROR"
            Message = "参数错误：" + field + " " + issue
            Detail = Some detail
        }

    let orderNotExist = create 404 "ORDER_NOT_EXIST" "订单不存在"
    let orderPaid = create 400 "INVALID_REQUEST" "该订单已支付"
    let orderClosed = create 400 "ORDER_CLOSED" "该订单已关闭"
    let outTradeNoUsed = create 403 "OUT_TRADE_NO_USED" "商户订单号重复，且内容与首次请求不一致"
    let resourceNotExists = create 404 "RESOURCE_NOT_EXISTS" "查询的资源不存在"
    let notFound = create 404 "RESOURCE_NOT_EXISTS" "模拟平台没有此接口"
    let noAuth = create 403 "NO_AUTH" "此类商户无权调用该接口"
    let notEnough = create 403 "NOT_ENOUGH" "商户可用退款余额不足"
    let systemError = create 500 "SYSTEM_ERROR" "系统异常，请用相同参数重新调用"
    let badRequest message = create 400 "INVALID_REQUEST" message
