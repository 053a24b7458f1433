using System.Security.Cryptography;
using System.Text;
using AtomSets.Materials;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>The rows of one trial: data set, targets and split, checked against the hashes in its spec.</summary>
sealed class PreparedRows
{
    readonly SplitManifest _split;

    PreparedRows(DataContent content, DataSet set, SplitManifest split)
    {
        (Content, Set, _split) = (content, set, split);
        Targets = set.Column(content.Request.Target).ToArray();
    }

    public DataContent Content { get; }
    public DataSet Set { get; }

    /// <summary>Target of every row, in its unit.</summary>
    public double[] Targets { get; }

    public int[] Validation => Set.RowsOf(_split.ValidationIds);

    /// <summary>The first <paramref name="count"/> training rows of the permutation.</summary>
    public int[] Training(int count) => Set.RowsOf([.. _split.TrainIds.Take(count)]);

    /// <summary>All training rows, in the order of the permutation.</summary>
    public int[] AllTraining() => Set.RowsOf(_split.TrainIds);

    /// <summary>Opens the test rows for an evaluation, which counts as a look at them.</summary>
    public (int[] Rows, TestLook Look) OpenTest(TrialKey evaluation)
    {
        var looks = new LookRecorder();
        var ids = _split.Test.Open(new EvaluationTicket(evaluation.Hex, looks));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', ids))));
        return (Set.RowsOf(ids), new TestLook(Set.Name, Content.Request.Target, hash, looks.Rows));
    }

    /// <exception cref="InputException">The data have changed since the study was resolved.</exception>
    /// <exception cref="ArtifactException">The split manifest is missing or damaged.</exception>
    public static PreparedRows Open(DataContent content, DataCache data, ArtifactStore artifacts, CancellationToken cancellation)
    {
        var set = data.Load(content.Request, content.Hash, cancellation);
        return new PreparedRows(content, set, SplitManifest.Parse(Encoding.UTF8.GetString(artifacts.Get(content.Manifest))));
    }

    sealed class LookRecorder : ITestUseCounter
    {
        public int Rows { get; private set; }

        public void Opened(string evaluation, string splitHash, int rows) => Rows = rows;
    }
}
