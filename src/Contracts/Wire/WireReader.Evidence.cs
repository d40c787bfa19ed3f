using System.Text;
using System.Text.Json;

namespace WeChatPay.Wire;

/// <content>Evidence: read strictly.</content>
public ref partial struct WireReader
{
    /// <summary>Evidence: a text. Null and empty count as absent; any other type is an error.</summary>
    public bool TryEvidence(ref string? value)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        var text = _reader.TokenType == JsonTokenType.String ? WireText.TryGetString(ref _reader) : null;
        value = string.IsNullOrEmpty(text) ? null : text;
        return text is not null || Refuse(DecodeReason.NotAString);
    }

    /// <summary>Evidence: an integer of 64 bits, written without fraction, exponent and quotes. Null counts as absent.</summary>
    public bool TryEvidence(ref long? value)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (_reader.TokenType != JsonTokenType.Number || !_reader.TryGetInt64(out var number))
        {
            return Refuse(DecodeReason.NotAnInteger);
        }

        value = number;
        return true;
    }

    /// <summary>Evidence: bytes in strict base64. Null and empty count as absent.</summary>
    public bool TryEvidence(ref byte[]? value)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (_reader.TokenType != JsonTokenType.String)
        {
            return Refuse(DecodeReason.NotAString);
        }

        // Some writers put \/ for a slash.
        var text = _reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(WireText.TryGetString(ref _reader) ?? " ") : _reader.ValueSpan;
        if (!StrictBase64.TryDecode(text, out value))
        {
            return Refuse(DecodeReason.NotBase64);
        }

        value = value.Length == 0 ? null : value;
        return true;
    }

    /// <summary>Evidence: an object that holds evidence itself. Null counts as absent.</summary>
    public bool TryEvidence<T>(WireShape<T> shape, ref T? value)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(shape);
        var (start, length) = (_nameStart, _name.Length);
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        _path.Enter(start, length);
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            return RefuseHere(DecodeReason.NotAnObject);
        }

        value = Enter(shape);
        _path.Leave();
        return value is not null;
    }

    /// <summary>Evidence: an array of objects that hold evidence themselves. Null and an empty array count as absent.</summary>
    public bool TryEvidence<T>(WireShape<T> shape, ref IReadOnlyList<T>? values)
        where T : class
    {
        var (start, length) = (_nameStart, _name.Length);
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        _path.Enter(start, length);
        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            return RefuseHere(DecodeReason.NotAnArray);
        }

        var list = ReadElements(shape);
        _path.Leave();
        values = list is { Count: > 0 } ? list : null;
        return list is not null;
    }
}
