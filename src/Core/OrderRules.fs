namespace WeChatPay.Functional

open System
open System.Globalization
open System.Text

/// The rules for single fields: what each breaks. Limits are those of the platform's pages on placing orders.
module internal OrderRules =
    [<Literal>]
    let NumberLetters = "0-9A-Za-z_-|*"

    [<Literal>]
    let private AddressLimit = 255

    [<Literal>]
    let private IpLimit = 45

    let private shortest = TimeSpan.FromMinutes 1.0
    let private longest = TimeSpan.FromDays 90.0

    /// A text that is there.
    let (|Given|Absent|) (text: string | null) =
        match text with
        | null
        | "" -> Absent
        | text -> Given text

    /// What half a surrogate pair does not survive.
    let private isWellFormed (text: string) =
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes text) = text

    /// Characters as the platform counts them: one for an emoji, too.
    let private characters (text: string) = Seq.length (text.EnumerateRunes())

    let private withinCharacters field most (text: string) =
        [
            if not (isWellFormed text) then
                OrderError.NotWellFormed field

            if characters text > most then
                OrderError.TooLong(field, characters text, most)
        ]

    let private withinBytes field most (text: string) =
        let bytes = Encoding.UTF8.GetByteCount text

        [
            if not (isWellFormed text) then
                OrderError.NotWellFormed field

            if bytes > most then
                OrderError.TooManyBytes(field, bytes, most)
        ]

    /// A text that must be there, of so many characters.
    let text field most value =
        match value with
        | Absent -> [ OrderError.Missing field ]
        | Given text -> withinCharacters field most text

    /// A text that may be left out, of so many characters.
    let optionalText field most value =
        match value with
        | Absent -> []
        | Given text -> withinCharacters field most text

    /// A text that may be left out, of so many bytes.
    let optionalBytes field most value =
        match value with
        | Absent -> []
        | Given text -> withinBytes field most text

    /// A text that must be there, of so many bytes.
    let bytes field most value =
        match value with
        | Absent -> [ OrderError.Missing field ]
        | Given text -> withinBytes field most text

    let private onlyOf field allowed isAllowed text =
        if String.forall isAllowed text then
            []
        else
            [ OrderError.BadCharacters(field, allowed) ]

    let private lengths field least most (text: string) =
        [
            if text.Length < least then
                OrderError.TooShort(field, text.Length, least)

            if text.Length > most then
                OrderError.TooLong(field, text.Length, most)
        ]

    let private isNumberLetter letter =
        Char.IsAsciiLetterOrDigit letter || "_-|*".Contains letter

    /// A merchant's own number for an order.
    let outTradeNo field least value =
        match value with
        | Absent -> [ OrderError.Missing field ]
        | Given text -> lengths field least 32 text @ onlyOf field NumberLetters isNumberLetter text

    let private isVisible letter = '!' <= letter && letter <= '~'

    /// A name that the platform gave: an appid, a merchant's number, an openid.
    let optionalName field most value =
        match value with
        | Absent -> []
        | Given text -> lengths field 1 most text @ onlyOf field "visible ASCII" isVisible text

    let name field most value =
        match value with
        | Absent -> [ OrderError.Missing field ]
        | Given _ -> optionalName field most value

    /// What an order costs.
    let fen field (amount: int64) =
        if amount >= 1L then
            []
        else
            [ OrderError.NotPositive(field, amount) ]

    /// The one currency there is.
    let currency field (value: string | null) =
        match value with
        | Absent
        | Given "CNY" -> []
        | Given _ -> [ OrderError.NotCny field ]

    /// When an order ends. The platform moves what is outside, without a word.
    let expires field (now: DateTimeOffset) (value: Nullable<DateTimeOffset>) =
        if not value.HasValue then
            []
        elif value.Value - now < shortest then
            [ OrderError.ExpiresTooSoon(field, value.Value, now + shortest) ]
        elif value.Value - now > longest then
            [ OrderError.ExpiresTooLate(field, value.Value, now + longest) ]
        else
            []

    /// Where notifications go.
    let notifyUrl field (isSimulated: bool) reach value =
        match value with
        | Absent -> [ OrderError.Missing field ]
        | Given text ->
            withinBytes field AddressLimit text
            @ NotifyAddress.check field isSimulated reach text

    /// A payer's address in the network.
    let optionalIp field value =
        match value with
        | Absent -> []
        | Given text when text.Length <= IpLimit && HostText.isIp text -> []
        | Given _ -> [ OrderError.NotAnIp field ]
