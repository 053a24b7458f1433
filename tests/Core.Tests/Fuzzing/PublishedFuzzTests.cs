using System.Text;
using AtomSets.Models.Published;
using Xunit;

namespace AtomSets.Core.Tests.Fuzzing;

/// <summary>Files of others that published models come with: molecules and arrays.</summary>
public sealed class PublishedFuzzTests
{
    [Fact]
    public void Molecules() => Fuzzer.Run(
        "xyz",
        new Mutator([Fuzzer.Bytes("3\nwater\nO 0 0 0.119\nH 0 0.763 -0.477\nH 0 -0.763 -0.477\n"), Fuzzer.Bytes("2\n\nC 0 0 0 0.1 x\r\nO 1.13 0 0\r\n")], ["\n", "\r\n", "2147483647\n", "H 0 0 0\n", "Xx", "D", "6", "1e400", "\t"]),
        input =>
        {
            var molecule = Molecule.ParseXyz(Fuzzer.Text(input));
            Assert.Equal(3 * molecule.AtomicNumbers.Count, molecule.Positions.Count);
            if (molecule.AtomicNumbers.Count > 300) return;
            var graph = molecule.Graph(number => number);
            Assert.Equal(molecule.AtomicNumbers.Count * (molecule.AtomicNumbers.Count - 1), graph.EdgeCount);
        });

    [Fact]
    public void Arrays() => Fuzzer.Run(
        "npy",
        new Mutator([Array("<f4", "(2, 3)", 24), Array("<f8", "(5,)", 40), Array("<i8", "()", 8)], ["'descr'", "'<f4'", "'>f4'", "'|O'", "'fortran_order'", "True", "False", "(", ")", ",", "1073741824", "2147483647, 2147483647, 4", "{", "}"]),
        input =>
        {
            var array = NumpyReader.Read(input, "fuzz.npy");
            Assert.Equal(array.Shape.Aggregate(1L, (count, extent) => count * extent), array.Values.Length);
        });

    static byte[] Array(string type, string shape, int bytes)
    {
        var header = Encoding.Latin1.GetBytes($"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}\n");
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. header, .. Enumerable.Range(0, bytes).Select(i => (byte)(7 * i))];
    }
}
