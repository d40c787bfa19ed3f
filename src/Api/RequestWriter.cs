using System.Text.Json;
using WeChatPay.Functional;
using WeChatPay.Wire;

namespace WeChatPay.Api;

/// <summary>Writes the fields of a request; what is not set is left out.</summary>
internal static class RequestWriter
{
    public static void Field(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    public static void Field(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    public static void Field(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, bool? value)
    {
        if (value is { } answer)
        {
            writer.WriteBoolean(name, answer);
        }
    }

    public static void Field(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, DateTimeOffset? value)
    {
        if (value is { } date)
        {
            writer.WriteString(name, WireText.WriteDate(date));
        }
    }

    public static void Field<T>(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<T>? values, Func<T, string> text)
    {
        if (values is null)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteStringValue(text(value));
        }

        writer.WriteEndArray();
    }

    public static void Field<T>(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, T? value, Caller caller, Action<T, Utf8JsonWriter, Caller> write)
        where T : class
    {
        if (value is not null)
        {
            writer.WritePropertyName(name);
            write(value, writer, caller);
        }
    }

    public static void Field<T>(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<T>? values, Caller caller, Action<T, Utf8JsonWriter, Caller> write)
        where T : class
    {
        if (values is null)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            write(value, writer, caller);
        }

        writer.WriteEndArray();
    }
}
