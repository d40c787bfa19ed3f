using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace WeChatPay.Wire;

/// <summary>
/// The keys seen so far in each object that is still open, as hashes of 64 bits: a few are compared one by one, many through a set, so that the work stays linear.
/// Two different keys of equal hash would be refused as one; nothing is ever let through by it.
/// </summary>
internal ref struct WireKeys
{
    /// <summary>Room for this many keys, of all open objects together, is on the stack.</summary>
    private const int Usual = 64;

    private const int Few = 64;

    private UsualHashes _usual;
    private Starts _starts;
    private long[]? _larger;
    private int _count;
    private HashSet<long>?[]? _many;

    [UnscopedRef]
    private Span<long> Hashes => _larger is null ? _usual : _larger;

    /// <summary>Forgets whatever an earlier object at this depth had: a new one has begun.</summary>
    public void Open(int depth)
    {
        _starts[depth] = _count;
        _many?[depth] = null;
    }

    /// <summary>Remembers a key of the open object at this depth; false when it was there already.</summary>
    public bool TryAdd(int depth, scoped ReadOnlySpan<byte> name)
    {
        var hash = (long)Hash(name);
        var hashes = Hashes;
        var seen = hashes[_starts[depth].._count];
        if (seen.Length < Few)
        {
            foreach (var known in seen)
            {
                if (known == hash)
                {
                    return false;
                }
            }
        }
        else
        {
            _many ??= new HashSet<long>?[WireDocument.DepthLimit + 2];
            _many[depth] ??= [.. seen];
            if (!_many[depth]!.Add(hash))
            {
                return false;
            }
        }

        if (_count == hashes.Length)
        {
            var larger = new long[_count * 2];
            hashes.CopyTo(larger);
            _larger = larger;
            hashes = larger;
        }

        hashes[_count++] = hash;
        return true;
    }

    /// <summary>Drops the keys of the object at this depth: it has ended.</summary>
    public void Close(int depth) => _count = _starts[depth];

    /// <summary>FNV-1a, eight letters at a time, turned so that high bits count for the next eight.</summary>
    private static ulong Hash(ReadOnlySpan<byte> name)
    {
        const ulong Prime = 1099511628211UL;
        const int Step = sizeof(ulong);
        var hash = 14695981039346656037UL ^ (uint)name.Length;
        while (name.Length >= Step)
        {
            hash = BitOperations.RotateLeft((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(name)) * Prime, 29);
            name = name[Step..];
        }

        var rest = 0UL;
        foreach (var letter in name)
        {
            rest = (rest << 8) | letter;
        }

        return (hash ^ rest) * Prime;
    }

    [InlineArray(Usual)]
    private struct UsualHashes
    {
        private long _first;
    }

    [InlineArray(WireDocument.DepthLimit + 2)]
    private struct Starts
    {
        private int _first;
    }
}
