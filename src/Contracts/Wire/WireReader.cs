using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace WeChatPay.Wire;

/// <summary>Reads one shape whose object has been entered; null when its evidence is absent or of the wrong type.</summary>
public delegate T? WireShape<out T>(ref WireReader reader)
    where T : class;

/// <summary>
/// Reads checked JSON into a shape, in two manners. <i>Evidence</i> is strict: a wrong type ends the reading with an error. Every other field is lenient: what cannot be read
/// as described is absent from the typed value, kept raw in <c>Extra</c>, and noted as an anomaly, since an odd field must never refuse a notification about money.
/// </summary>
public ref partial struct WireReader
{
    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;
    private WirePath _path;
    private List<DecodeError>? _anomalies;
    private DecodeError? _error;
    private WireOpener? _opener;
    private int _nameStart;
    private ReadOnlySpan<byte> _name;
    private bool _isNameEscaped;
    private readonly bool _isChecked;
    private WireKeys _keys;

    /// <summary>There is a name twice, or something that no shape has looked into: only <see cref="WireDocument.Check(ReadOnlySpan{byte})"/> can say whether the whole holds together.</summary>
    private bool _isUnsure;

    private WireReader(ReadOnlySpan<byte> json, bool isChecked)
    {
        _json = json;
        _isChecked = isChecked;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = WireDocument.DepthLimit });
    }

    /// <summary>Checks and reads bytes as one shape; any bytes in, a value or an error out.</summary>
    public static bool TryRead<T>(ReadOnlySpan<byte> json, WireShape<T> shape, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out DecodeError? error)
        where T : class => TryReadBytes(json, shape, opener: null, out value, out error);

    /// <summary>Checks and reads bytes as one shape, opening its sealed texts.</summary>
    public static bool TryRead<T>(ReadOnlySpan<byte> json, WireShape<T> shape, WireOpener opener, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out DecodeError? error)
        where T : class => TryReadBytes(json, shape, opener, out value, out error);

    /// <summary>Reads a checked document as one shape, and says which fields outside the evidence were odd.</summary>
    public static bool TryRead<T>(WireDocument document, WireShape<T> shape, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out DecodeError? error, out IReadOnlyList<DecodeError> anomalies)
        where T : class
    {
        if (document.Json.IsEmpty)
        {
            (value, error, anomalies) = (null, new DecodeError("$", DecodeReason.NotJson), []);
            return false;
        }

        return TryReadChecked(document.Json.Span, shape, opener: null, out value, out error, out anomalies);
    }

    private static bool TryReadBytes<T>(ReadOnlySpan<byte> json, WireShape<T> shape, WireOpener? opener, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out DecodeError? error)
        where T : class
    {
        var bare = json[WireDocument.ByteOrderMarkLength(json)..];
        ArgumentNullException.ThrowIfNull(shape);
        if (TryReadAtOnce(bare, shape, opener, out value, out var isUnsure) && !isUnsure)
        {
            error = null;
            return true;
        }

        error = WireDocument.Check(bare);
        if (error is null && value is null)
        {
            return TryReadChecked(bare, shape, opener, out value, out error, out _);
        }

        value = error is null ? value : null;
        return value is not null;
    }

    /// <summary>Checks while it reads. False says nothing about the bytes; true with <paramref name="isUnsure"/> says that the value is right if the check of the whole finds nothing.</summary>
    private static bool TryReadAtOnce<T>(ReadOnlySpan<byte> json, WireShape<T> shape, WireOpener? opener, [NotNullWhen(true)] out T? value, out bool isUnsure)
        where T : class
    {
        var reader = new WireReader(json, isChecked: false) { _opener = opener };
        try
        {
            value = reader._reader.Read() && reader._reader.TokenType == JsonTokenType.StartObject ? reader.Enter(shape) : null;
            isUnsure = reader._isUnsure;

            // Behind the object there must be nothing; the reader throws if there is.
            return value is not null && !reader._reader.Read();
        }
        catch (JsonException)
        {
            (value, isUnsure) = (null, false);
            return false;
        }
    }

    private static bool TryReadChecked<T>(ReadOnlySpan<byte> json, WireShape<T> shape, WireOpener? opener, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out DecodeError? error, out IReadOnlyList<DecodeError> anomalies)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(shape);
        var reader = new WireReader(json, isChecked: true) { _opener = opener };
        reader._reader.Read();
        value = shape(ref reader);
        error = value is null ? reader._error ?? new DecodeError("$", DecodeReason.NotAnObject) : null;
        anomalies = reader._anomalies ?? (IReadOnlyList<DecodeError>)[];
        return value is not null;
    }

    /// <summary>Goes to the next field of the object; false at its end.</summary>
    public bool NextField()
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.PropertyName)
        {
            return false;
        }

        _nameStart = (int)_reader.TokenStartIndex + 1;
        _name = _reader.ValueSpan;
        _isNameEscaped = _reader.ValueIsEscaped;
        if (!_isChecked)
        {
            _isUnsure |= _isNameEscaped || !_keys.TryAdd(_reader.CurrentDepth, _name);
        }

        return true;
    }

    /// <summary>Whether the field that <see cref="NextField"/> went to has this name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Is(ReadOnlySpan<byte> name) =>
        _isNameEscaped ? _reader.ValueTextEquals(name) : _name.SequenceEqual(name);

    /// <summary>Keeps the field raw: the library does not know it.</summary>
    public void Keep(ref WireExtra extra)
    {
        // A name that is no text is in a document that the check refuses.
        var name = WireText.TryGetString(ref _reader) ?? string.Empty;
        _reader.Read();
        extra.Keep(name, Unknown());
    }

    /// <summary>Leaves the field out.</summary>
    public void Skip()
    {
        _isUnsure = true;
        _reader.Skip();
    }

    /// <summary>True, with the error noted, when a piece of evidence was not there.</summary>
    public bool Lacks([NotNullWhen(false)] object? value, ReadOnlySpan<byte> name)
    {
        if (value is null)
        {
            _error = new DecodeError(_path.ToText(_json) + "." + Encoding.UTF8.GetString(name), DecodeReason.Missing);
        }

        return value is null;
    }

    /// <inheritdoc cref="Lacks(object?, ReadOnlySpan{byte})"/>
    public bool Lacks<T>([NotNullWhen(false)] T? value, ReadOnlySpan<byte> name)
        where T : struct => Lacks(value.HasValue ? string.Empty : null, name);

    /// <inheritdoc cref="Lacks(object?, ReadOnlySpan{byte})"/>
    public bool Lacks([NotNullWhen(false)] long? value, ReadOnlySpan<byte> name) => Lacks(value.HasValue ? string.Empty : null, name);

    /// <summary>The value at the reader's token as it came: no shape looks into it.</summary>
    private JsonElement Unknown()
    {
        _isUnsure = true;
        return JsonElement.ParseValue(ref _reader);
    }

    /// <summary>Reads the object that begins at the reader's token.</summary>
    private T? Enter<T>(WireShape<T> shape)
        where T : class
    {
        var depth = _reader.CurrentDepth + 1;
        _keys.Open(depth);
        var value = shape(ref this);
        _keys.Close(depth);
        return value;
    }

    private List<T>? ReadElements<T>(WireShape<T> shape)
        where T : class
    {
        var list = new List<T>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            _path.EnterElement(list.Count);
            if (_reader.TokenType != JsonTokenType.StartObject)
            {
                RefuseHere(DecodeReason.NotAnObject);
                return null;
            }

            var value = Enter(shape);
            if (value is null)
            {
                return null;
            }

            list.Add(value);
            _path.Leave();
        }

        return list;
    }

    private readonly FieldName Field() => new(_name, _nameStart, _isNameEscaped);

    /// <summary>The current field, which is evidence, cannot be read.</summary>
    private bool Refuse(DecodeReason reason)
    {
        _path.Enter(_nameStart, _name.Length);
        return RefuseHere(reason);
    }

    private bool RefuseHere(DecodeReason reason)
    {
        _error = new DecodeError(_path.ToText(_json), reason);
        return false;
    }

    /// <summary>The value at the reader's token is not as described: noted, and kept raw.</summary>
    private T? Odd<T>(FieldName field, DecodeReason reason, ref WireExtra extra)
        where T : class
    {
        _path.Enter(field.NameStart, field.Name.Length);
        (_anomalies ??= []).Add(new DecodeError(_path.ToText(_json), reason));
        _path.Leave();
        extra.Keep(field.ToText(), Unknown());
        return null;
    }

    /// <summary>Something inside this field was not as described: goes back to its start and keeps all of it raw.</summary>
    private T? Odd<T>(FieldName field, Utf8JsonReader start, int depth, ref WireExtra extra)
        where T : class
    {
        (_anomalies ??= []).Add(_error!);
        _error = null;
        _reader = start;
        while (_path.Depth > depth)
        {
            _path.Leave();
        }

        extra.Keep(field.ToText(), Unknown());
        return null;
    }

    /// <summary>A field's name as it stands in the JSON.</summary>
    private readonly ref struct FieldName(ReadOnlySpan<byte> name, int nameStart, bool isEscaped)
    {
        public ReadOnlySpan<byte> Name { get; } = name;

        public int NameStart { get; } = nameStart;

        public string ToText()
        {
            if (!isEscaped)
            {
                return Encoding.UTF8.GetString(Name);
            }

            var quoted = new Utf8JsonReader((byte[])[.. "\""u8, .. Name, .. "\""u8]);
            quoted.Read();
            return quoted.GetString()!;
        }
    }
}
