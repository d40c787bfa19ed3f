using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace WeChatPay.Wire;

/// <summary>Fields that the library does not know, or could not read as described, kept raw; allocates only when there are any.</summary>
public struct WireExtra
{
    private Dictionary<string, JsonElement>? _fields;

    /// <summary>The empty set that all values without extra fields share.</summary>
    public static IReadOnlyDictionary<string, JsonElement> None { get; } = new NoFields();

    /// <summary>What has been kept, by field name.</summary>
    public readonly IReadOnlyDictionary<string, JsonElement> Fields => _fields ?? None;

    internal void Keep(string name, JsonElement value) => (_fields ??= new(StringComparer.Ordinal))[name] = value;

    /// <summary>The framework's own empty dictionary would be compiled for <see cref="JsonElement"/> in every process, just to be there.</summary>
    private sealed class NoFields : IReadOnlyDictionary<string, JsonElement>
    {
        public int Count => 0;

        public IEnumerable<string> Keys => [];

        public IEnumerable<JsonElement> Values => [];

        public JsonElement this[string key] => throw new KeyNotFoundException();

        public bool ContainsKey(string key) => false;

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out JsonElement value)
        {
            value = default;
            return false;
        }

        public IEnumerator<KeyValuePair<string, JsonElement>> GetEnumerator() => Enumerable.Empty<KeyValuePair<string, JsonElement>>().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
