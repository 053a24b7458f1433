using System.CommandLine;
using AtomSets.Materials;

namespace AtomSets.Commands;

/// <summary><c>atomsets data compare</c>: what should be known of sets before anything is learnt from them.</summary>
static class DataCompareVerb
{
    public static Command Create(CliContext context)
    {
        var sets = new Argument<string[]>("sets") { Description = "Names or files of data sets.", Arity = ArgumentArity.OneOrMore };
        var target = new Option<string?>("--target") { Description = "The column to look at; default: the first of each set." };
        var format = CommonOptions.Format();
        var command = new Command("compare", "Sets of formulas side by side: repeated formulas and their spread, test formulas that training rows have too, the errors of mean and median on the "
            + "test rows, the error that repeated formulas leave to any model of formulas (floor), rows that cannot be used, and sets with the same values.\n\nExample: atomsets data compare pem300k nem300k meps") { sets, target, format };
        command.SetAction((result, cancellation) =>
        {
            var found = SetSanity.Of(new DataSetLoader(), result.GetValue(sets)!, result.GetValue(target), cancellation);
            var table = new RowTable("set", "rows", "refused", "formulas", "repeating", "spread", "test", "test in train", "mean", "median", "floor", "unit", "same values as");
            foreach (var one in found)
                table.Add(one.Name, one.Rows, one.Refusals.Count, one.Formulas, one.Repeating, one.Spread, one.TestRows, one.TestFormulasInTraining, one.MeanError, one.MedianError, one.Floor, one.Unit,
                    one.IdenticalTo.Count == 0 ? null : string.Join(", ", one.IdenticalTo));
            var chosen = result.GetValue(format);
            table.Write(context.Console, chosen);
            if (chosen != OutputFormat.Table) return Task.FromResult(ExitCodes.Done);
            foreach (var one in found.Where(one => one.Refusals.Count > 0)) context.Console.WriteLine($"{one.Name}: {one.Refusals.Count} rows are refused, the first: {one.Refusals[0]}");
            foreach (var one in found.Where(one => one.MedianError < 0.98 * one.MeanError))
                context.Console.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{one.Name}: the median is a better baseline than the mean under mean absolute error, {Numbers.Short(one.MedianError!.Value)} beside {Numbers.Short(one.MeanError!.Value)}"));
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }
}
