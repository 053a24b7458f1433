-- What a round of active learning chose is no training: it has neither a size nor an error of its own, and so no place on a curve and among the best.
SET LOCAL search_path = atomsets;

CREATE OR REPLACE VIEW run_source AS
SELECT
    n.study_id, n.node, n.ordinal, n.kind, coalesce(n.grp, n.node) AS configuration, n.replicate, n.status,
    n.labels ->> 'role' AS role,
    coalesce(n.labels ->> 'model', t.spec -> 'model' ->> 'kind') AS model,
    -- All weights taken over: the network is the parent's.
    coalesce(t.spec -> 'model' ->> 'kind', (SELECT p.spec -> 'model' ->> 'kind' FROM trials p WHERE p.key = t.spec -> 'transfer' ->> 'parent')) AS family,
    coalesce(n.labels ->> 'mode', t.spec -> 'transfer' ->> 'mode') AS mode,
    coalesce(t.spec -> 'transfer' ->> 'mode', n.labels ->> 'mode') AS method,
    n.labels ->> 'source' AS source,
    whole_number(n.labels ->> 'source_rows') AS source_size,
    coalesce(n.labels ->> 'target', t.spec -> 'data' ->> 'target') AS target,
    coalesce(n.labels ->> 'data', t.spec -> 'data' ->> 'set') AS data_set,
    coalesce(n.labels ->> 'property', t.spec -> 'data' ->> 'target') AS property,
    CASE WHEN NOT c.chooses THEN whole_number(coalesce(n.labels ->> 'size', n.labels ->> 'rows', t.spec -> 'data' ->> 'rows')) END AS size,
    whole_number(coalesce(n.labels ->> 'seed', t.spec ->> 'seed')) AS seed,
    coalesce(n.labels ->> 'fold', t.spec -> 'data' ->> 'fold') AS fold,
    settings_of(n.labels) AS settings,
    CASE WHEN NOT c.chooses THEN t.val_metric END AS val_metric, CASE WHEN NOT c.chooses THEN t.val_error END AS val_error,
    e.test_metric, e.test_error, CASE WHEN NOT c.chooses THEN coalesce(e.test_unit, t.val_unit) END AS unit,
    t.epochs, t.best_epoch, CASE WHEN NOT c.chooses THEN t.stop END AS stop, t.seconds, e.seconds AS test_seconds, t.parameters, t.owner AS worker,
    t.id AS trial_id, e.node AS test_node, e.id AS test_id,
    n.trial_key IS NOT NULL AND EXISTS (SELECT FROM study_nodes o WHERE o.trial_key = n.trial_key AND o.ordinal < n.ordinal) AS repeats
FROM study_nodes n
CROSS JOIN LATERAL (SELECT n.labels ->> 'role' IS NOT DISTINCT FROM 'acquisition' AS chooses) c
LEFT JOIN trials t ON t.key = n.trial_key
LEFT JOIN LATERAL (
    SELECT en.node, et.id, et.test_metric, et.test_error, et.test_unit, et.seconds
    FROM trial_parents p
    JOIN trials et ON et.id = p.trial_id AND et.kind = 'evaluate' AND et.status = 'finished'
    JOIN study_nodes en ON en.trial_key = et.key AND en.study_id = n.study_id
    WHERE p.parent_id = t.id ORDER BY en.ordinal LIMIT 1
) e ON true
WHERE n.kind = 'train'
UNION ALL
SELECT
    n.study_id, n.node, n.ordinal, n.kind, coalesce(n.grp, n.node), n.replicate, n.status, n.labels ->> 'role',
    n.labels ->> 'model', NULL, n.labels ->> 'mode', n.labels ->> 'mode', n.labels ->> 'source', whole_number(n.labels ->> 'source_rows'),
    coalesce(n.labels ->> 'target', t.spec -> 'data' ->> 'target'), coalesce(n.labels ->> 'data', t.spec -> 'data' ->> 'set'),
    coalesce(n.labels ->> 'property', t.spec -> 'data' ->> 'target'),
    whole_number(coalesce(n.labels ->> 'size', n.labels ->> 'rows')), whole_number(n.labels ->> 'seed'), n.labels ->> 'fold', settings_of(n.labels),
    NULL, NULL, t.test_metric, t.test_error, t.test_unit,
    NULL, NULL, NULL, NULL, t.seconds, NULL, t.owner,
    NULL, n.node, t.id,
    EXISTS (SELECT FROM study_nodes o WHERE o.trial_key = n.trial_key AND o.ordinal < n.ordinal)
FROM study_nodes n
JOIN trials t ON t.key = n.trial_key
WHERE n.kind = 'evaluate' AND NOT EXISTS (SELECT FROM trial_parents p WHERE p.trial_id = t.id);

-- What is known already, by the same rule.
UPDATE runs SET size = NULL, val_metric = NULL, val_error = NULL, unit = NULL, stop = NULL WHERE role = 'acquisition';
UPDATE configurations SET size = NULL, val_runs = 0, val_sum = 0, val_squares = 0, capped = 0, metric = NULL, unit = NULL, other_unit = NULL WHERE role = 'acquisition';

COMMENT ON VIEW result_rows IS 'One row per training run of a study with its test evaluation (and per evaluation of a model that no study trained). val_error and test_error are in unit; stop is plateau, cap or paused (at a rung of a search); fold is the part tested on, where a target has several; size and source_size are training rows; role is pretrain, transfer or acquisition (the choice of rows by a round of active learning, which has no size and no error); model and mode are the study''s names, family and method the program''s; settings is what a search drew.';
