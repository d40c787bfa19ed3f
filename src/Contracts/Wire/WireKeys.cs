using System.Buffers;

namespace WeChatPay.Wire;

/// <summary>
/// The keys seen so far in each object that is still open, as hashes of 64 bits: a few are compared one by one, many through a set, so that the work stays linear.
/// Two different keys of equal hash would be refused as one; nothing is ever let through by it.
/// </summary>
internal struct WireKeys : IDisposable
{
    private const int Few = 64;

    private ulong[] _hashes = ArrayPool<ulong>.Shared.Rent(256);
    private int _count;
    private readonly int[] _starts = ArrayPool<int>.Shared.Rent(WireDocument.DepthLimit + 2);
    private HashSet<ulong>?[]? _many;

    public WireKeys()
    {
    }

    /// <summary>Forgets whatever an earlier object at this depth had: a new one has begun.</summary>
    public readonly void Open(int depth)
    {
        _starts[depth] = _count;
        _many?[depth] = null;
    }

    /// <summary>Remembers a key of the open object at this depth; false when it was there already.</summary>
    public bool TryAdd(int depth, scoped ReadOnlySpan<byte> name)
    {
        var hash = Hash(name);
        var seen = _hashes.AsSpan(_starts[depth], _count - _starts[depth]);
        if (seen.Length < Few)
        {
            if (seen.Contains(hash))
            {
                return false;
            }
        }
        else
        {
            _many ??= new HashSet<ulong>?[WireDocument.DepthLimit + 2];
            _many[depth] ??= [.. seen];
            if (!_many[depth]!.Add(hash))
            {
                return false;
            }
        }

        if (_count == _hashes.Length)
        {
            var larger = ArrayPool<ulong>.Shared.Rent(_count * 2);
            _hashes.CopyTo(larger, 0);
            ArrayPool<ulong>.Shared.Return(_hashes);
            _hashes = larger;
        }

        _hashes[_count++] = hash;
        return true;
    }

    /// <summary>Drops the keys of the object at this depth: it has ended.</summary>
    public void Close(int depth) => _count = _starts[depth];

    public readonly void Dispose()
    {
        ArrayPool<ulong>.Shared.Return(_hashes);
        ArrayPool<int>.Shared.Return(_starts);
    }

    /// <summary>FNV-1a.</summary>
    private static ulong Hash(ReadOnlySpan<byte> name)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in name)
        {
            hash = (hash ^ letter) * 1099511628211UL;
        }

        return hash;
    }
}
