using System.Text.Json;
using AtomSets.Studies;
using Xunit;
using static AtomSets.Contracts.Samples;

namespace AtomSets.Contracts;

/// <summary>What every <see cref="ITrialLedger"/> does.</summary>
public abstract class TrialLedgerContract
{
    protected abstract Task<StoreUnderTest> OpenAsync();

    [ContractFact]
    public async Task First_claim_gets_epoch_one_and_no_checkpoint()
    {
        await using var store = await OpenAsync();
        var claim = Assert.IsType<TrialClaim.Claimed>(await store.Ledger.ClaimAsync(Train("a"), "host/1", Minute, None));
        Assert.Equal(new TrialLease(Train("a").Key, 1), claim.Lease);
        Assert.Null(claim.Checkpoint);
        Assert.Equal(0, claim.Attempts);
        var record = await RecordAsync(store.Ledger, Train("a").Key);
        Assert.Equal((TrialStatus.Claimed, TrialKind.Train, "host/1", 1L), (record.Status, record.Kind, record.Owner, record.Epoch));
    }

    [ContractFact]
    public async Task Running_lease_keeps_others_away_and_names_its_owner()
    {
        await using var store = await OpenAsync();
        await ClaimedAsync(store.Ledger, Train("a"), "host/1");
        var held = Assert.IsType<TrialClaim.HeldByOther>(await store.Ledger.ClaimAsync(Train("a"), "host/2", Minute, None));
        Assert.Equal("host/1", held.Owner);
        Assert.Equal((await RecordAsync(store.Ledger, Train("a").Key)).LeasedUntil, held.Until);
    }

    [ContractFact]
    public async Task Ended_lease_is_taken_over_with_the_next_epoch_and_its_checkpoint()
    {
        await using var store = await OpenAsync();
        var first = await ClaimedAsync(store.Ledger, Train("a"), "host/1");
        Assert.True(await store.Ledger.RecordCheckpointAsync(first, new TrialCheckpoint("c0ffee", 4), None));
        await store.AdvanceAsync(2 * Minute);
        var claim = Assert.IsType<TrialClaim.Claimed>(await store.Ledger.ClaimAsync(Train("a"), "host/2", Minute, None));
        Assert.Equal(2, claim.Lease.Epoch);
        Assert.Equal(new TrialCheckpoint("c0ffee", 4), claim.Checkpoint);
        Assert.Equal(1, claim.Attempts);
    }

    [ContractFact]
    public async Task Same_owner_takes_over_its_own_running_lease()
    {
        await using var store = await OpenAsync();
        await ClaimedAsync(store.Ledger, Train("a"), "host/1");
        Assert.Equal(2, (await ClaimedAsync(store.Ledger, Train("a"), "host/1")).Epoch);
    }

    [ContractFact]
    public async Task Renewed_lease_lasts()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Train("a"), "host/1");
        await store.AdvanceAsync(0.9 * Minute);
        Assert.True(await store.Ledger.RenewAsync(lease, Minute, None));
        await store.AdvanceAsync(0.9 * Minute);
        Assert.IsType<TrialClaim.HeldByOther>(await store.Ledger.ClaimAsync(Train("a"), "host/2", Minute, None));
    }

    [ContractFact]
    public async Task Ended_lease_that_nobody_took_may_still_finish()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Train("a"));
        await store.AdvanceAsync(5 * Minute);
        Assert.True(await store.Ledger.RenewAsync(lease, Minute, None));
        await store.AdvanceAsync(5 * Minute);
        Assert.True(await store.Ledger.FinishAsync(lease, Trained(0.1), [], None));
    }

    [ContractFact]
    public async Task Every_write_of_an_old_epoch_is_counted_and_changes_nothing()
    {
        await using var store = await OpenAsync();
        var old = await ClaimedAsync(store.Ledger, Train("a"), "host/1");
        await store.AdvanceAsync(2 * Minute);
        var current = await ClaimedAsync(store.Ledger, Train("a"), "host/2");
        Assert.False(await store.Ledger.RenewAsync(old, Minute, None));
        Assert.False(await store.Ledger.RecordCheckpointAsync(old, new TrialCheckpoint("bad", 1), None));
        Assert.False(await store.Ledger.FinishAsync(old, Trained(9), [new(RowSet.Validation, "m", "t", 1, 2)], None));
        Assert.False(await store.Ledger.FailAsync(old, "no", false, None));
        Assert.False(await store.Ledger.ReleaseAsync(old, None));
        var record = await RecordAsync(store.Ledger, current.Key);
        Assert.Equal((TrialStatus.Claimed, 2L, "host/2", 5), (record.Status, record.Epoch, record.Owner, record.StaleReports));
        Assert.Null(record.Checkpoint);
        Assert.Empty(await store.Ledger.PredictionsAsync(current.Key, None));
        Assert.True(await store.Ledger.FinishAsync(current, Trained(0.2), [], None));
    }

    [ContractFact]
    public async Task Finished_trial_keeps_its_result_and_predictions_as_given()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Train("a"));
        TrialPrediction[] predictions =
        [
            new(RowSet.Validation, "mp-2", "e_form", -1.0000000000000002, -1),
            new(RowSet.Validation, "mp-10", "e_form", 1e-300, 0.1 + 0.2),
            new(RowSet.Validation, "mp-1 'quoted'; --", "e_form", double.MaxValue, double.NaN),
        ];
        var result = Trained(0.1 + 0.2, "beef");
        Assert.True(await store.Ledger.RecordCheckpointAsync(lease, new TrialCheckpoint("c0ffee", 4), None));
        Assert.True(await store.Ledger.FinishAsync(lease, result, predictions, None));
        Assert.Equal(predictions, await store.Ledger.PredictionsAsync(lease.Key, None));
        var record = await RecordAsync(store.Ledger, lease.Key);
        Assert.Equal(TrialStatus.Finished, record.Status);
        Assert.Null(record.Checkpoint);
        Assert.Equal(Json(result), Json(record.Result));
        var again = Assert.IsType<TrialClaim.AlreadyFinished>(await store.Ledger.ClaimAsync(Train("a"), "host/2", Minute, None));
        Assert.Equal(Json(result), Json(again.Result));
    }

    [ContractFact]
    public async Task Training_whose_weights_were_lost_can_be_claimed_and_finished_again()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Train("a"));
        TrialPrediction[] predictions = [new(RowSet.Validation, "mp-2", "e_form", -1, -1.5)];
        Assert.True(await store.Ledger.FinishAsync(lease, Trained(0.1, "beef"), predictions, None));

        await store.Ledger.ReopenAsync(lease.Key, "other", None);
        Assert.IsType<TrialClaim.AlreadyFinished>(await store.Ledger.ClaimAsync(Train("a"), "host/2", Minute, None));

        await store.Ledger.ReopenAsync(lease.Key, "beef", None);
        await store.Ledger.ReopenAsync(lease.Key, "beef", None);
        await store.Ledger.ReopenAsync(Train("unknown").Key, "beef", None);
        var record = await RecordAsync(store.Ledger, lease.Key);
        Assert.Equal((TrialStatus.Released, Json(Trained(0.1, "beef"))), (record.Status, Json(record.Result)));
        Assert.Empty(await store.Ledger.PredictionsAsync(lease.Key, None));
        var again = Assert.IsType<TrialClaim.Claimed>(await store.Ledger.ClaimAsync(Train("a"), "host/2", Minute, None));
        Assert.Equal((2L, 0), (again.Lease.Epoch, again.Attempts));
        Assert.Null(again.Checkpoint);

        await store.Ledger.ReopenAsync(lease.Key, "beef", None);
        Assert.True(await store.Ledger.FinishAsync(again.Lease, Trained(0.1, "beef"), predictions, None));
        Assert.Equal(predictions, await store.Ledger.PredictionsAsync(lease.Key, None));
    }

    [ContractFact]
    public async Task A_text_with_an_escape_in_it_comes_back_as_it_was()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Train("a"));
        var result = Trained(0.5) with { Info = Trained(0.5).Info.Add("note", @"C:\u0000, \\u0000 and \\\u0000 ""quoted""") };
        Assert.True(await store.Ledger.FinishAsync(lease, result, [], None));
        Assert.Equal(Json(result), Json((await RecordAsync(store.Ledger, lease.Key)).Result));
    }

    [ContractFact]
    public async Task Finishing_twice_under_one_lease_is_one_finish()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Evaluate("a"));
        TrialPrediction[] predictions = [new(RowSet.Test, "m", "t", 1, 2)];
        Assert.True(await store.Ledger.FinishAsync(lease, Evaluated(3), predictions, None));
        Assert.True(await store.Ledger.FinishAsync(lease, Evaluated(3), predictions, None));
        Assert.Single(await store.Ledger.PredictionsAsync(lease.Key, None));
        Assert.Equal(1, Assert.Single(await store.Ledger.CountTestLooksAsync(None)).Looks);
        Assert.False(await store.Ledger.FailAsync(lease, "too late", false, None));
        Assert.Equal(TrialStatus.Finished, (await RecordAsync(store.Ledger, lease.Key)).Status);
    }

    [ContractFact]
    public async Task Result_of_the_wrong_kind_is_refused()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Train("a"));
        await Assert.ThrowsAsync<ArgumentException>(() => store.Ledger.FinishAsync(lease, Evaluated(1), [], None));
        Assert.Equal(TrialStatus.Claimed, (await RecordAsync(store.Ledger, lease.Key)).Status);
    }

    [ContractFact]
    public async Task Failed_trial_can_be_claimed_again_with_its_checkpoint()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Train("a"), "host/1");
        await store.Ledger.RecordCheckpointAsync(lease, new TrialCheckpoint("c0ffee", 2), None);
        Assert.True(await store.Ledger.FailAsync(lease, "disk full: /tmp", true, None));
        var record = await RecordAsync(store.Ledger, lease.Key);
        Assert.Equal((TrialStatus.Failed, "disk full: /tmp", true, 1L), (record.Status, record.Failure, record.TransientFailure, record.Epoch));
        var claim = Assert.IsType<TrialClaim.Claimed>(await store.Ledger.ClaimAsync(Train("a"), "host/2", Minute, None));
        Assert.Equal((2L, 2, 0), (claim.Lease.Epoch, claim.Checkpoint!.Epochs, claim.Attempts));
        Assert.Null((await RecordAsync(store.Ledger, lease.Key)).Failure);
    }

    [ContractFact]
    public async Task Released_trial_can_be_claimed_at_once_and_no_worker_counts_as_lost()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Train("a"), "host/1");
        Assert.True(await store.Ledger.ReleaseAsync(lease, None));
        var claim = Assert.IsType<TrialClaim.Claimed>(await store.Ledger.ClaimAsync(Train("a"), "host/2", Minute, None));
        Assert.Equal((2L, 0), (claim.Lease.Epoch, claim.Attempts));
    }

    [ContractFact]
    public async Task Lost_workers_are_counted_in_a_row_until_a_checkpoint()
    {
        await using var store = await OpenAsync();
        for (var lost = 0; lost < 3; lost++)
        {
            var claim = Assert.IsType<TrialClaim.Claimed>(await store.Ledger.ClaimAsync(Train("a"), $"host/{lost}", Minute, None));
            Assert.Equal(lost, claim.Attempts);
            await store.AdvanceAsync(2 * Minute);
        }
        var lease = await ClaimedAsync(store.Ledger, Train("a"), "host/9");
        await store.Ledger.RecordCheckpointAsync(lease, new TrialCheckpoint("c0ffee", 1), None);
        Assert.Equal(0, (await RecordAsync(store.Ledger, lease.Key)).Attempts);
    }

    [ContractFact]
    public async Task Leases_of_a_dead_owner_end_at_once()
    {
        await using var store = await OpenAsync();
        var mine = await ClaimedAsync(store.Ledger, Train("a"), "dead/1");
        await ClaimedAsync(store.Ledger, Train("b"), "dead/2");
        await ClaimedAsync(store.Ledger, Train("c"), "alive/1");
        Assert.Equal(["alive/1", "dead/1", "dead/2"], await store.Ledger.OwnersAsync(None));
        Assert.Equal(1, await store.Ledger.ExpireAsync("dead/1", None));
        Assert.Equal(["alive/1", "dead/2"], await store.Ledger.OwnersAsync(None));
        Assert.Equal(2, (await ClaimedAsync(store.Ledger, Train("a"), "alive/2")).Epoch);
        Assert.False(await store.Ledger.RenewAsync(mine, Minute, None));
        Assert.IsType<TrialClaim.HeldByOther>(await store.Ledger.ClaimAsync(Train("c"), "alive/2", Minute, None));
    }

    [ContractFact]
    public async Task Claimed_trials_are_listed_until_they_end_and_their_lapsed_leases_show()
    {
        await using var store = await OpenAsync();
        Assert.Empty(await store.Ledger.ClaimedAsync(None));
        var lapsing = await ClaimedAsync(store.Ledger, Train("a"), "host/1");
        await store.AdvanceAsync(2 * Minute);
        await ClaimedAsync(store.Ledger, Train("b"), "host/2");
        foreach (var (name, end) in new (string, Func<TrialLease, Task>)[]
        {
            ("c", lease => store.Ledger.FinishAsync(lease, Trained(1), [], None)),
            ("d", lease => store.Ledger.FailAsync(lease, "no", false, None)),
            ("e", lease => store.Ledger.ReleaseAsync(lease, None)),
        }) await end(await ClaimedAsync(store.Ledger, Train(name)));
        var claimed = (await store.Ledger.ClaimedAsync(None)).ToDictionary(trial => trial.Owner);
        Assert.Equal(["host/1", "host/2"], claimed.Keys.Order());
        Assert.Equal(lapsing.Key, claimed["host/1"].Key);
        Assert.InRange(claimed["host/1"].Age, 2 * Minute, 3 * Minute);
        Assert.InRange(claimed["host/1"].LeaseLeft, -2 * Minute, -0.5 * Minute);
        Assert.InRange(claimed["host/2"].Age, TimeSpan.Zero, 0.5 * Minute);
        Assert.InRange(claimed["host/2"].LeaseLeft, 0.5 * Minute, Minute);
    }

    [ContractFact]
    public async Task A_clock_that_jumps_ahead_costs_an_attempt_at_most()
    {
        await using var store = await OpenAsync();
        var (first, second) = (await ClaimedAsync(store.Ledger, Train("a"), "host/1"), await ClaimedAsync(store.Ledger, Train("b"), "host/1"));
        Assert.True(await store.Ledger.RecordCheckpointAsync(second, new TrialCheckpoint("c0ffee", 4), None));
        await store.AdvanceAsync(600 * Minute);
        // Whoever renews first keeps it.
        Assert.True(await store.Ledger.RenewAsync(first, Minute, None));
        Assert.IsType<TrialClaim.HeldByOther>(await store.Ledger.ClaimAsync(Train("a"), "host/2", Minute, None));
        Assert.True(await store.Ledger.FinishAsync(first, Trained(0.1), [], None));
        // Taken over meanwhile, it goes on from its checkpoint, and there is one result.
        var taken = Assert.IsType<TrialClaim.Claimed>(await store.Ledger.ClaimAsync(Train("b"), "host/2", Minute, None));
        Assert.Equal(new TrialCheckpoint("c0ffee", 4), taken.Checkpoint);
        Assert.False(await store.Ledger.RenewAsync(second, Minute, None));
        Assert.False(await store.Ledger.FinishAsync(second, Trained(0.2), [], None));
        Assert.True(await store.Ledger.FinishAsync(taken.Lease, Trained(0.3), [], None));
        Assert.Equal(0.3, ((TrainResult)(await RecordAsync(store.Ledger, Train("b").Key)).Result!).Score.Value);
    }

    [ContractFact]
    public async Task A_clock_that_is_set_back_keeps_no_trial_of_a_dead_worker()
    {
        await using var store = await OpenAsync();
        await ClaimedAsync(store.Ledger, Train("dead"), "dead/1");
        var alive = await ClaimedAsync(store.Ledger, Train("alive"), "alive/1");
        await store.AdvanceAsync(-600 * Minute);
        // Its lease ends ten hours from now, which no claim of now could say.
        Assert.True(await store.Ledger.RenewAsync(alive, Minute, None));
        Assert.IsType<TrialClaim.HeldByOther>(await store.Ledger.ClaimAsync(Train("alive"), "host/2", Minute, None));
        Assert.Equal(2, (await ClaimedAsync(store.Ledger, Train("dead"), "host/2")).Epoch);
        Assert.True(await store.Ledger.FinishAsync(alive, Trained(0.1), [], None));
    }

    [ContractFact]
    public async Task Of_many_claims_at_once_one_wins()
    {
        await using var store = await OpenAsync();
        for (var round = 0; round < 5; round++)
        {
            var spec = Train($"contested-{round}");
            var claims = await Task.WhenAll(Enumerable.Range(0, 8)
                .Select(i => Task.Run(() => store.Ledger.ClaimAsync(spec, $"host/{i}", Minute, None))));
            Assert.Equal(1, claims.Count(claim => claim is TrialClaim.Claimed));
            Assert.Equal(7, claims.Count(claim => claim is TrialClaim.HeldByOther));
        }
    }

    [ContractFact]
    public async Task Spec_is_kept_and_found_by_key_and_by_its_beginning()
    {
        await using var store = await OpenAsync();
        var spec = Train("größe 1e-3 µ");
        await ClaimedAsync(store.Ledger, spec);
        Assert.Equal(spec.Json, (await store.Ledger.SpecAsync(spec.Key, None))!.Json);
        Assert.Null(await store.Ledger.SpecAsync(Train("unknown").Key, None));
        Assert.Equal([spec.Key], await store.Ledger.CompleteKeyAsync(spec.Key.Short, 2, None));
        Assert.Empty(await store.Ledger.CompleteKeyAsync("%", 2, None));
    }

    [ContractFact]
    public async Task Unknown_keys_are_missing_from_the_answer()
    {
        await using var store = await OpenAsync();
        await ClaimedAsync(store.Ledger, Train("a"));
        var found = await store.Ledger.FindAsync([Train("a").Key, Train("b").Key], None);
        Assert.Equal([Train("a").Key], found.Keys);
        Assert.Empty(await store.Ledger.FindAsync([], None));
        Assert.False(await store.Ledger.RenewAsync(new TrialLease(Train("b").Key, 1), Minute, None));
    }

    [ContractFact]
    public async Task Looks_at_test_rows_are_counted_by_data_set_target_and_rows()
    {
        await using var store = await OpenAsync();
        foreach (var (name, rows) in new[] { ("a", "fold0"), ("b", "fold0"), ("c", "fold1") })
            Assert.True(await store.Ledger.FinishAsync(await ClaimedAsync(store.Ledger, Evaluate(name)), Evaluated(1, rows: rows), [], None));
        await store.Ledger.FailAsync(await ClaimedAsync(store.Ledger, Evaluate("d")), "died", false, None);
        Assert.Equal(
            [new TestLookCount("phonons", "last_peak", "fold0", 253, 2), new TestLookCount("phonons", "last_peak", "fold1", 253, 1)],
            await store.Ledger.CountTestLooksAsync(None));
    }

    static string Json(TrialResult? result) => JsonSerializer.Serialize(result, StudyJson.Options);
}
