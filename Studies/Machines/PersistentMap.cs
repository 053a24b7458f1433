using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace AtomSets.Studies;

/// <summary>
/// An immutable dictionary, a trie over the bits of hashes with 16 branches and small leaves (P. Bagwell, Ideal hash trees, 2001). Beside a balanced binary
/// tree it is a quarter as deep, so that with a hundred thousand entries a look-up meets four nodes that are not in the caches instead of seventeen.
/// </summary>
/// <remarks>Enumerated in no order that means anything.</remarks>
sealed class PersistentMap<TKey, TValue> : IReadOnlyDictionary<TKey, TValue>
    where TKey : notnull
{
    const int Bits = 4, Branches = 1 << Bits, HashBits = 32, LeafSize = 8;

    readonly Node? _root;
    readonly IEqualityComparer<TKey> _comparer;

    PersistentMap(Node? root, int count, IEqualityComparer<TKey> comparer) => (_root, Count, _comparer) = (root, count, comparer);

    public int Count { get; }

    public TValue this[TKey key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"'{key}' is not in the map.");

    public IEnumerable<TKey> Keys => this.Select(entry => entry.Key);

    public IEnumerable<TValue> Values => this.Select(entry => entry.Value);

    public static PersistentMap<TKey, TValue> Empty(IEqualityComparer<TKey>? comparer = null) => new(null, 0, comparer ?? EqualityComparer<TKey>.Default);

    /// <summary>Of a key that comes twice, the last value counts.</summary>
    public static PersistentMap<TKey, TValue> Of(IEnumerable<KeyValuePair<TKey, TValue>> entries)
    {
        var builder = Empty().ToBuilder();
        foreach (var (key, value) in entries) builder[key] = value;
        return builder.ToImmutable();
    }

    public bool ContainsKey(TKey key) => TryGetValue(key, out _);

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value) => Find(_root, _comparer, key, out value);

    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator() => All(_root).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>For several changes at once: what the first copies, the others change in place.</summary>
    public Builder ToBuilder() => new(this);

    /// <summary>Multiplied, so that the first bits, which choose the first branch, depend on all.</summary>
    static uint Hash(IEqualityComparer<TKey> comparer, TKey key) => (uint)comparer.GetHashCode(key) * 0x9E3779B1;

    static int Slot(uint hash, int depth) => (int)(hash >> (HashBits - Bits - (Bits * depth))) & (Branches - 1);

    static bool Find(Node? node, IEqualityComparer<TKey> comparer, TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var hash = Hash(comparer, key);
        for (var depth = 0; node is Branch branch; depth++) node = branch.Slots[Slot(hash, depth)];
        if (node is Leaf leaf)
        {
            foreach (ref readonly var entry in leaf.Entries.AsSpan())
            {
                if (entry.Hash != hash || !comparer.Equals(entry.Key, key)) continue;
                value = entry.Value;
                return true;
            }
        }
        value = default;
        return false;
    }

    static IEnumerable<KeyValuePair<TKey, TValue>> All(Node? root)
    {
        var open = new Stack<Node>();
        if (root is not null) open.Push(root);
        while (open.TryPop(out var node))
        {
            if (node is Leaf leaf)
            {
                foreach (var entry in leaf.Entries) yield return KeyValuePair.Create(entry.Key, entry.Value);
                continue;
            }
            for (var i = 0; i < Branches; i++)
            {
                if (((Branch)node).Slots[i] is { } child) open.Push(child);
            }
        }
    }

    readonly record struct Entry(uint Hash, TKey Key, TValue Value);

    /// <param name="owner">Of the builder that made it and may change it; nobody else may.</param>
    abstract class Node(object owner)
    {
        public object Owner { get; } = owner;
    }

    sealed class Branch(object owner) : Node(owner)
    {
        public Children Slots;
    }

    sealed class Leaf(object owner, Entry[] entries) : Node(owner)
    {
        public Entry[] Entries { get; set; } = entries;
    }

    [InlineArray(Branches)]
    struct Children
    {
        Node? _first;
    }

    /// <summary>A map open for change. One thread at a time; the map that it was made from stays as it is.</summary>
    public sealed class Builder : IReadOnlyDictionary<TKey, TValue>
    {
        readonly IEqualityComparer<TKey> _comparer;
        PersistentMap<TKey, TValue>? _unchanged;
        object _owner = new();
        Node? _root;

        internal Builder(PersistentMap<TKey, TValue> map) => (_unchanged, _root, _comparer, Count) = (map, map._root, map._comparer, map.Count);

        public int Count { get; private set; }

        public IEnumerable<TKey> Keys => this.Select(entry => entry.Key);

        public IEnumerable<TValue> Values => this.Select(entry => entry.Value);

        public TValue this[TKey key]
        {
            get => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"'{key}' is not in the map.");
            set
            {
                _unchanged = null;
                _root = Put(_root, new Entry(Hash(_comparer, key), key, value), 0);
            }
        }

        public bool ContainsKey(TKey key) => TryGetValue(key, out _);

        public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value) => Find(_root, _comparer, key, out value);

        public bool TryAdd(TKey key, TValue value)
        {
            if (ContainsKey(key)) return false;
            this[key] = value;
            return true;
        }

        public bool Remove(TKey key)
        {
            if (!ContainsKey(key)) return false;
            _unchanged = null;
            _root = Without(_root!, Hash(_comparer, key), key, 0);
            Count--;
            return true;
        }

        public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator() => All(_root).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        /// <summary>The map as it is now; later changes of the builder do not reach it.</summary>
        public PersistentMap<TKey, TValue> ToImmutable()
        {
            if (_unchanged is not null) return _unchanged;
            _owner = new object();
            return _unchanged = new PersistentMap<TKey, TValue>(_root, Count, _comparer);
        }

        Node Put(Node? node, Entry entry, int depth)
        {
            if (node is null)
            {
                Count++;
                return new Leaf(_owner, [entry]);
            }
            if (node is Branch old)
            {
                var branch = Own(old);
                ref var slot = ref branch.Slots[Slot(entry.Hash, depth)];
                slot = Put(slot, entry, depth + 1);
                return branch;
            }
            var leaf = (Leaf)node;
            var at = Place(leaf, entry.Hash, entry.Key);
            if (at >= 0)
            {
                if (leaf.Owner != _owner) leaf = new Leaf(_owner, [.. leaf.Entries]);
                leaf.Entries[at] = entry;
                return leaf;
            }
            // Below the last bits there is nothing to tell hashes apart by.
            if (leaf.Entries.Length < LeafSize || depth == HashBits / Bits)
            {
                Count++;
                return new Leaf(_owner, [.. leaf.Entries, entry]);
            }
            var split = new Branch(_owner);
            for (var i = 0; i < Branches; i++)
            {
                Entry[] its = [.. leaf.Entries.Where(other => Slot(other.Hash, depth) == i)];
                if (its.Length > 0) split.Slots[i] = new Leaf(_owner, its);
            }
            return Put(split, entry, depth);
        }

        Node? Without(Node node, uint hash, TKey key, int depth)
        {
            if (node is Leaf leaf)
            {
                var at = Place(leaf, hash, key);
                return leaf.Entries.Length == 1 ? null : new Leaf(_owner, [.. leaf.Entries.AsSpan(0, at), .. leaf.Entries.AsSpan(at + 1)]);
            }
            var branch = Own((Branch)node);
            ref var slot = ref branch.Slots[Slot(hash, depth)];
            slot = Without(slot!, hash, key, depth + 1);
            if (slot is not null) return branch;
            foreach (var child in branch.Slots)
            {
                if (child is not null) return branch;
            }
            return null;
        }

        int Place(Leaf leaf, uint hash, TKey key)
        {
            for (var i = 0; i < leaf.Entries.Length; i++)
            {
                if (leaf.Entries[i].Hash == hash && _comparer.Equals(leaf.Entries[i].Key, key)) return i;
            }
            return -1;
        }

        Branch Own(Branch branch) => branch.Owner == _owner ? branch : new Branch(_owner) { Slots = branch.Slots };
    }
}
