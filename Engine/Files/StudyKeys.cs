using System.Globalization;
using AtomSets.Materials;
using AtomSets.Studies;
using static AtomSets.Engine.StudyKeyForm;

namespace AtomSets.Engine;

/// <summary>Every key of study files but the settings of models and trainings, which their own schemas have. The reader knows no other.</summary>
public static class StudyKeys
{
    /// <summary>How far draws of a learning sampler run ahead of results where the file says nothing.</summary>
    internal const int Lookahead = 16;

    /// <summary>Asha and hyperband: one draw in so many goes on where the file says nothing.</summary>
    internal const int Eta = 3;

    /// <summary>Median: so many draws go on without question where the file says nothing.</summary>
    internal const int Startup = 5;

    public static StudySection Where { get; } = new("where", "sources.<name>.where, targets.<name>.where",
        "Which rows are taken, in this order: atoms per cell, what looks at targets and formulas, the limit. Each step says how many rows it took.",
        new("max_sites", Whole, "at most so many atoms per cell") { Example = "12" },
        new("range", StudyKeyForm.Range, "targets strictly between, in their unit") { Example = "[-20, ~]" },
        new("columns", Ranges, "values of other columns strictly between") { Example = "{ e_above_hull: [~, 0.1] }" },
        new("repeats", Word, "of rows with the same reduced formula: all, one with the lowest, mean or median target, or the first of the file") { Words = Lower<RepeatRule>(), Example = "mean" },
        new("sigma", Number, "targets within so many standard deviations of their mean") { Example = "5" },
        new("pure_elements", Word, "formulas of one element") { Words = ["keep", "drop"], Example = "drop" },
        new("elements", Word, "ef86: only formulas of the 86 elements that ElemNet reads") { Words = ["all", "ef86"], Example = "ef86" },
        new("limit", Whole, "at most so many rows, drawn by the study's seed") { Example = "500" });

    public static StudySection Delta { get; } = new("delta", "sources.<name>.delta, targets.<name>.delta",
        "Learns the difference to another set's value for the same reduced formula, or to another column of the same row. Rows without such a value are left out and counted.",
        new("data", Text, "the other set") { Otherwise = "the set's own rows", Example = "other.csv" },
        new("target", Text, "its column") { IsRequired = true, Example = "gap_pbe" },
        new("repeats", Word, "which of several values of a formula counts") { Words = [.. Lower<RepeatRule>()[1..]], Default = "lowest", Example = "mean" },
        new("subtract", Flag, "false takes the same rows as they are, for comparison") { Default = "true", Example = "false" });

    public static StudySection Split { get; } = new("split", "sources.<name>.split, targets.<name>.split",
        "Which rows validate and test; the others train. Targets need test rows.",
        new("column", Text, "the column that holds folds or parts (train, val, test) of the set") { Example = "official_test_fold" },
        new("validation", Part, "validation rows, drawn from what is not tested on; of a column of parts its label") { Otherwise = "a tenth, or those of the column", Example = "0.1" },
        new("test", Part, "test rows; of a column of folds the fold, of parts the label") { Otherwise = "those of the column; none of a source", Example = "100" },
        new("top", Part, "the highest targets, tested on and never trained on; without column, folds and stratify") { Example = "0.1" },
        new("folds", Folds, "several test parts, each a replicate; without test") { Example = "5" },
        new("repeats", Whole, "so many random divisions into folds") { Default = "1", Example = "3" },
        new("nested", Flag, "each fold selects for itself, seeing its own validation rows alone") { Default = "false", Example = "true" },
        new("stratify", Flag, "drawn parts hold the target's classes in their shares") { Default = "false", Example = "true" },
        new("resample", Flag, "each seed has validation rows of its own") { Default = "false", Example = "true" });

    public static StudySection Size { get; } = new("size", "an item of sizes", "A training size with settings for this size alone.",
        new("rows", Part, "as in the plain list, all included") { IsRequired = true, Example = "500" },
        new("training", Settings, "override those of the source, target or entry") { Example = "{ epochs: 800 }" });

    static readonly StudyKey s_leakage = new("leakage", Word, "source rows whose formula is among a target's: strict removes them, as-published keeps and counts them")
        { Words = ["strict", "as-published"], Example = "as-published" };

    static readonly StudyKey s_data = new("data", Text, "registered set, ionic:COUNT:SEED, CSV file, file of computed entries, or folder of structures, relative to the study file") { Example = "ionic:400:1" };
    static readonly StudyKey s_target = new("target", Text, "the column to learn; `data info` shows the columns") { Otherwise = "required with data", Example = "lattice_energy_ev_atom" };
    static readonly StudyKey s_where = new("where", StudyKeyForm.Section, "which rows are taken") { Section = Where, Otherwise = "all", Example = "{ limit: 500 }" };
    static readonly StudyKey s_delta = new("delta", StudyKeyForm.Section, "learn the difference to a known value") { Section = Delta, Example = "{ target: gap_pbe }" };
    static readonly StudyKey s_split = new("split", StudyKeyForm.Section, "which rows validate and test") { Section = Split, Otherwise = "a tenth validates", Example = "{ validation: 0.1, test: 0.1 }" };
    static readonly StudyKey s_sizes = new("sizes", Sizes, "training rows; smaller sizes lie within larger ones") { Default = "all", Example = "[50, 0.5, all]" };
    static readonly StudyKey s_training = new("training", Settings, "override the study's") { Example = "{ epochs: 300 }" };

    public static StudySection Source { get; } = new("source", "sources.<name>",
        "What a parent is trained on, or a parent that was trained before. Several sizes and seeds give a parent each.",
        s_data, s_target, s_where, s_delta, s_split, s_sizes,
        new("seeds", Seeds, "replicates of each parent; a number counts from the study's seed on") { Default = "1", Example = "3" },
        new("parents", Word, "which of the sizes the targets learn from; best by validation") { Words = Lower<ParentChoice>(), Example = "largest" },
        s_leakage with { Otherwise = "as the study says" },
        new("model", Text, "one of the study's models") { Otherwise = "the only network, else a default megnet", Example = "net" },
        new("from", Text, "another source whose parents this one learns from: a chain; without model") { Example = "cheap" },
        new("mode", Text, "with from: what is taken, a mode that carries weights") { Default = "full", Example = "full+parent-scaler" },
        new("parent", Text, "instead of data: a published model, a model file, or one of the program's own by name") { Example = "mp-2019.4.1_formation_energy" },
        new("state", Text, "of a parent of several levels of theory: the one that is meant") { Example = "PBE" },
        s_training);

    public static StudySection Target { get; } = new("target", "targets.<name>",
        "What is to be learnt from few rows.",
        s_data with { IsRequired = true }, s_target with { IsRequired = true, Otherwise = null }, s_where, s_delta, s_split, s_sizes,
        new("seeds", Seeds, "replicates of this target") { Otherwise = "the study's", Example = "5" },
        s_training);

    public static StudySection Model { get; } = new("model", "models.<name>",
        "A network or classical model: its kind, and the settings of that kind, each a value or a space to search.",
        new("kind", Text, "the model's family") { IsRequired = true, Example = "megnet" },
        new("preset", Text, "other defaults, for kinds that have presets") { Example = "small" },
        new("space", Word, "searches the settings that are usually searched, for kinds that have such; those that the file gives override it") { Words = ["usual"], Otherwise = "nothing is searched", Example = "usual" }) { IsOpen = true };

    public static StudySection Acquire { get; } = new("acquire", "transfer[].acquire",
        "Rounds of active learning in place of the target's sizes.",
        new("by", Word, "which rows are labelled next: those the model is least sure of, the next of the permutation, or those with the highest or lowest prediction") { Words = Lower<Acquisition>(), Example = "random" },
        new("start", Whole, "rows of the first round") { Least = 2, IsRequired = true, Example = "30" },
        new("batch", Whole, "rows that each round adds") { IsRequired = true, Example = "30" },
        new("rounds", Whole, "how often rows are added") { IsRequired = true, Example = "4" },
        new("members", Whole, "trainings of each round whose spread is their uncertainty; 1 for a model that says itself how sure it is") { Default = "1", Example = "4" });

    static readonly StudyKey s_targets = new("targets", Names, "only for these targets") { Otherwise = "all", Example = "dear" };
    static readonly StudyKey s_group = new("group", Names, "of all configurations of a group only the best by validation is tested") { Example = "TL" };
    static readonly StudyKey s_tested = new("tested", Flag, "false: nothing of it is tested, for members of ensembles and comparisons by validation alone") { Default = "true", Example = "false" };

    public static StudySection Transfer { get; } = new("transfer", "transfer[]",
        "A way of learning a target. A mode alone, such as `scratch`, is an entry without other keys.",
        new("mode", NameOrChoice, "what the target's network takes from its parent: scratch, full, new-head, freeze:PART, only-residual, delta, features:LAYER, with +parent-scaler, +references …; a choice is searched and needs a name") { IsRequired = true, Example = "freeze:embed" },
        new("name", Text, "under which the results are found") { Otherwise = "the mode", Example = "frozen" },
        new("model", Text, "one of the study's models, where the parent's network is not meant") { Example = "net" },
        new("source", NamesOrChoice, "only parents of these sources; a choice is searched") { Otherwise = "all", Example = "cheap" },
        s_targets, s_group,
        new("trials", Whole, "draws of this entry's search") { Otherwise = "as search says", Example = "20" },
        s_tested,
        new("acquire", StudyKeyForm.Section, "rounds of active learning in place of sizes") { Section = Acquire, Example = "{ start: 30, batch: 30, rounds: 4 }" },
        s_training with { Summary = "override those of the target" });

    public static StudySection Ensemble { get; } = new("ensemble", "transfer[]",
        "One predictor, the mean of what other entries have trained.",
        new("ensemble", Names, "entries or groups whose trained models are its members") { IsRequired = true, Example = "[line, trees]" },
        new("name", Text, "under which the results are found") { IsRequired = true, Example = "both" },
        s_targets, s_group, s_tested);

    public static StudySection Pruner { get; } = new("pruner", "search.pruner",
        "Stops draws that do not promise.",
        new("rule", Word, "asynchronous successive halving, hyperband, or the better half of each rung") { Words = Lower<PruningRule>(), IsRequired = true, Example = "asha" },
        new("min_epochs", Whole, "epochs before the first rung; of median between all rungs") { Otherwise = "a 27th of the epochs", Example = "4" },
        new("eta", Whole, "asha and hyperband: one draw in so many goes on, to so many times the epochs") { Least = 2, Default = Digits(Eta), Example = "4" },
        new("startup", Whole, "median: so many draws go on without question") { Least = 0, Default = Digits(Startup), Example = "10" });

    public static StudySection Search { get; } = new("search", "search",
        "How spaces are searched. All replicates of a configuration are one unit, chosen by their mean validation error.",
        new("sampler", Word, "every point, random draws, or draws that learn from those before") { Words = [.. Samplers.Names], Default = "grid", Example = "tpe" },
        new("trials", Whole, "draws of each search; of random and tpe required, unless the budget has trials") { Otherwise = "the whole grid", Example = "20" },
        new("pruner", WordOrSection, "stops draws early") { Words = ["none", .. Lower<PruningRule>()], Section = Pruner, Example = "asha" },
        new("lookahead", Whole, "tpe: a draw waits for the results of all but so many draws before it") { Least = 0, Default = Digits(Lookahead), Example = "8" });

    public static StudySection Budget { get; } = new("budget", "budget",
        "Totals of the study, not further ones: the same file run again adds nothing.",
        new("trials", Whole, "training runs") { Example = "200" },
        new("epochs", Whole, "epochs of all training runs") { Example = "20000" },
        new("core_hours", Number, "hours of workers in training runs") { Example = "2.5" });

    public static StudySection Study { get; } = new("study", "the file", "The keys that begin a line.",
        new("study", Text, "the name under which results are found: letters, digits, - _ and ., at most 100") { IsRequired = true, Example = "my-study" },
        new("description", Text, "for people; decides no number") { Example = "a first look" },
        new("seed", Whole, "keys random splits, limits and searches") { Least = 0, Default = "1", Example = "7" },
        new("sources", NamedSections, "what parents learn from") { Section = Source, Example = "{ cheap: { data: \"ionic:400:1\", target: gap_like_ev } }" },
        new("targets", NamedSections, "what is to be learnt from few rows") { Section = Target, Example = "{ dear: { data: \"ionic:200:2\", target: gap_like_ev } }" },
        new("models", NamedSections, "networks and classical models") { Section = Model, Otherwise = "a default megnet", Example = "{ net: { kind: megnet } }" },
        new("transfer", Entries, "ways of learning each target, one curve each") { Section = Transfer, Otherwise = "required with targets", Example = "[scratch, full]" },
        new("seeds", Seeds, "replicates of the targets; a number counts from 1 on") { Default = "1", Example = "3" },
        new("subsets", Word, "redrawn: each replicate draws its own training rows; fixed: all learn from the same") { Words = ["redrawn", "fixed"], Example = "fixed" },
        s_leakage,
        new("search", StudyKeyForm.Section, "how spaces are searched; required where a setting is a space") { Section = Search, Example = "{ sampler: random, trials: 20 }" },
        new("budget", StudyKeyForm.Section, "what the study may cost") { Section = Budget, Example = "{ core_hours: 2 }" },
        new("priority", Whole, "among studies that share workers, higher first") { Least = int.MinValue, Default = "0", Example = "5" },
        new("training", Settings, "for everything; those of a source, target, size or entry override them") { Example = "{ epochs: 300, patience: 20 }" });

    /// <summary>Every section, from the file inwards.</summary>
    public static IReadOnlyList<StudySection> Sections { get; } = [Study, Source, Target, Where, Split, Delta, Size, Model, Transfer, Ensemble, Acquire, Search, Pruner, Budget];

    static string[] Lower<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(name => name.ToLowerInvariant())];

    static string Digits(int value) => value.ToString(CultureInfo.InvariantCulture);
}
