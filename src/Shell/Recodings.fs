namespace WeChatPay.Shell

open System
open System.IO
open System.IO.Compression
open System.Text
open WeChatPay.Functional

/// What a body may have gone through, for `Diagnosis.explain`, by means that the core has not.
[<RequireQualifiedAccess>]
module Recodings =
    /// What comes out of a decompressor is read up to this many bytes.
    [<Literal>]
    let private LargestPlain = 1_048_576

    let private tryDecompress (openStream: Stream -> Stream) (body: byte array) =
        try
            use source = new MemoryStream(body)
            use stream = openStream source
            use plain = new MemoryStream()
            let buffer = Array.zeroCreate<byte> 16384
            let mutable count = 1

            while count > 0 && plain.Length <= int64 LargestPlain do
                count <- stream.Read(buffer, 0, buffer.Length)
                plain.Write(buffer, 0, count)

            if plain.Length > int64 LargestPlain then
                []
            else
                [ plain.ToArray() ]
        with
        | :? InvalidDataException
        | :? InvalidOperationException // Brotli's word for it
        | :? IOException -> []

    let private compressed (name: string) (openStream: Stream -> Stream) : Recoding =
        {
            Cause = MismatchCause.Compression(name, false)
            Forms = tryDecompress openStream
        }

    let private gzip (level: int) (body: byte array) =
        use target = new MemoryStream()

        (use stream =
            new GZipStream(target, ZLibCompressionOptions(CompressionLevel = level))

         stream.Write(body, 0, body.Length))

        target.ToArray()

    /// Bytes 8 and 9 of gzip's header say how and where it was made; they differ from library to library.
    let private gzipHeaders (bytes: byte array) =
        [
            for effort in [ 0uy; 2uy; 4uy ] do
                for system in [ 0uy; 3uy; 10uy; 19uy; 255uy ] do
                    let copy = Array.copy bytes
                    copy[8] <- effort
                    copy[9] <- system
                    copy
        ]

    /// .NET's levels that write, for nearly all bodies, what .NET's own usual level, zlib's levels 6 to 9, and zlib in Chromium and Node write; and the fastest.
    let private levels = [ 6; 9; 8; 1 ]

    /// Only a compressor that writes the same bytes can show this; the usual ones are tried.
    let private decompressed: Recoding =
        {
            Cause = MismatchCause.Compression("gzip", true)
            Forms =
                fun body ->
                    levels
                    |> List.map (fun level -> gzip level body)
                    // Nothing compresses to nothing.
                    |> List.filter (fun bytes -> bytes.Length > 9)
                    |> List.collect gzipHeaders
        }

    /// Compressed on the way, or decompressed: gzip, deflate, Brotli.
    let compression: Recoding list =
        [
            compressed "gzip" (fun stream -> new GZipStream(stream, CompressionMode.Decompress))
            compressed "deflate" (fun stream -> new ZLibStream(stream, CompressionMode.Decompress))
            // What some call deflate has not zlib's header.
            compressed "deflate" (fun stream -> new DeflateStream(stream, CompressionMode.Decompress))
            compressed "br" (fun stream -> new BrotliStream(stream, CompressionMode.Decompress))
            decompressed
        ]

    /// Read or written in a character set of old: GB 18030, Big5, Windows-1252.
    let legacyCharacterSets () : Recoding list =
        [ "gb18030"; "big5"; "windows-1252" ]
        |> List.map (fun name -> CodePagesEncodingProvider.Instance.GetEncoding name)
        |> List.choose Option.ofObj
        |> List.map Recoding.ofEncoding
