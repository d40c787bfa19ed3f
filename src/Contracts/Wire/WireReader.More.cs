using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace WeChatPay.Wire;

/// <summary>Makes a value of an open enumeration from its text.</summary>
public delegate T WireTextOf<out T>(string text)
    where T : struct;

/// <content>Arrays of plain values, days, sealed texts, JSON inside a text: read leniently.</content>
public ref partial struct WireReader
{
    /// <summary>A number with a fraction; null when it is absent or odd.</summary>
    public double? Double(ref WireExtra extra)
    {
        var field = Field();
        _reader.Read();
        switch (_reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.Number when _reader.TryGetDouble(out var number):
                return number;
            default:
                Odd<object>(field, DecodeReason.NotANumber, ref extra);
                return null;
        }
    }

    /// <summary>A day in any of the platform's spellings; null when it is absent, empty or odd.</summary>
    public DateOnly? Day(ref WireExtra extra)
    {
        if (!HasText(out var text))
        {
            return null;
        }

        if (WireText.TryReadDay(text, out var day))
        {
            return day;
        }

        Odd<object>(Field(), DecodeReason.NotADate, ref extra);
        return null;
    }

    /// <summary>Any JSON; null when it is absent.</summary>
    public JsonElement? Raw()
    {
        _reader.Read();
        return _reader.TokenType == JsonTokenType.Null ? null : Unknown();
    }

    /// <summary>A sealed text, opened; null when it is absent, odd or cannot be opened: then it is in <c>Extra</c> as it came.</summary>
    public SensitiveText? Sealed(ref WireExtra extra)
    {
        if (!HasText(out var text))
        {
            return null;
        }

        var plain = text is null ? null : _opener?.Find(text);
        return plain is null ? Odd<SensitiveText>(Field(), text is null ? DecodeReason.NotAString : DecodeReason.StillSealed, ref extra) : new SensitiveText(plain);
    }

    /// <summary>An array of texts; null when it, or one of its elements, is absent or odd.</summary>
    public IReadOnlyList<string>? Texts(ref WireExtra extra) =>
        Plain(DecodeReason.NotAString, static (scoped ref reader) => reader.TokenType == JsonTokenType.String ? WireText.TryGetString(ref reader) : null, ref extra);

    /// <summary>An array of texts of an open enumeration; null when it, or one of its elements, is absent or odd.</summary>
    public IReadOnlyList<T>? Texts<T>(WireTextOf<T> make, ref WireExtra extra)
        where T : struct
    {
        ArgumentNullException.ThrowIfNull(make);
        return Texts(ref extra) is { } texts ? [.. texts.Select(text => make(text))] : null;
    }

    /// <summary>An array of integers; null when it, or one of its elements, is absent or odd.</summary>
    public IReadOnlyList<long>? Int64s(ref WireExtra extra) =>
        Plain(DecodeReason.NotAnInteger, static (scoped ref reader) => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? (object)number : null, ref extra) is { } numbers
            ? [.. numbers.Cast<long>()]
            : null;

    /// <summary>An array of sealed texts, opened; null when it is absent, odd, or one of them cannot be opened.</summary>
    public IReadOnlyList<SensitiveText>? SealedTexts(ref WireExtra extra)
    {
        var field = Field();
        var start = _reader;
        var sealedTexts = Texts(ref extra);
        if (sealedTexts is null)
        {
            return null;
        }

        // All of them, so that the first of two readings collects all.
        var opener = _opener;
        var plain = sealedTexts.Select(text => opener?.Find(text)).ToList();
        if (plain.TrueForAll(static text => text is not null))
        {
            return plain.ConvertAll(static text => new SensitiveText(text!));
        }

        _reader = start;
        _reader.Read();
        return Odd<IReadOnlyList<SensitiveText>>(field, DecodeReason.StillSealed, ref extra);
    }

    /// <summary>An array of any JSON; null when it is absent or odd.</summary>
    public IReadOnlyList<JsonElement>? Raws(ref WireExtra extra)
    {
        _isUnsure = true;
        return Plain(DecodeReason.NotAnArray, static (scoped ref reader) => (object)JsonElement.ParseValue(ref reader), ref extra) is { } values ? [.. values.Cast<JsonElement>()] : null;
    }

    /// <summary>An array of objects that the platform sometimes writes as one object alone.</summary>
    public IReadOnlyList<T>? OneOrMany<T>(WireShape<T> shape, ref WireExtra extra)
        where T : class
    {
        var ahead = _reader;
        ahead.Read();
        return ahead.TokenType == JsonTokenType.StartObject ? Object(shape, ref extra) is { } one ? [one] : null : Objects(shape, ref extra);
    }

    /// <summary>An object that travels as JSON inside a text; null when it is absent, empty or odd.</summary>
    public T? JsonText<T>(WireShape<T> shape, ref WireExtra extra)
        where T : class
    {
        if (!HasText(out var text))
        {
            return null;
        }

        return text is not null && TryRead(Encoding.UTF8.GetBytes(text), shape, _opener ?? new WireOpener(), out var value, out _) ? value : Odd<T>(Field(), DecodeReason.NotJson, ref extra);
    }

    /// <summary>An array of texts that travels as JSON inside a text; null when it is absent, empty or odd.</summary>
    public IReadOnlyList<string>? JsonTexts(ref WireExtra extra)
    {
        return HasText(out var text) ? TryReadTexts(text) ?? Odd<IReadOnlyList<string>>(Field(), DecodeReason.NotJson, ref extra) : null;
    }

    /// <summary>An array of objects that travels as JSON inside a text; null when it is absent, empty or odd.</summary>
    public IReadOnlyList<T>? JsonObjects<T>(WireShape<T> shape, ref WireExtra extra)
        where T : class
    {
        if (!HasText(out var text))
        {
            return null;
        }

        Held<T>? Hold(ref WireReader reader)
        {
            WireExtra odd = default;
            reader.NextField();
            var items = reader.Objects(shape, ref odd);

            // A text such as `[],"more":[]` is no array, though it fits into an object.
            return items is null || reader.NextField() ? null : new Held<T>(items);
        }

        // A document is an object: the array becomes the one field of one.
        var wrapped = Encoding.UTF8.GetBytes("{\"items\":" + text + "}");
        return text is not null && TryRead(wrapped, Hold, _opener ?? new WireOpener(), out var held, out _) ? held.Items : Odd<IReadOnlyList<T>>(Field(), DecodeReason.NotJson, ref extra);
    }

    private sealed record Held<T>(IReadOnlyList<T> Items);

    private delegate T? Element<out T>(scoped ref Utf8JsonReader reader)
        where T : class;

    /// <summary>Goes to the field's value, which should be a text: false when it is null or empty, which counts as absent; the text is null when it is none.</summary>
    private bool HasText(out string? text)
    {
        _reader.Read();
        text = _reader.TokenType == JsonTokenType.String ? WireText.TryGetString(ref _reader) : null;
        return _reader.TokenType != JsonTokenType.Null && text is not "";
    }

    private static List<string>? TryReadTexts(string? text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Array && document.RootElement.EnumerateArray().All(static element => element.ValueKind == JsonValueKind.String)
                ? [.. document.RootElement.EnumerateArray().Select(static element => element.GetString()!)]
                : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private IReadOnlyList<T>? Plain<T>(DecodeReason reason, Element<T> read, ref WireExtra extra)
        where T : class
    {
        var field = Field();
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            return Odd<IReadOnlyList<T>>(field, DecodeReason.NotAnArray, ref extra);
        }

        var start = _reader;
        var list = new List<T>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (read(ref _reader) is not { } value)
            {
                _reader = start;
                return Odd<IReadOnlyList<T>>(field, reason, ref extra);
            }

            list.Add(value);
        }

        return list;
    }
}
