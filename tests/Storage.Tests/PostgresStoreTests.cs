using AtomSets.Contracts;
using Xunit;

namespace AtomSets.Storage.Tests;

public sealed class PostgresStudyLogTests(TestDatabase test) : StudyLogContract, IClassFixture<TestDatabase>
{
    protected override Task<StoreUnderTest> OpenAsync() => PostgresStore.OpenAsync(test);
}

public sealed class PostgresTrialLedgerTests(TestDatabase test) : TrialLedgerContract, IClassFixture<TestDatabase>
{
    protected override Task<StoreUnderTest> OpenAsync() => PostgresStore.OpenAsync(test);
}

public sealed class PostgresMetricSinkTests(TestDatabase test) : MetricSinkContract, IClassFixture<TestDatabase>
{
    protected override Task<StoreUnderTest> OpenAsync() => PostgresStore.OpenAsync(test);
}

public sealed class PostgresStudyHostTests(TestDatabase test) : StudyHostContract, IClassFixture<TestDatabase>
{
    protected override Task<StoreUnderTest> OpenAsync() => PostgresStore.OpenAsync(test);
}
