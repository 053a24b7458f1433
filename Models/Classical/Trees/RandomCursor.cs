using AtomSets.Tensors;

namespace AtomSets.Models.Classical.Trees;

/// <summary>A stream of random numbers, one after the other.</summary>
struct RandomCursor(KeyedRandom stream)
{
    ulong _next;

    public double Uniform() => stream.Uniform(_next++);

    public int Below(int bound) => stream.Below(_next++, bound);
}
