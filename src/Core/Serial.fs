namespace WeChatPay.Functional

open System
open System.Globalization
open System.Numerics

/// The name of a key: a certificate's serial number in upper hex without leading zeros, or a public key id as it is.
[<RequireQualifiedAccess>]
module Serial =
    /// More digits than a certificate's serial has in hexadecimal (20 bytes, RFC 5280): it can only be decimal.
    [<Literal>]
    let private HexDigits = 40

    let private isHex (text: string) =
        text.Length > 0 && String.forall Char.IsAsciiHexDigit text

    /// The one spelling of a serial. Serials are numbers: .NET prints `00F157…` where OpenSSL and the platform print `F157…`.
    let canonical (text: string) =
        if isHex text then
            match text.TrimStart('0').ToUpperInvariant() with
            | "" -> "0"
            | digits -> digits
        else
            text

    let private ofDecimal (text: string) =
        let number = BigInteger.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)

        canonical (number.ToString("X", CultureInfo.InvariantCulture))

    /// What tools print around and between the digits: `serial=`, `0x`, colons, blanks.
    let private bare (text: string) =
        let text = text.Trim()

        let text =
            if text.StartsWith("serial=", StringComparison.OrdinalIgnoreCase) then
                text.Substring 7
            else
                text

        let text =
            if text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) then
                text.Substring 2
            else
                text

        text.Replace(":", "").Replace(" ", "")

    /// A certificate's serial as people configure it: hexadecimal in either case, perhaps with colons, or decimal as some tools show it.
    let ofText (text: string) =
        let digits = bare text

        if digits.StartsWith("PUB_KEY_ID", StringComparison.Ordinal) then
            Error KeyError.PublicKeyIdForSerial
        elif not (isHex digits) || digits.Length > 64 then
            Error KeyError.BadSerial
        elif digits.Length > HexDigits && String.forall Char.IsAsciiDigit digits then
            Ok(ofDecimal digits)
        else
            Ok(canonical digits)
