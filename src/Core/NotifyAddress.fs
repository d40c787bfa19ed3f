namespace WeChatPay.Functional

open System
open System.Globalization
open WeChatPay

/// Hosts as they are written, judged by their letters alone.
[<RequireQualifiedAccess>]
module internal HostText =
    let private tryOctet (text: string) =
        match Byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, value when text.Length = 1 || text[0] <> '0' -> ValueSome value
        | _ -> ValueNone

    /// The four numbers of an IPv4 address in its one usual form.
    let tryIpv4 (text: string) =
        match text.Split '.' |> Array.map tryOctet with
        | [| ValueSome a; ValueSome b; ValueSome c; ValueSome d |] -> ValueSome(struct (a, b, c, d))
        | _ -> ValueNone

    let private isIpv6 (text: string) =
        not (text.Contains '[')
        && not (text.Contains '%')
        && Uri.CheckHostName text = UriHostNameType.IPv6

    /// Whether it is an address, without a port.
    let isIp (text: string) = (tryIpv4 text).IsSome || isIpv6 text

    let private isPrivateIpv4 (struct (a: byte, b: byte, _: byte, _: byte)) =
        match a, b with
        | 0uy, _
        | 10uy, _
        | 127uy, _ -> true
        | 100uy, b -> 64uy <= b && b <= 127uy
        | 169uy, 254uy
        | 192uy, 168uy -> true
        | 172uy, b -> 16uy <= b && b <= 31uy
        | a, _ -> a >= 224uy

    /// Names that only a machine or a network of one's own knows (RFC 6761, RFC 6762, RFC 8375, and ICANN's `.internal`).
    let private privateEndings =
        [
            ".localhost"
            ".local"
            ".internal"
            ".lan"
            ".test"
            ".invalid"
            ".home.arpa"
        ]

    let private isPrivateName (host: string) =
        not (host.Contains '.')
        || privateEndings
           |> List.exists (fun ending -> host.EndsWith(ending, StringComparison.OrdinalIgnoreCase))

    /// Whether nobody on the internet comes to this host.
    let isPrivate (host: string) =
        let host = host.TrimEnd '.'

        match tryIpv4 host with
        | ValueSome address -> isPrivateIpv4 address
        | ValueNone -> isPrivateName host

/// Addresses that notifications go to.
[<RequireQualifiedAccess>]
module internal NotifyAddress =
    let private isUsual letter =
        not (Char.IsWhiteSpace letter)
        && not (Char.IsControl letter)
        && letter <> '['
        && letter <> ']'
        && letter <> '\\'

    /// The form that the platform asks of an address: a scheme, a host by name or IPv4, a port of two digits or more, a path.
    let private tryAddress (text: string) =
        match Uri.TryCreate(text, UriKind.Absolute) with
        | true, NonNull address when
            (address.Scheme = Uri.UriSchemeHttps || address.Scheme = Uri.UriSchemeHttp)
            && address.Port >= 10
            ->
            ValueSome address
        | _ -> ValueNone

    let private schemeAndHost field isSimulated reach (address: Uri) =
        match reach with
        | NotifyReach.PrivateLine -> []
        | _ ->
            [
                if address.Scheme <> Uri.UriSchemeHttps && not (isSimulated && address.IsLoopback) then
                    OrderError.NotHttps field

                if HostText.isPrivate address.Host && not isSimulated then
                    OrderError.NotReachable(field, address.Host)
            ]

    let private isForm isSimulated (text: string) (address: Uri) =
        String.forall isUsual text || isSimulated && address.IsLoopback

    /// What an address breaks. Where the platform is simulated, hosts of one's own are reachable, and on this machine http will do.
    let check field isSimulated reach (text: string) =
        match tryAddress text with
        | ValueSome address when isForm isSimulated text address ->
            [
                if text.Contains '?' || text.Contains '#' then
                    OrderError.HasQuery field

                yield! schemeAndHost field isSimulated reach address
            ]
        | ValueSome _
        | ValueNone -> [ OrderError.NotAnAddress field ]
