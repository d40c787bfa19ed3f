using System.Collections.ObjectModel;
using System.Text.Json;

namespace WeChatPay.Wire;

/// <summary>Fields that the library does not know, or could not read as described, kept raw; allocates only when there are any.</summary>
public struct WireExtra
{
    private Dictionary<string, JsonElement>? _fields;

    /// <summary>The empty set that all values without extra fields share.</summary>
    public static IReadOnlyDictionary<string, JsonElement> None => ReadOnlyDictionary<string, JsonElement>.Empty;

    /// <summary>What has been kept, by field name.</summary>
    public readonly IReadOnlyDictionary<string, JsonElement> Fields => _fields ?? None;

    internal void Keep(string name, JsonElement value) => (_fields ??= new(StringComparer.Ordinal))[name] = value;
}
