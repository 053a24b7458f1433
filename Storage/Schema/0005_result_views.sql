-- Fills the tables of results from what a database holds already, and shows them to whoever asks in SQL.

SET LOCAL search_path = atomsets;

-- All of it anew, from the tables that it is derived from.
CREATE FUNCTION rebuild_results() RETURNS void LANGUAGE plpgsql SET search_path = atomsets AS $$
BEGIN
    TRUNCATE runs, configurations, material_errors, worker_costs;
    INSERT INTO runs SELECT * FROM run_source ORDER BY study_id, ordinal;
    ANALYZE runs;
    INSERT INTO configurations SELECT * FROM configuration_source ORDER BY study_id, ordinal;
    UPDATE configurations c SET pairs = p.pairs, wins = p.wins, pair_sum = p.pair_sum, pair_scratch = p.pair_scratch
    FROM pair_source p WHERE c.study_id = p.study_id AND c.configuration = p.configuration;
    INSERT INTO material_errors
    SELECT n.study_id, coalesce(n.labels ->> 'target', ''), coalesce(n.labels ->> 'mode', ''), coalesce(n.labels ->> 'data', ''), p.target, coalesce(t.test_unit, ''), p.material_id,
        count(*), sum(abs(p.value - p.truth)), sum(p.value - p.truth), sum(p.truth)
    FROM study_nodes n
    JOIN trials t ON t.key = n.trial_key
    JOIN predictions p ON p.trial_id = t.id AND p.row_set = 'test'
    WHERE n.kind = 'evaluate' AND n.status = 'finished'
    GROUP BY 1, 2, 3, 4, 5, 6, 7;
    INSERT INTO worker_costs
    SELECT owner, kind, coalesce(spec -> 'model' ->> 'kind', ''), coalesce(result -> 'info' ->> 'machine', ''), coalesce(result -> 'info' ->> 'device', ''),
        count(*), coalesce(sum(epochs), 0), coalesce(sum(seconds), 0), min(coalesce(ended_at, created_at)), max(coalesce(ended_at, created_at))
    FROM trials WHERE status = 'finished' GROUP BY 1, 2, 3, 4, 5;
    ANALYZE configurations, material_errors, worker_costs;
END
$$;
SELECT rebuild_results();

DROP VIEW result_rows;
CREATE VIEW result_rows AS
SELECT
    s.name AS study, r.node, CASE WHEN r.kind = 'train' THEN r.configuration END AS grp, r.replicate, r.status, r.role, r.model, r.mode, r.source, r.source_size,
    r.target, r.data_set, r.property, r.size, r.seed, r.val_metric, r.val_error, r.test_metric, r.test_error, r.unit,
    r.epochs, r.best_epoch, r.stop, CASE WHEN r.kind = 'train' THEN r.seconds ELSE r.test_seconds END AS seconds, r.parameters,
    CASE WHEN r.kind = 'train' THEN n.trial_key END AS key, r.test_node, e.key AS test_key, n.reason, n.labels, r.ordinal, r.fold,
    r.family, r.method, r.settings, r.test_seconds, r.worker
FROM runs r
JOIN studies s ON s.id = r.study_id
LEFT JOIN trials e ON e.id = r.test_id
LEFT JOIN study_nodes n ON n.study_id = r.study_id AND n.node = r.node;
COMMENT ON VIEW result_rows IS 'One row per training run of a study with its test evaluation (and per evaluation of a model that no study trained). val_error and test_error are in unit; stop is plateau, cap or paused (at a rung of a search); fold is the part tested on, where a target has several; size and source_size are training rows; role is pretrain or transfer; model and mode are the study''s names, family and method the program''s; settings is what a search drew.';

CREATE VIEW configuration_rows AS
SELECT
    s.name AS study, c.configuration, c.role, c.model, c.family, c.mode, c.method, c.source, c.source_size, c.target, c.data_set, c.property, c.size, c.settings,
    c.runs, c.failed, c.pending, c.skipped, c.paused, c.capped, c.metric, c.unit,
    c.val_error, CASE WHEN c.val_runs > 1 THEN sqrt(greatest(c.val_squares - c.val_sum * c.val_sum / c.val_runs, 0) / (c.val_runs - 1) / c.val_runs) END AS val_se,
    c.test_error, CASE WHEN c.test_runs > 1 THEN sqrt(greatest(c.test_squares - c.test_sum * c.test_sum / c.test_runs, 0) / (c.test_runs - 1) / c.test_runs) END AS test_se,
    c.pairs, c.wins, c.pair_sum / nullif(c.pair_scratch, 0) AS ratio_to_scratch,
    c.trials, c.epochs, c.spent / 3600 AS core_hours, c.parameters, c.ordinal
FROM configurations c JOIN studies s ON s.id = c.study_id;
COMMENT ON VIEW configuration_rows IS 'One row per configuration of a study: means and standard errors over its replicates. val_error is null until all of them have ended well. pairs counts runs beside a run from scratch of the same size, fold and seed, wins those with the lower test error.';

CREATE VIEW material_rows AS
SELECT s.name AS study, nullif(m.target, '') AS target, nullif(m.mode, '') AS mode, nullif(m.data_set, '') AS data_set, m.property, nullif(m.unit, '') AS unit, m.material_id, m.predictions,
    m.truth_sum / m.predictions AS truth, m.error_sum / m.predictions AS mean_abs_error, m.residual_sum / m.predictions AS mean_residual
FROM material_errors m JOIN studies s ON s.id = m.study_id WHERE m.predictions > 0;
COMMENT ON VIEW material_rows IS 'One row per study, target, mode and test material: mean errors over the study''s test evaluations, residual = prediction - truth.';

CREATE VIEW cost_rows AS
SELECT worker, nullif(machine, '') AS machine, nullif(device, '') AS device, kind, nullif(family, '') AS family, trials, epochs, seconds, seconds / 3600 AS core_hours, first_at, last_at
FROM worker_costs;
COMMENT ON VIEW cost_rows IS 'One row per worker and kind of trial: finished trials (each once, whichever studies have it), their epochs and seconds in the worker.';
