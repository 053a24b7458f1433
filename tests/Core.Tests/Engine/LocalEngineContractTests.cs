using AtomSets.Contracts;
using AtomSets.Studies;

namespace AtomSets.Core.Tests.Engine;

/// <summary>The engine of one machine keeps the contract of all engines.</summary>
public sealed class LocalEngineContractTests : StudyEngineContract
{
    protected override Task<EngineUnderTest> OpenAsync() => Task.FromResult<EngineUnderTest>(new Local(new EngineBench(), "first", ownsBench: true));

    sealed class Local(EngineBench bench, string owner, bool ownsBench) : EngineUnderTest
    {
        public override IStudyEngine Engine { get; } = bench.Engine(owner: owner);

        public override ITrialLedger Ledger => bench.Ledger;

        public override StudyFile Small(string name) => TinyStudy.Searched(name, "[8]");

        public override StudyFile Larger(string name) => TinyStudy.Searched(name, "[8, 16]");

        public override StudyFile Long(string name) => TinyStudy.File(name, epochs: 1_000_000);

        public override Task<EngineUnderTest> RestartAsync() => Task.FromResult<EngineUnderTest>(new Local(bench, "second", ownsBench: false));

        public override async ValueTask DisposeAsync()
        {
            await Engine.DisposeAsync();
            if (ownsBench) bench.Dispose();
        }
    }
}
