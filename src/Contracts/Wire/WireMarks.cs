using System.Text.Json;

namespace WeChatPay.Wire;

/// <summary>Notes, while a document is checked, which of some names its outermost fields have; a field that is null is absent.</summary>
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

    /// <summary>Its value is of this type.</summary>
    public void Value(JsonTokenType type) => Present |= type == JsonTokenType.Null ? 0 : _named;
}
