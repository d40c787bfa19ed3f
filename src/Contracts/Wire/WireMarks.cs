using System.Text.Json;

namespace WeChatPay.Wire;

/// <summary>Notes, while a document is checked, which of some names its outermost fields have; a field that is null or an empty text is absent.</summary>
internal ref struct WireMarks(ReadOnlySpan<byte[]> names)
{
    private readonly ReadOnlySpan<byte[]> _names = names;
    private uint _named;

    /// <summary>One bit for each name, the lowest for the first.</summary>
    public uint Present { get; private set; }

    /// <summary>An outermost field begins.</summary>
    public void Name(scoped ReadOnlySpan<byte> name)
    {
        _named = 0;
        for (var i = 0; i < _names.Length; i++)
        {
            if (name.SequenceEqual(_names[i]))
            {
                _named = 1u << i;
            }
        }
    }

    /// <summary>Its value, or the beginning of it, is the reader's token.</summary>
    public void Value(scoped in Utf8JsonReader reader)
    {
        var isAbsent = reader.TokenType == JsonTokenType.Null || (reader.TokenType == JsonTokenType.String && reader.ValueSpan.IsEmpty);
        Present |= isAbsent ? 0 : _named;
    }
}
