-- Folds of a target, and searches that pause.
CREATE OR REPLACE VIEW result_rows AS
SELECT
    s.name AS study, n.node, n.grp, n.replicate, n.status,
    n.labels ->> 'role' AS role,
    coalesce(n.labels ->> 'model', t.spec -> 'model' ->> 'kind') AS model,
    coalesce(n.labels ->> 'mode', t.spec -> 'transfer' ->> 'mode') AS mode,
    n.labels ->> 'source' AS source,
    whole_number(n.labels ->> 'source_rows') AS source_size,
    coalesce(n.labels ->> 'target', t.spec -> 'data' ->> 'target') AS target,
    coalesce(n.labels ->> 'data', t.spec -> 'data' ->> 'set') AS data_set,
    coalesce(n.labels ->> 'property', t.spec -> 'data' ->> 'target') AS property,
    whole_number(coalesce(n.labels ->> 'size', n.labels ->> 'rows', t.spec -> 'data' ->> 'rows')) AS size,
    whole_number(coalesce(n.labels ->> 'seed', t.spec ->> 'seed')) AS seed,
    t.val_metric, t.val_error, e.test_metric, e.test_error, coalesce(e.test_unit, t.val_unit) AS unit,
    t.epochs, t.best_epoch, t.stop, t.seconds, t.parameters,
    t.key, e.node AS test_node, e.key AS test_key, n.reason, n.labels, n.ordinal,
    coalesce(n.labels ->> 'fold', t.spec -> 'data' ->> 'fold') AS fold
FROM study_nodes n
JOIN studies s ON s.id = n.study_id
LEFT JOIN trials t ON t.key = n.trial_key
LEFT JOIN LATERAL (
    SELECT en.node, et.key, et.test_metric, et.test_error, et.test_unit
    FROM trial_parents p
    JOIN trials et ON et.id = p.trial_id AND et.kind = 'evaluate' AND et.status = 'finished'
    JOIN study_nodes en ON en.trial_key = et.key AND en.study_id = n.study_id
    WHERE p.parent_id = t.id
) e ON true
WHERE n.kind = 'train'
UNION ALL
SELECT
    s.name, n.node, n.grp, n.replicate, n.status, n.labels ->> 'role',
    n.labels ->> 'model', n.labels ->> 'mode', n.labels ->> 'source', whole_number(n.labels ->> 'source_rows'),
    coalesce(n.labels ->> 'target', t.spec -> 'data' ->> 'target'), coalesce(n.labels ->> 'data', t.spec -> 'data' ->> 'set'),
    coalesce(n.labels ->> 'property', t.spec -> 'data' ->> 'target'),
    whole_number(coalesce(n.labels ->> 'size', n.labels ->> 'rows')), whole_number(n.labels ->> 'seed'),
    NULL, NULL, t.test_metric, t.test_error, t.test_unit,
    NULL, NULL, NULL, t.seconds, NULL,
    NULL, n.node, t.key, n.reason, n.labels, n.ordinal, n.labels ->> 'fold'
FROM study_nodes n
JOIN studies s ON s.id = n.study_id
JOIN trials t ON t.key = n.trial_key
WHERE n.kind = 'evaluate' AND NOT EXISTS (SELECT FROM trial_parents p WHERE p.trial_id = t.id);
COMMENT ON VIEW result_rows IS 'One row per training run of a study and per test evaluation of it (and per evaluation of a model that no study trained). val_error and test_error are in unit; stop is plateau, cap or paused (at a rung of a search); fold is the part tested on, where a target has several; size and source_size are training rows; role is pretrain or transfer.';
