namespace WeChatPay.Simulator

open System
open System.Globalization
open System.IO
open System.IO.Compression
open System.Security.Cryptography
open System.Text
open System.Text.Json.Nodes
open FsToolkit.ErrorHandling
open WeChatPay.Functional

/// Bills made of the ledger: asked for by day, fetched by a token.
[<RequireQualifiedAccess>]
module internal BillRoutes =
    [<Literal>]
    let private DaysKept = 92

    let private noStatement = PlatformError.create 400 "NO_STATEMENT_EXIST" "账单文件不存在"
    let private creating = PlatformError.create 400 "STATEMENT_CREATING" "账单生成中"

    let private dayOf (request: Request) =
        match
            DateOnly.TryParseExact(
                Request.query "bill_date" request,
                "yyyy-MM-dd",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None
            )
        with
        | true, day -> Ok day
        | false, _ ->
            Error(PlatformError.parameter "query" "bill_date" (Request.query "bill_date" request) "格式须为 yyyy-MM-dd")

    /// A day that is over, and not for too long.
    let private requirePast (now: DateTimeOffset) (day: DateOnly) =
        let today = DateOnly.FromDateTime((now.ToOffset(TimeSpan.FromHours 8.0)).DateTime)

        if day >= today then
            Error(PlatformError.badRequest "账单日期须早于今天")
        elif today.DayNumber - day.DayNumber > DaysKept then
            Error(PlatformError.badRequest "仅支持三个月内的账单")
        else
            Ok()

    /// Bills are made until 10:00 of the next day; where nothing happened none is made.
    let private requireReady (now: DateTimeOffset) (day: DateOnly) (lines: 'Line list) =
        let hours =
            now.ToOffset(TimeSpan.FromHours 8.0).DateTime - day.ToDateTime TimeOnly.MinValue

        if lines.IsEmpty then Error noStatement
        elif hours < TimeSpan.FromHours 34.0 then Error creating
        else Ok()

    let private gzip (bytes: byte array) =
        use packed = new MemoryStream()

        do
            use stream = new GZipStream(packed, CompressionLevel.Fastest, true)
            stream.Write(bytes, 0, bytes.Length)

        packed.ToArray()

    let private flawsOf (wrong: Misbehaviour) =
        {
            HasExtraColumn = wrong.HasFlag Misbehaviour.BillExtraColumn
            LacksRow = wrong.HasFlag Misbehaviour.BillLostRow
        }

    let private hashOf (wrong: Misbehaviour) (bytes: byte array) =
        let hashed =
            if wrong.HasFlag Misbehaviour.BillWrongHash then
                Array.append bytes " "B
            else
                bytes

        Convert.ToHexStringLower(SHA1.HashData hashed)

    /// The file as it is fetched: packed where that was asked for; one that is cut lacks its second half.
    let private packed (wrong: Misbehaviour) request (bytes: byte array) =
        let whole =
            if wrong.HasFlag Misbehaviour.BillCut then
                Array.truncate (bytes.Length / 2) bytes
            else
                bytes

        match Request.query "tar_type" request with
        | "GZIP" -> gzip whole
        | _ -> whole

    let private addressOf (world: World) request (file: byte array) =
        "http://"
        + Request.header "Host" request
        + "/v3/billdownload/file?token="
        + world.KeepFile file

    let private plain (world: World) wrong request (bytes: byte array) =
        Shapes.object
            [
                "hash_type", Shapes.text "SHA1"
                "hash_value", Shapes.text (hashOf wrong bytes)
                "download_url", Shapes.text (addressOf world request (packed wrong request bytes))
            ]

    /// A file under a key of its own, which is sealed to the merchant.
    let private sealedFile (world: World) wrong request index (bytes: byte array) =
        let key, nonce = Keys.newToken 32, Keys.newToken 12
        use aes = new AesGcm(Encoding.UTF8.GetBytes key, 16)
        let file = packed wrong request bytes
        let result = Array.zeroCreate<byte>(file.Length + 16)
        aes.Encrypt(Encoding.UTF8.GetBytes nonce, file, result.AsSpan(0, file.Length), result.AsSpan file.Length)

        // 32 letters and digits: no key refuses them.
        let sealedKey =
            world.Keys.Merchant.Pair.Seal(Encoding.UTF8.GetBytes key)
            |> Result.defaultValue [||]

        Shapes.object
            [
                "bill_sequence", Shapes.integer (int64 index + 1L)
                "hash_type", Shapes.text "SHA1"
                "hash_value", Shapes.text (hashOf wrong bytes)
                "download_url", Shapes.text (addressOf world request result)
                "encrypt_key", Shapes.text (Convert.ToBase64String sealedKey)
                "nonce", Shapes.text nonce
            ]

    let private sealedFiles world wrong request (files: byte array list) =
        let parts = files |> List.mapi (sealedFile world wrong request)

        Shapes.object
            [
                "download_bill_count", Shapes.integer (int64 parts.Length)
                "download_bill_list", JsonArray(parts |> List.map (fun part -> part :> JsonNode) |> Array.ofList)
            ]

    /// The provider's own trade, or a sub-merchant's.
    let private ownerOf merchantId request ofAll =
        match Request.query "sub_mchid" request with
        | "" -> ofAll
        | subMerchant -> BillOwner.SubMerchant(merchantId, subMerchant)

    let private tradeKind request =
        match Request.query "bill_type" request with
        | ""
        | "ALL" -> Ok BillKind.TradeAll
        | "SUCCESS" -> Ok BillKind.TradeSuccess
        | "REFUND" -> Ok BillKind.TradeRefund
        // Nothing of the kind happens here: no recharge is refunded, no currency is special.
        | _ -> Error noStatement

    /// Everything goes through the basic account: in the others nothing moves.
    let private requireBasic request =
        match Request.query "account_type" request with
        | ""
        | "BASIC"
        | "ALL" -> Ok()
        | _ -> Error noStatement

    let private ofDay (world: World) request linesOf =
        result {
            let! day = dayOf request
            do! requirePast world.Now day
            let lines: 'Line list = linesOf day
            do! requireReady world.Now day lines
            return lines
        }

    let private trade wrong merchantId (world: World) request =
        result {
            let! kind = tradeKind request
            let owner = ownerOf merchantId request (BillOwner.Placer merchantId)

            let! lines =
                ofDay world request (fun day -> BillFacts.trade kind owner day world.Ledger)

            return Reply.json 200 (plain world wrong request (BillText.write (flawsOf wrong) [] kind lines))
        }

    let private fundLines merchantId (world: World) request =
        result {
            do! requireBasic request
            let owner = ownerOf merchantId request (BillOwner.Account merchantId)
            return! ofDay world request (fun day -> BillFacts.fundFlow owner day world.Ledger)
        }

    let private fundText wrong before lines =
        BillText.write (flawsOf wrong) before BillKind.FundFlow lines

    let private fundFlow wrong merchantId world request =
        fundLines merchantId world request
        |> Result.map (fun lines -> Reply.json 200 (plain world wrong request (fundText wrong [] lines)))

    let private subMerchantFundFlow wrong merchantId world request =
        fundLines merchantId world request
        |> Result.map (fun lines -> Reply.json 200 (sealedFiles world wrong request [ fundText wrong [] lines ]))

    /// A file for each sub-merchant, whose number stands in front of each row.
    let private ecommerceFundFlow wrong merchantId (world: World) request =
        result {
            do! requireBasic request

            let linesOf day =
                BillFacts.subMerchants merchantId world.Ledger
                |> List.map (fun subMerchant ->
                    let owner = BillOwner.SubMerchant(merchantId, subMerchant)
                    subMerchant, BillFacts.fundFlow owner day world.Ledger)
                |> List.filter (fun (_, lines) -> not lines.IsEmpty)

            let! files = ofDay world request linesOf

            let texts =
                files
                |> List.map (fun (subMerchant, lines) -> fundText wrong [ "二级商户号", (fun _ -> subMerchant) ] lines)

            return Reply.json 200 (sealedFiles world wrong request texts)
        }

    /// A file that was kept; any other token means the one file of all downloads.
    let private fetch merchantId (world: World) (request: Request) =
        match world.TryFile(Request.query "token" request) with
        | Some file -> Ok(Reply.file [] file)
        | None -> Endpoints.answer world (Signer.Merchant merchantId) request

    /// What no column is known of: the one file of all downloads, sealed.
    let private payScore wrong (_: string) (world: World) request =
        Ok(Reply.json 200 (sealedFiles world wrong request [ SimulatedFile.bytes ]))

    /// The calls for bills that are made of the ledger; all others are answered by their description.
    let tryRoute (wrong: Misbehaviour) (request: Request) segments =
        match request.Method, segments with
        | "GET", [ "bill"; "tradebill" ] -> ValueSome(trade wrong)
        | "GET", [ "bill"; "fundflowbill" ] -> ValueSome(fundFlow wrong)
        | "GET", [ "bill"; "sub-merchant-fundflowbill" ] -> ValueSome(subMerchantFundFlow wrong)
        | "GET", [ "ecommerce"; "bill"; "fundflowbill" ] -> ValueSome(ecommerceFundFlow wrong)
        | "GET", [ "payscore"; "merchant-bill" ] -> ValueSome(payScore wrong)
        | "GET", [ "billdownload"; "file" ] -> ValueSome fetch
        | _ -> ValueNone
