using System.Globalization;

namespace AtomSets.Bench;

/// <summary>Plays a game with Optuna: its TPE sampler with default settings, and its successive halving with the same rungs. Values are computed here.</summary>
static class OptunaSearch
{
    sealed record Running(int Number, double[] X, int Rung);

    public static SearchEnd Play(PeerProcess peer, SearchGame game)
    {
        peer.Ask(Text($"study {game.Seed} {game.Function.Dimensions} {game.Function.Low:R} {game.Function.High:R} {(game.Prunes ? 1 : 0)}"));
        var running = new List<Running>();
        var (best, epochs, moves, asked) = (double.PositiveInfinity, 0L, 0UL, 0);
        while (true)
        {
            while (running.Count < game.Workers && asked < game.Trials)
            {
                var trial = peer.Ask("ask");
                running.Add(new Running(asked++, [.. trial["x"]!.AsArray().Select(v => v!.GetValue<double>())], 0));
            }
            if (running.Count == 0 || epochs >= game.Budget) return new SearchEnd(best, asked);
            var at = game.Next(moves++, running.Count);
            var (number, x, rung) = running[at];
            var until = game.Prunes && rung < SearchGame.Rungs.Length ? SearchGame.Rungs[rung] : SearchGame.Epochs;
            epochs += until - (rung > 0 ? SearchGame.Rungs[rung - 1] : 0);
            var value = game.ValueAt(x, until);
            if (until == SearchGame.Epochs)
            {
                best = Math.Min(best, value);
                peer.Ask(Text($"tell {number} {value:R}"));
                running.RemoveAt(at);
            }
            else if (peer.Ask(Text($"report {number} {until} {value:R}"))["prune"]!.GetValue<bool>()) running.RemoveAt(at);
            else running[at] = new Running(number, x, rung + 1);
        }
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
