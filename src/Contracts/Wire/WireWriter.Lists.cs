using System.Text;
using System.Text.Json;

namespace WeChatPay.Wire;

/// <content>Arrays, and JSON inside a text.</content>
public ref partial struct WireWriter
{
    /// <summary>An array of objects.</summary>
    public void Objects<T>(ReadOnlySpan<byte> name, IReadOnlyList<T>? values)
        where T : class, IWireShape
    {
        if (values is null)
        {
            return;
        }

        _json.WritePropertyName(name);
        var wasRefused = _scope.IsRefused;
        Elements(values);
        if (_scope.IsRefused && !wasRefused)
        {
            _scope.Within(name);
        }
    }

    /// <summary>An array of objects that is a whole body.</summary>
    public void Elements<T>(IReadOnlyList<T> values)
        where T : class, IWireShape
    {
        ArgumentNullException.ThrowIfNull(values);
        _json.WriteStartArray();
        for (var index = 0; index < values.Count; index++)
        {
            if (values[index] is not { } value)
            {
                _scope.Refuse(index, IsMissing);
                continue;
            }

            var wasRefused = _scope.IsRefused;
            value.WriteTo(ref this);
            if (_scope.IsRefused && !wasRefused)
            {
                _scope.Within(index);
            }
        }

        _json.WriteEndArray();
    }

    /// <summary>An array of texts.</summary>
    public readonly void Texts(ReadOnlySpan<byte> name, IReadOnlyList<string>? values)
    {
        if (values is null)
        {
            return;
        }

        _json.WritePropertyName(name);
        var wasRefused = _scope.IsRefused;
        WriteTexts(_json, values);
        if (_scope.IsRefused && !wasRefused)
        {
            _scope.Within(name);
        }
    }

    /// <summary>An array of texts of an open enumeration.</summary>
    public readonly void Texts<T>(ReadOnlySpan<byte> name, IReadOnlyList<T>? values)
        where T : struct, IWireText
    {
        if (values is null)
        {
            return;
        }

        Texts(name, [.. values.Select(static value => value.Value)]);
    }

    /// <summary>An array of integers.</summary>
    public readonly void Numbers(ReadOnlySpan<byte> name, IReadOnlyList<long>? values)
    {
        if (values is null)
        {
            return;
        }

        _json.WriteStartArray(name);
        foreach (var value in values)
        {
            _json.WriteNumberValue(value);
        }

        _json.WriteEndArray();
    }

    /// <summary>An array of texts that travel sealed.</summary>
    public readonly void SealedTexts(ReadOnlySpan<byte> name, IReadOnlyList<SensitiveText>? values)
    {
        if (values is null)
        {
            return;
        }

        var wasRefused = _scope.IsRefused;
        _json.WriteStartArray(name);
        for (var index = 0; index < values.Count; index++)
        {
            SealedElement(index, values[index]);
        }

        _json.WriteEndArray();
        if (_scope.IsRefused && !wasRefused)
        {
            _scope.Within(name);
        }
    }

    /// <summary>An array of any JSON.</summary>
    public readonly void Raws(ReadOnlySpan<byte> name, IReadOnlyList<JsonElement>? values)
    {
        if (values is null)
        {
            return;
        }

        _json.WriteStartArray(name);
        foreach (var value in values)
        {
            value.WriteTo(_json);
        }

        _json.WriteEndArray();
    }

    /// <summary>An object as JSON inside a text.</summary>
    public readonly void JsonText<T>(ReadOnlySpan<byte> name, T? value)
        where T : class, IWireShape
    {
        if (value is null)
        {
            return;
        }

        var wasRefused = _scope.IsRefused;
        _json.WriteString(name, ToBytes(value, _scope));
        if (_scope.IsRefused && !wasRefused)
        {
            _scope.Within(name);
        }
    }

    /// <summary>An array of texts as JSON inside a text.</summary>
    public readonly void JsonTexts(ReadOnlySpan<byte> name, IReadOnlyList<string>? values)
    {
        if (values is null)
        {
            return;
        }

        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WireJson.Options);
        var wasRefused = _scope.IsRefused;
        WriteTexts(json, values);
        json.Flush();
        _json.WriteString(name, buffer.WrittenSpan);
        if (_scope.IsRefused && !wasRefused)
        {
            _scope.Within(name);
        }
    }

    /// <summary>An array of objects as JSON inside a text.</summary>
    public readonly void JsonObjects<T>(ReadOnlySpan<byte> name, IReadOnlyList<T>? values)
        where T : class, IWireShape
    {
        if (values is null)
        {
            return;
        }

        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WireJson.Options);
        var writer = new WireWriter(json, _scope);
        var wasRefused = _scope.IsRefused;
        writer.Elements(values);
        json.Flush();
        _json.WriteString(name, buffer.WrittenSpan);
        if (_scope.IsRefused && !wasRefused)
        {
            _scope.Within(name);
        }
    }

    private readonly void SealedElement(int index, SensitiveText? value)
    {
        if (value is null)
        {
            _scope.Refuse(index, IsMissing);
        }
        else if (_scope.Seal(value.Reveal(), out var problem) is { } sealedText)
        {
            _json.WriteStringValue(sealedText);
        }
        else
        {
            _scope.Refuse(index, problem);
        }
    }

    private readonly void WriteTexts(Utf8JsonWriter json, IReadOnlyList<string> values)
    {
        json.WriteStartArray();
        for (var index = 0; index < values.Count; index++)
        {
            if (values[index] is not { } value)
            {
                _scope.Refuse(index, IsMissing);
            }
            else if (WireText.IsUnicode(value))
            {
                json.WriteStringValue(value);
            }
            else
            {
                _scope.Refuse(index, IsNotUnicode);
            }
        }

        json.WriteEndArray();
    }
}
