using System.Text;
using System.Text.Json;

namespace WeChatPay.Wire;

/// <summary>Writes a shape's fields; what is not set is left out. A field that a request must have and lacks, and a text that cannot be sealed, are noted by name in the scope.</summary>
public ref partial struct WireWriter
{
    private const string IsMissing = "is missing";
    private const string IsNotUnicode = "is not well-formed Unicode";

    private readonly Utf8JsonWriter _json;
    private readonly WireScope _scope;

    /// <summary>Writes to JSON, for somebody.</summary>
    public WireWriter(Utf8JsonWriter json, WireScope scope)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(scope);
        (_json, _scope) = (json, scope);
    }

    /// <summary>Begins the object.</summary>
    public readonly void Begin() => _json.WriteStartObject();

    /// <summary>Ends the object.</summary>
    public readonly void End() => _json.WriteEndObject();

    /// <summary>Ends the object after the fields that the description does not have.</summary>
    public readonly void End(IReadOnlyDictionary<string, JsonElement> extra)
    {
        ArgumentNullException.ThrowIfNull(extra);
        if (!ReferenceEquals(extra, WireExtra.None))
        {
            foreach (var (name, value) in extra)
            {
                _json.WritePropertyName(name);
                value.WriteTo(_json);
            }
        }

        _json.WriteEndObject();
    }

    /// <summary>A request must have this field.</summary>
    public readonly void Demand(ReadOnlySpan<byte> name, object? value)
    {
        if (value is null && _scope.Demands)
        {
            _scope.Refuse(name, IsMissing);
        }
    }

    /// <inheritdoc cref="Demand(ReadOnlySpan{byte}, object?)"/>
    public readonly void Demand<T>(ReadOnlySpan<byte> name, T? value)
        where T : struct => Demand(name, value.HasValue ? string.Empty : null);

    /// <summary>A text that the caller's options fill in when the request leaves it out, and that must be there.</summary>
    public readonly void Filled(ReadOnlySpan<byte> name, string? value, WireDefault source)
    {
        var filled = value ?? (_scope.Demands ? _scope.Fill(source) : null);
        Demand(name, filled);
        Text(name, filled);
    }

    /// <summary>A text that the caller's options fill in when the request leaves it out, and that may be absent.</summary>
    public readonly void FilledIfKnown(ReadOnlySpan<byte> name, string? value, WireDefault source) =>
        Text(name, value ?? (_scope.Demands ? _scope.Fill(source) : null));

    /// <summary>A text.</summary>
    public readonly void Text(ReadOnlySpan<byte> name, string? value)
    {
        if (value is null)
        {
            return;
        }

        if (WireText.IsUnicode(value))
        {
            _json.WriteString(name, value);
        }
        else
        {
            _scope.Refuse(name, IsNotUnicode);
        }
    }

    /// <summary>A text of an open enumeration; one that was never given a text is absent.</summary>
    public readonly void Text<T>(ReadOnlySpan<byte> name, T? value)
        where T : struct, IWireText
    {
        if (value is { Value.Length: > 0 } known)
        {
            Text(name, known.Value);
        }
    }

    /// <summary>An integer.</summary>
    public readonly void Number(ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            _json.WriteNumber(name, number);
        }
    }

    /// <summary>A number with a fraction.</summary>
    public readonly void Number(ReadOnlySpan<byte> name, double? value)
    {
        if (value is not { } number)
        {
            return;
        }

        if (double.IsFinite(number))
        {
            _json.WriteNumber(name, number);
        }
        else
        {
            _scope.Refuse(name, "is not a finite number");
        }
    }

    /// <summary>True or false.</summary>
    public readonly void Boolean(ReadOnlySpan<byte> name, bool? value)
    {
        if (value is { } answer)
        {
            _json.WriteBoolean(name, answer);
        }
    }

    /// <summary>A moment, in RFC 3339: a request's in whole seconds, as the platform wants them, what was read with its fraction.</summary>
    public readonly void Date(ReadOnlySpan<byte> name, DateTimeOffset? value)
    {
        if (value is { } date)
        {
            Span<byte> text = stackalloc byte[WireText.LongestDate];
            var length = WireText.FormatDate(date, isExact: !_scope.Demands, text);
            _json.WriteString(name, text[..length]);
        }
    }

    /// <summary>A day, as <c>yyyy-MM-dd</c>.</summary>
    public readonly void Day(ReadOnlySpan<byte> name, DateOnly? value)
    {
        if (value is { } day)
        {
            _json.WriteString(name, WireText.WriteDay(day));
        }
    }

    /// <summary>A text that travels sealed.</summary>
    public readonly void Sealed(ReadOnlySpan<byte> name, SensitiveText? value)
    {
        if (value is null)
        {
            return;
        }

        var sealedText = _scope.Seal(value.Reveal(), out var problem);
        if (sealedText is null)
        {
            _scope.Refuse(name, problem);
            return;
        }

        _json.WriteString(name, sealedText);
    }

    /// <summary>An object.</summary>
    public void Object<T>(ReadOnlySpan<byte> name, T? value)
        where T : class, IWireShape
    {
        if (value is null)
        {
            return;
        }

        var wasRefused = _scope.IsRefused;
        _json.WritePropertyName(name);
        value.WriteTo(ref this);
        if (_scope.IsRefused && !wasRefused)
        {
            _scope.Within(name);
        }
    }

    /// <summary>A whole body that is JSON already.</summary>
    public readonly void Whole(string json)
    {
        try
        {
            _json.WriteRawValue(json);
        }
        catch (Exception failure) when (failure is JsonException or ArgumentException)
        {
            // The latter for a text that is empty or not well-formed Unicode.
            _scope.Refuse("body"u8, "is not JSON");
        }
    }

    /// <summary>Any JSON.</summary>
    public readonly void Raw(ReadOnlySpan<byte> name, JsonElement? value)
    {
        if (value is { } element)
        {
            _json.WritePropertyName(name);
            element.WriteTo(_json);
        }
    }

    /// <summary>The JSON text of a shape.</summary>
    internal static string ToText<T>(T value, WireScope scope)
        where T : class, IWireShape => Encoding.UTF8.GetString(ToBytes(value, scope));

    /// <summary>The JSON of a shape.</summary>
    internal static byte[] ToBytes<T>(T value, WireScope scope)
        where T : class, IWireShape
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WireJson.Options);
        var writer = new WireWriter(json, scope);
        value.WriteTo(ref writer);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
