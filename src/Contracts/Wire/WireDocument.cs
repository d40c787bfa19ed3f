using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace WeChatPay.Wire;

/// <summary>The bytes of one JSON object that have been checked: well-formed, no key twice, at most 64 levels deep.</summary>
public readonly struct WireDocument
{
    /// <summary>How deep values may be nested; the outermost counts as 1.</summary>
    public const int DepthLimit = 64;

    private WireDocument(ReadOnlyMemory<byte> json) => Json = json;

    /// <summary>The bytes, without a leading byte order mark; empty in a document that nobody checked.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>Checks bytes; refuses what is not one well-formed object, naming the place and the reason.</summary>
    public static bool TryCheck(ReadOnlyMemory<byte> json, out WireDocument document, [NotNullWhen(false)] out DecodeError? error) =>
        TryCheck(json, [], out document, out _, out error);

    /// <summary>Checks bytes, and says which of some names (at most 32) the outermost fields have: one bit each, the lowest for the first; a field that is null is absent.</summary>
    public static bool TryCheck(ReadOnlyMemory<byte> json, ReadOnlySpan<byte[]> names, out WireDocument document, out uint present, [NotNullWhen(false)] out DecodeError? error)
    {
        var bare = json[ByteOrderMarkLength(json.Span)..];
        var marks = new WireMarks(names);
        error = Check(bare.Span, ref marks);
        present = marks.Present;
        document = error is null ? new WireDocument(bare) : default;
        return error is null;
    }

    /// <summary>How many bytes a leading UTF-8 byte order mark takes: 3 or 0.</summary>
    internal static int ByteOrderMarkLength(ReadOnlySpan<byte> json) => json.StartsWith("\uFEFF"u8) ? 3 : 0;

    /// <summary>The first thing wrong with these bytes as one JSON object, or null.</summary>
    internal static DecodeError? Check(ReadOnlySpan<byte> json)
    {
        var none = default(WireMarks);
        return Check(json, ref none);
    }

    private static DecodeError? Check(ReadOnlySpan<byte> json, ref WireMarks marks)
    {
        var path = default(WirePath);
        try
        {
            return Walk(json, ref path, ref marks);
        }
        catch (JsonException)
        {
            return new DecodeError(path.ToText(json), DecodeReason.NotJson);
        }
    }

    private static DecodeError? Walk(ReadOnlySpan<byte> json, ref WirePath path, ref WireMarks marks)
    {
        // One level more than allowed, so that a deeper value is told apart from bytes that are not JSON.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthLimit + 1 });
        Span<int> indexes = stackalloc int[DepthLimit + 1];
        var keys = default(WireKeys);
        return Walk(json, ref reader, ref path, ref keys, ref marks, indexes);
    }

    private static DecodeError? Walk(ReadOnlySpan<byte> json, scoped ref Utf8JsonReader reader, ref WirePath path, scoped ref WireKeys keys, ref WireMarks marks, scoped Span<int> indexes)
    {
        // Looked at once for all names; a text that is not may still stand in a value.
        var isUnicode = Utf8.IsValid(json);
        while (reader.Read())
        {
            var depth = reader.CurrentDepth;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    var name = reader.ValueSpan;
                    path.Enter((int)reader.TokenStartIndex + 1, name.Length);
                    if (!TryUnescape(ref reader, name, isUnicode, out var unescaped))
                    {
                        return new DecodeError(path.ToText(json), DecodeReason.NotJson);
                    }

                    if (!keys.TryAdd(depth, unescaped))
                    {
                        return new DecodeError(path.ToText(json), DecodeReason.DuplicateKey);
                    }

                    if (depth == 1)
                    {
                        marks.Name(unescaped);
                    }

                    continue;

                case JsonTokenType.EndObject:
                    keys.Close(depth + 1);
                    break;

                case JsonTokenType.EndArray:
                    break;

                default:
                    if (depth == 0 && reader.TokenType != JsonTokenType.StartObject)
                    {
                        return new DecodeError(path.ToText(json), DecodeReason.NotAnObject);
                    }

                    if (depth == 1)
                    {
                        marks.Value(in reader);
                    }

                    if (depth > 0 && indexes[depth] >= 0)
                    {
                        path.EnterElement(indexes[depth]++);
                    }

                    if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    {
                        if (depth == DepthLimit)
                        {
                            return new DecodeError(path.ToText(json), DecodeReason.TooDeep);
                        }

                        var isArray = reader.TokenType == JsonTokenType.StartArray;
                        indexes[depth + 1] = isArray ? 0 : -1;
                        if (!isArray)
                        {
                            keys.Open(depth + 1);
                        }

                        continue;
                    }

                    break;
            }

            // A value has ended: the step that led to it goes.
            if (path.Depth > 0)
            {
                path.Leave();
            }
        }

        return null;
    }

    private static bool TryUnescape(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> raw, bool isUnicode, out ReadOnlySpan<byte> name)
    {
        name = raw;
        if (!reader.ValueIsEscaped)
        {
            return isUnicode || Utf8.IsValid(raw);
        }

        var text = WireText.TryGetString(ref reader);
        name = text is null ? default : Encoding.UTF8.GetBytes(text);
        return text is not null;
    }
}
