using System.Diagnostics;
using System.Globalization;
using System.Text;
using AtomSets.Materials;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Fuzzing;

/// <summary>
/// Feeds a parser with damaged inputs, 5,000 of them or for 5 s, or for as many seconds as <c>ATOMSETS_FUZZ_SECONDS</c> says. A parser may take an input, and then what it made of it must hold together; or refuse it
/// with a message for people. Any other exception, an input that takes half a minute or far more memory than its length explains fails the test, and the input is kept in a file.
/// </summary>
static class Fuzzer
{
    const long MaxBytesEach = 512L << 20;

    /// <summary>Of a short run: a faster machine does not try what no other has.</summary>
    const long MostInputs = 5_000;

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <param name="name">Of the format, for messages and the kept file.</param>
    /// <param name="mutator">Makes the inputs.</param>
    /// <param name="take">Parses an input and checks what comes of it.</param>
    public static void Run(string name, Mutator mutator, Action<byte[]> take)
    {
        // Undamaged they are taken, so that what is damaged is more than refused at once.
        foreach (var seed in mutator.Seeds) take(seed);
        var seconds = double.TryParse(Environment.GetEnvironmentVariable("ATOMSETS_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out var asked) ? asked : 5;
        // Another part of the space in each long run; the same inputs in each short run, so that a failure of CI is one that everybody sees.
        var start = asked > 0 ? Environment.TickCount64 : 1;
        var (tried, taken, beat) = (0L, 0L, Stopwatch.GetTimestamp());
        var current = Array.Empty<byte>();
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed.TotalSeconds < seconds && (asked > 0 || tried < MostInputs) && failure is null)
            {
                var random = new Random((int)((start + tried) % int.MaxValue));
                var input = mutator.Next(random);
                Volatile.Write(ref current, input);
                Volatile.Write(ref beat, Stopwatch.GetTimestamp());
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    take(input);
                    mutator.Keep(input, random);
                    taken++;
                }
                catch (Exception e) when (e is InputException or StudyInputException)
                {
                    if (string.IsNullOrWhiteSpace(e.Message)) failure = new InvalidOperationException("refused without a word", e);
                }
                catch (Exception e)
                {
                    failure = e;
                }
                if (GC.GetAllocatedBytesForCurrentThread() - before > MaxBytesEach) failure ??= new InvalidOperationException($"took more than {MaxBytesEach >> 20} MiB");
                tried++;
            }
        }) { IsBackground = true, Name = $"fuzz {name}" };
        thread.Start();
        while (!thread.Join(500))
        {
            if (Stopwatch.GetElapsedTime(Volatile.Read(ref beat)) < s_patience) continue;
            failure = new TimeoutException($"an input takes more than {s_patience.TotalSeconds:0} s");
            break;
        }
        if (failure is null)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"fuzz {name}: {tried} inputs in at most {seconds} s, {taken} taken, {tried - taken} refused with a reason"));
            // The few that a machine without time to spare gets through may all be good.
            Assert.True(taken < tried || tried < 100, $"nothing of {tried} inputs was refused");
            return;
        }
        var path = Path.Combine(Path.GetTempPath(), $"atomsets-fuzz-{name}.bin");
        File.WriteAllBytes(path, current);
        var shown = Encoding.UTF8.GetString(current.AsSpan(0, Math.Min(current.Length, 400)));
        Assert.Fail($"{name}, input {tried} ({path}, {current.Length} bytes):\n{shown}\n{failure}");
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
