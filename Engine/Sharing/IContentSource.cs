namespace AtomSets.Engine;

/// <summary>
/// Other machines that may hold what this one lacks, asked by hash. What they give is checked against the hash by whoever keeps it. Calls block, on the
/// thread of the trial that cannot go on without; nobody having it is no error.
/// </summary>
public interface IContentSource
{
    /// <summary>Brings an artifact into the store.</summary>
    /// <param name="hash">SHA-256, 64 lower-case hexadecimal digits.</param>
    /// <param name="store">Keeps it.</param>
    /// <returns>False where nobody that answers has it.</returns>
    bool TryFetch(string hash, ArtifactStore store);

    /// <summary>Which files others have of a data set or published network; empty where nobody that answers has it.</summary>
    IReadOnlyList<SharedFile> ListFiles(string hash);

    /// <summary>Brings the files of a data set or published network into a folder, each at its <see cref="Materials.DataSetFile.Place"/>.</summary>
    /// <param name="hash">That the set has once it is read (<see cref="Materials.DataSet.Hash"/>), or of the network's weights.</param>
    /// <param name="folder">Appears whole or not at all.</param>
    /// <returns>False where nobody that answers has it.</returns>
    bool TryFetchFiles(string hash, string folder);
}
