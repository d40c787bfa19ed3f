using System.Globalization;
using System.Text.Json;

namespace WeChatPay.Wire;

/// <content>Everything else: read leniently.</content>
public ref partial struct WireReader
{
    /// <summary>A text, or null when it is absent or odd.</summary>
    public string? String(ref WireExtra extra)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        var text = _reader.TokenType == JsonTokenType.String ? WireText.TryGetString(ref _reader) : null;
        return text ?? Odd<string>(Field(), DecodeReason.NotAString, ref extra);
    }

    /// <summary>An integer, perhaps written as a text of digits; null when it is absent or odd.</summary>
    public long? Int64(ref WireExtra extra)
    {
        _reader.Read();
        switch (_reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.Number when _reader.TryGetInt64(out var number):
                return number;
            case JsonTokenType.String when long.TryParse(_reader.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var digits):
                return digits;
            default:
                Odd<object>(Field(), DecodeReason.NotAnInteger, ref extra);
                return null;
        }
    }

    /// <summary>True or false; null when it is absent or odd.</summary>
    public bool? Boolean(ref WireExtra extra)
    {
        _reader.Read();
        switch (_reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.True:
                return true;
            case JsonTokenType.False:
                return false;
            default:
                Odd<object>(Field(), DecodeReason.NotABoolean, ref extra);
                return null;
        }
    }

    /// <summary>A date in any of the platform's spellings; null when it is absent, empty or odd.</summary>
    public DateTimeOffset? Date(ref WireExtra extra)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (WireText.TryReadUsualDate(ref _reader, out var usual))
        {
            return usual;
        }

        var text = _reader.TokenType == JsonTokenType.String ? WireText.TryGetString(ref _reader) : null;
        if (text is "")
        {
            return null;
        }

        if (WireText.TryReadDate(text, out var date))
        {
            return date;
        }

        Odd<object>(Field(), DecodeReason.NotADate, ref extra);
        return null;
    }

    /// <summary>An object; null when it is absent or odd.</summary>
    public T? Object<T>(WireShape<T> shape, ref WireExtra extra)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(shape);
        var field = Field();
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            return Odd<T>(field, DecodeReason.NotAnObject, ref extra);
        }

        var start = _reader;
        var depth = _path.Depth;
        _path.Enter(field.NameStart, field.Name.Length);
        var value = Enter(shape);
        if (value is null)
        {
            return Odd<T>(field, start, depth, ref extra);
        }

        _path.Leave();
        return value;
    }

    /// <summary>An array of objects; null when it, or one of its elements, is absent or odd.</summary>
    public IReadOnlyList<T>? Objects<T>(WireShape<T> shape, ref WireExtra extra)
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
        var depth = _path.Depth;
        _path.Enter(field.NameStart, field.Name.Length);
        var list = ReadElements(shape);
        if (list is null)
        {
            return Odd<IReadOnlyList<T>>(field, start, depth, ref extra);
        }

        _path.Leave();
        return list;
    }
}
