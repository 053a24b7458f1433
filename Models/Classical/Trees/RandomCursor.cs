using AtomSets.Tensors;

namespace AtomSets.Models.Classical.Trees;

/// <summary>A stream of random numbers, one after the other.</summary>
struct RandomCursor(KeyedRandom stream)
{
    ulong _next;

    public double Uniform() => stream.Uniform(_next++);

    public int Below(int bound) => stream.Below(_next++, bound);

    /// <summary>Drawn evenly between two values, below the higher.</summary>
    public float Threshold(float least, float largest) =>
        (float)(least + Uniform() * ((double)largest - least)) is var threshold && threshold < largest ? threshold : least;
}
