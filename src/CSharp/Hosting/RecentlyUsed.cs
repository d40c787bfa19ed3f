using System.Diagnostics.CodeAnalysis;

namespace WeChatPay;

/// <summary>So many values at most, the one that was not asked for longest goes first. Not for several threads at once.</summary>
internal sealed class RecentlyUsed<TValue>(int capacity)
{
    private readonly Dictionary<string, LinkedListNode<(string Key, TValue Value)>> _nodes = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, TValue Value)> _order = new();

    public int Count => _nodes.Count;

    public bool TryGet(string key, [MaybeNullWhen(false)] out TValue value)
    {
        if (!_nodes.TryGetValue(key, out var node))
        {
            value = default;
            return false;
        }

        _order.Remove(node);
        _order.AddFirst(node);
        value = node.Value.Value;
        return true;
    }

    public void Set(string key, TValue value)
    {
        Remove(key);
        _nodes[key] = _order.AddFirst((key, value));
        if (_nodes.Count > capacity && _order.Last is { } last)
        {
            Remove(last.Value.Key);
        }
    }

    public void Remove(string key)
    {
        if (_nodes.Remove(key, out var node))
        {
            _order.Remove(node);
        }
    }
}
