using AtomSets.Models.Classical;
using AtomSets.Models.Classical.Trees;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models.Classical;

public sealed class RandomSplitsTests
{
    /// <summary>Few rows are read as they are, of many columns are copied: 1,024 rows are the border.</summary>
    [Theory]
    [InlineData(40, 21, 7, 1)]
    [InlineData(1024, 5, 5, 3)]
    [InlineData(1500, 37, 20, 1)]
    [InlineData(1500, 9, 2, 10)]
    public void The_best_split_is_that_of_one_column_after_the_other(int rows, int columns, int looked, int fewest)
    {
        var x = FitOn.Draw(21, rows, columns).SelectMany((row, i) => row.Select((value, column) => column % 4 == 0 && i % 50 > 0 ? 0 : MathF.Max(value, -0.3f))).ToArray();
        var targets = FitOn.Draw(22, rows, 1).Select((row, i) => row[0] + x[i * columns + 1]).ToArray();
        var settings = new TreeSettings { MaxFeatures = looked, MinSamplesLeaf = fewest, IsRandom = true };
        var splits = new RandomSplits(new Matrix(rows, columns, x), settings);
        for (var seed = 0UL; seed < 20; seed++)
        {
            // Some rows twice, some not at all; in later draws fewer, so that columns are constant.
            var weights = KeyedRandom.For(seed, "weights");
            int[] node = [.. Enumerable.Range(0, rows).Where(row => row % (1 + (int)seed) == 0 && weights.Below((ulong)row, 4) > 0)];
            Sample[] samples = [.. targets.Select((target, row) => new Sample(1 + row % 2, (1 + row % 2) * target))];
            var (weight, sum) = (node.Sum(row => samples[row].Weight), node.Sum(row => samples[row].Sum));
            // Every third search ends as soon as a score is above that of no split at all.
            var perfect = seed % 3 == 0 ? sum * sum / weight * 1.0001 : double.PositiveInfinity;
            var (got, expected) = (new RandomCursor(KeyedRandom.For(seed, "tree")), new RandomCursor(KeyedRandom.For(seed, "tree")));
            Assert.Equal(OneByOne(node, samples, ref expected), splits.Best(node, samples, weight, sum, perfect, ref got));
            Assert.Equal(expected.Uniform(), got.Uniform());

            Split OneByOne(int[] node, Sample[] samples, ref RandomCursor random)
            {
                var (best, varied, features) = (Split.None, false, Enumerable.Range(0, columns).ToArray());
                for (var at = 0; at < columns && (at < looked || !varied) && best.Score < perfect; at++)
                {
                    var drawn = at + random.Below(columns - at);
                    (features[drawn], features[at]) = (features[at], features[drawn]);
                    var column = features[at];
                    var (least, largest) = (node.Min(row => x[row * columns + column]), node.Max(row => x[row * columns + column]));
                    if (least == largest) continue;
                    varied = true;
                    var threshold = random.Threshold(least, largest);
                    int[] right = [.. node.Where(row => x[row * columns + column] > threshold)];
                    if (right.Length < fewest || node.Length - right.Length < fewest) continue;
                    var (rightWeight, rightSum) = (right.Sum(row => samples[row].Weight), right.Sum(row => samples[row].Sum));
                    var score = rightSum * rightSum / rightWeight + (sum - rightSum) * (sum - rightSum) / (weight - rightWeight);
                    if (score > best.Score) best = new Split(column, threshold, 0, score);
                }
                return best;
            }
        }
    }
}
