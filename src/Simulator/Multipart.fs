namespace WeChatPay.Simulator

open System
open System.Text

/// A part of a multipart body.
[<NoComparison; ReferenceEquality>]
type internal Part =
    {
        Name: string
        HasFileName: bool
        Content: ReadOnlyMemory<byte>
    }

/// A multipart body, taken apart byte for byte.
[<RequireQualifiedAccess>]
module internal Multipart =
    [<Literal>]
    let private MediaType = "multipart/form-data"

    let private contentType request = Request.header "Content-Type" request

    /// Whether a request says that it has parts.
    let isMultipart request =
        (contentType request).StartsWith(MediaType, StringComparison.OrdinalIgnoreCase)

    /// A parameter of a header such as `form-data; name="meta"`; quotes are taken off.
    let private tryParameter (name: string) (header: string) =
        header.Split ';'
        |> Array.map _.Trim()
        |> Array.tryPick (fun part ->
            if part.StartsWith(name + "=", StringComparison.OrdinalIgnoreCase) then
                Some(part.Substring(name.Length + 1).Trim '"')
            else
                None)

    let private blankLine = "\r\n\r\n"B

    let private partOf (bytes: ReadOnlyMemory<byte>) =
        match bytes.Span.IndexOf(ReadOnlySpan<byte> blankLine) with
        | -1 -> ValueNone
        | at ->
            let disposition =
                (Encoding.UTF8.GetString(bytes.Span.Slice(0, at))).Split "\r\n"
                |> Array.tryFind _.StartsWith("Content-Disposition:", StringComparison.OrdinalIgnoreCase)
                |> Option.defaultValue ""

            ValueSome
                {
                    Name = defaultArg (tryParameter "name" disposition) ""
                    HasFileName = (tryParameter "filename" disposition).IsSome
                    Content = bytes.Slice(at + blankLine.Length)
                }

    let rec private split (delimiter: byte array) (rest: ReadOnlyMemory<byte>) found =
        match rest.Span.IndexOf(ReadOnlySpan<byte> delimiter) with
        | -1 -> List.rev found
        | at ->
            let next = rest.Slice(at + delimiter.Length)
            split delimiter next (rest.Slice(0, at) :: found)

    /// The parts in their order; none when the body is not what its type says.
    let parts request : Part list =
        match tryParameter "boundary" (contentType request) with
        | None
        | Some "" -> []
        | Some boundary ->
            let delimiter = Encoding.UTF8.GetBytes("\r\n--" + boundary)
            // The first delimiter stands at the beginning, without a line before it.
            let body = Array.append "\r\n"B request.Body

            split delimiter (ReadOnlyMemory<byte> body) []
            |> List.choose (fun bytes ->
                match partOf bytes with
                | ValueSome part -> Some part
                | ValueNone -> None)

    /// The part of a name.
    let tryPart name (parts: Part list) =
        parts |> List.tryFind (fun part -> part.Name = name)
