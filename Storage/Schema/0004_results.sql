-- Results as they are asked for: derived from study_nodes, trials and predictions in the transaction that writes those, so that a question
-- about a million trials reads rows by the thousand. All of it can be made anew: SELECT rebuild_results().
SET LOCAL search_path = atomsets;

-- One row per training run of a study, with its test evaluation, and per evaluation of a model that no study trained.
CREATE TABLE runs (
    study_id      bigint NOT NULL REFERENCES studies ON DELETE CASCADE,
    node          text COLLATE "C" NOT NULL,
    ordinal       bigint NOT NULL,
    kind          text COLLATE "C" NOT NULL,
    configuration text COLLATE "C" NOT NULL,  -- whose replicate it is; its node where it is nobody's
    replicate     integer,
    status        text COLLATE "C" NOT NULL,
    role          text COLLATE "C",
    model         text COLLATE "C",           -- as the study calls it
    family        text COLLATE "C",           -- megnet, cgcnn, ...
    mode          text COLLATE "C",           -- as the study calls it
    method        text COLLATE "C",           -- scratch, full, ...
    source        text COLLATE "C",
    source_size   bigint,
    target        text COLLATE "C",
    data_set      text COLLATE "C",
    property      text COLLATE "C",
    size          bigint,
    seed          bigint,
    fold          text COLLATE "C",
    settings      jsonb,                      -- what a search drew for it
    val_metric    text COLLATE "C",
    val_error     double precision,
    test_metric   text COLLATE "C",
    test_error    double precision,
    unit          text COLLATE "C",
    epochs        integer,
    best_epoch    integer,
    stop          text COLLATE "C",
    seconds       double precision,
    test_seconds  double precision,
    parameters    bigint,
    worker        text COLLATE "C",
    trial_id      bigint,
    test_node     text COLLATE "C",
    test_id       bigint,
    repeats       boolean NOT NULL,           -- an earlier node, of this study or another, has or had the same trial
    PRIMARY KEY (study_id, node)
) WITH (fillfactor = 85);
CREATE INDEX runs_in_order ON runs (study_id, ordinal);
CREATE INDEX runs_of_configuration ON runs (study_id, configuration);
CREATE INDEX runs_of_trial ON runs (trial_id);
CREATE INDEX runs_of_model ON runs (model, study_id, ordinal);
CREATE INDEX runs_of_family ON runs (family, study_id, ordinal);
CREATE INDEX runs_tested ON runs (study_id, target, size) WHERE test_error IS NOT NULL;
CREATE INDEX runs_baseline ON runs (study_id, target, size, seed) WHERE method = 'scratch' AND test_error IS NOT NULL;
CREATE INDEX runs_by_cost ON runs ((coalesce(seconds, 0) + coalesce(test_seconds, 0)) DESC, study_id, ordinal) WHERE coalesce(seconds, test_seconds) IS NOT NULL;
CREATE INDEX runs_repeating ON runs (study_id) WHERE repeats;

-- One row per configuration of a study: sums over its replicates. What paused at a rung is no result, but its time was spent.
CREATE TABLE configurations (
    study_id      bigint NOT NULL REFERENCES studies ON DELETE CASCADE,
    configuration text COLLATE "C" NOT NULL,
    ordinal       bigint NOT NULL,
    role          text COLLATE "C",
    model         text COLLATE "C",
    family        text COLLATE "C",
    mode          text COLLATE "C",
    method        text COLLATE "C",
    source        text COLLATE "C",
    source_size   bigint,
    target        text COLLATE "C",
    data_set      text COLLATE "C",
    property      text COLLATE "C",
    size          bigint,
    settings      jsonb,
    runs          integer NOT NULL,
    failed        integer NOT NULL,
    pending       integer NOT NULL,
    skipped       integer NOT NULL,           -- left out when a budget was spent
    paused        integer NOT NULL,
    capped        integer NOT NULL,
    val_runs      integer NOT NULL,
    val_sum       double precision NOT NULL,
    val_squares   double precision NOT NULL,
    test_runs     integer NOT NULL,
    test_sum      double precision NOT NULL,
    test_squares  double precision NOT NULL,
    metric        text COLLATE "C",
    unit          text COLLATE "C",
    other_unit    text COLLATE "C",
    seconds       double precision NOT NULL,  -- of its finished runs
    trials        integer NOT NULL,           -- finished, those that paused and evaluations included
    epochs        bigint NOT NULL,
    spent         double precision NOT NULL,  -- by all these, in seconds
    parameters    bigint,
    -- Runs that have a run from scratch with the same size, fold and seed: how many, how many of them err less, and the sums of both errors.
    pairs         integer NOT NULL DEFAULT 0,
    wins          integer NOT NULL DEFAULT 0,
    pair_sum      double precision NOT NULL DEFAULT 0,
    pair_scratch  double precision NOT NULL DEFAULT 0,
    val_error     double precision GENERATED ALWAYS AS (CASE WHEN failed = 0 AND pending = 0 AND skipped = 0 AND val_runs > 0 THEN val_sum / val_runs END) STORED,
    test_error    double precision GENERATED ALWAYS AS (CASE WHEN test_runs > 0 THEN test_sum / test_runs END) STORED,
    PRIMARY KEY (study_id, configuration)
) WITH (fillfactor = 85);
CREATE INDEX configurations_best ON configurations (data_set, property, unit, size, val_error, study_id, ordinal) WHERE val_error IS NOT NULL;
CREATE INDEX configurations_tested ON configurations (study_id, target, size) WHERE test_runs > 0;

-- One row per study, way of transfer and test material: sums over the study's test evaluations.
CREATE TABLE material_errors (
    study_id    bigint NOT NULL REFERENCES studies ON DELETE CASCADE,
    target      text COLLATE "C" NOT NULL,   -- as the study calls it; empty where it has no name
    mode        text COLLATE "C" NOT NULL,
    data_set    text COLLATE "C" NOT NULL,
    property    text COLLATE "C" NOT NULL,
    unit        text COLLATE "C" NOT NULL,
    material_id text COLLATE "C" NOT NULL,
    predictions bigint NOT NULL,
    error_sum   double precision NOT NULL,   -- of |prediction - truth|
    residual_sum double precision NOT NULL,  -- of prediction - truth
    truth_sum   double precision NOT NULL,
    PRIMARY KEY (study_id, target, mode, data_set, property, unit, material_id)
) WITH (fillfactor = 60);

-- One row per worker and kind of trial: every finished trial once, whichever studies have it.
CREATE TABLE worker_costs (
    worker   text COLLATE "C" NOT NULL,
    kind     text COLLATE "C" NOT NULL,
    family   text COLLATE "C" NOT NULL,      -- empty where the trial's spec names no model of its own
    machine  text COLLATE "C" NOT NULL,
    device   text COLLATE "C" NOT NULL,
    trials   bigint NOT NULL,
    epochs   bigint NOT NULL,
    seconds  double precision NOT NULL,
    first_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL,
    PRIMARY KEY (worker, kind, family, machine, device)
) WITH (fillfactor = 50);

-- A study's nodes of one trial, found at once also in a study of a hundred thousand nodes.
CREATE INDEX study_nodes_of_trial ON study_nodes (trial_key, study_id) WHERE trial_key IS NOT NULL;
DROP INDEX study_nodes_trial_key_idx;

-- What the rows of these tables must be. Triggers and rebuild_results() copy from here, and nothing else says it a second time.

-- Labels that are columns; the others are what a search drew.
CREATE FUNCTION settings_of(labels jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(labels - ARRAY['role', 'data', 'property', 'unit', 'rows', 'size', 'source', 'source_rows', 'target', 'mode', 'model', 'seed', 'fold', 'rung'], '{}'::jsonb);

CREATE VIEW run_source AS
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
    whole_number(coalesce(n.labels ->> 'size', n.labels ->> 'rows', t.spec -> 'data' ->> 'rows')) AS size,
    whole_number(coalesce(n.labels ->> 'seed', t.spec ->> 'seed')) AS seed,
    coalesce(n.labels ->> 'fold', t.spec -> 'data' ->> 'fold') AS fold,
    settings_of(n.labels) AS settings,
    t.val_metric, t.val_error, e.test_metric, e.test_error, coalesce(e.test_unit, t.val_unit) AS unit,
    t.epochs, t.best_epoch, t.stop, t.seconds, e.seconds AS test_seconds, t.parameters, t.owner AS worker,
    t.id AS trial_id, e.node AS test_node, e.id AS test_id,
    n.trial_key IS NOT NULL AND EXISTS (SELECT FROM study_nodes o WHERE o.trial_key = n.trial_key AND o.ordinal < n.ordinal) AS repeats
FROM study_nodes n
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

CREATE VIEW configuration_source AS
SELECT
    study_id, configuration, min(ordinal) AS ordinal, min(role) AS role, min(model) AS model, min(family) AS family, min(mode) AS mode, min(method) AS method,
    min(source) AS source, min(source_size) AS source_size, min(target) AS target, min(data_set) AS data_set, min(property) AS property, min(size) AS size,
    min(settings::text)::jsonb AS settings,
    (count(*) FILTER (WHERE status = 'finished' AND stop IS DISTINCT FROM 'paused'))::integer AS runs,
    (count(*) FILTER (WHERE status IN ('failed', 'blocked')))::integer AS failed,
    (count(*) FILTER (WHERE status IN ('waiting', 'requested')))::integer AS pending,
    (count(*) FILTER (WHERE status = 'skipped'))::integer AS skipped,
    (count(*) FILTER (WHERE stop = 'paused'))::integer AS paused,
    (count(*) FILTER (WHERE stop = 'cap'))::integer AS capped,
    (count(val_error) FILTER (WHERE stop IS DISTINCT FROM 'paused'))::integer AS val_runs,
    coalesce(sum(val_error) FILTER (WHERE stop IS DISTINCT FROM 'paused'), 0) AS val_sum,
    coalesce(sum(val_error * val_error) FILTER (WHERE stop IS DISTINCT FROM 'paused'), 0) AS val_squares,
    count(test_error)::integer AS test_runs, coalesce(sum(test_error), 0) AS test_sum, coalesce(sum(test_error * test_error), 0) AS test_squares,
    min(coalesce(test_metric, val_metric)) AS metric, min(unit) AS unit, nullif(max(unit), min(unit)) AS other_unit,
    coalesce(sum(CASE kind WHEN 'train' THEN seconds ELSE test_seconds END) FILTER (WHERE stop IS DISTINCT FROM 'paused'), 0) AS seconds,
    (count(seconds) + count(test_seconds))::integer AS trials,
    coalesce(sum(epochs) FILTER (WHERE seconds IS NOT NULL), 0) AS epochs,
    coalesce(sum(seconds), 0) + coalesce(sum(test_seconds), 0) AS spent,
    max(parameters) AS parameters
FROM runs GROUP BY study_id, configuration;

-- Beside the run from scratch of the same size, fold and seed: of the same model, else of the only model that there is.
CREATE VIEW pair_source AS
SELECT r.study_id, r.target, r.size, r.configuration, count(*)::integer AS pairs, (count(*) FILTER (WHERE r.test_error < b.error))::integer AS wins,
    sum(r.test_error) AS pair_sum, sum(b.error) AS pair_scratch
FROM runs r
JOIN LATERAL (
    SELECT CASE WHEN bool_or(o.model = r.model) THEN avg(o.test_error) FILTER (WHERE o.model = r.model) WHEN min(o.model) = max(o.model) THEN avg(o.test_error) END AS error
    FROM runs o
    WHERE o.study_id = r.study_id AND o.target = r.target AND o.size = r.size AND o.method = 'scratch' AND o.test_error IS NOT NULL
        AND o.seed IS NOT DISTINCT FROM r.seed AND o.fold IS NOT DISTINCT FROM r.fold
) b ON b.error IS NOT NULL
WHERE r.test_error IS NOT NULL AND r.method <> 'scratch'
GROUP BY r.study_id, r.target, r.size, r.configuration;

CREATE FUNCTION refresh_pairs(of_study bigint, of_target text, of_size bigint) RETURNS void LANGUAGE sql SET search_path = atomsets AS $$
    UPDATE configurations c SET pairs = coalesce(p.pairs, 0), wins = coalesce(p.wins, 0), pair_sum = coalesce(p.pair_sum, 0), pair_scratch = coalesce(p.pair_scratch, 0)
    FROM configurations o LEFT JOIN pair_source p ON p.study_id = of_study AND p.target = of_target AND p.size = of_size AND p.configuration = o.configuration
    WHERE o.study_id = of_study AND o.target = of_target AND o.size = of_size AND (o.test_runs > 0 OR o.pairs > 0) AND c.study_id = of_study AND c.configuration = o.configuration
        AND (c.pairs, c.wins, c.pair_sum, c.pair_scratch) IS DISTINCT FROM (coalesce(p.pairs, 0), coalesce(p.wins, 0), coalesce(p.pair_sum, 0), coalesce(p.pair_scratch, 0))
$$;

-- Brings runs and configurations up to date with these nodes of a study, which were written or removed.
CREATE FUNCTION refresh_results(of_study bigint, nodes text[]) RETURNS void LANGUAGE plpgsql SET search_path = atomsets AS $$
DECLARE
    touched text[];
    changed text[];
    targets text[];
    sizes bigint[];
    place record;
BEGIN
    -- An evaluation shows in the row of the run that it evaluates.
    SELECT nodes || array_agg(r.node) INTO touched
    FROM study_nodes n JOIN trials t ON t.key = n.trial_key JOIN trial_parents p ON p.trial_id = t.id JOIN runs r ON r.trial_id = p.parent_id AND r.study_id = of_study
    WHERE n.study_id = of_study AND n.node = ANY (nodes) AND n.kind = 'evaluate';
    SELECT array_agg(DISTINCT configuration) INTO changed FROM runs WHERE study_id = of_study AND node = ANY (touched);
    -- Where test errors stood: there pairs may come apart.
    SELECT array_agg(target), array_agg(size) INTO targets, sizes
    FROM (SELECT DISTINCT target, size FROM configurations WHERE study_id = of_study AND configuration = ANY (changed) AND test_runs > 0) tested;
    DELETE FROM runs r WHERE r.study_id = of_study AND r.node = ANY (nodes)
        AND NOT EXISTS (SELECT FROM study_nodes n WHERE n.study_id = of_study AND n.node = r.node);
    WITH written AS (
        INSERT INTO runs AS r SELECT * FROM run_source WHERE study_id = of_study AND node = ANY (touched)
        ON CONFLICT (study_id, node) DO UPDATE SET
            (kind, configuration, replicate, status, role, model, family, mode, method, source, source_size, target, data_set, property, size, seed, fold, settings,
                val_metric, val_error, test_metric, test_error, unit, epochs, best_epoch, stop, seconds, test_seconds, parameters, worker, trial_id, test_node, test_id, repeats)
            = (excluded.kind, excluded.configuration, excluded.replicate, excluded.status, excluded.role, excluded.model, excluded.family, excluded.mode, excluded.method,
                excluded.source, excluded.source_size, excluded.target, excluded.data_set, excluded.property, excluded.size, excluded.seed, excluded.fold, excluded.settings,
                excluded.val_metric, excluded.val_error, excluded.test_metric, excluded.test_error, excluded.unit, excluded.epochs, excluded.best_epoch, excluded.stop,
                excluded.seconds, excluded.test_seconds, excluded.parameters, excluded.worker, excluded.trial_id, excluded.test_node, excluded.test_id, excluded.repeats)
        RETURNING configuration)
    SELECT array_agg(DISTINCT c) INTO changed FROM (SELECT unnest(changed) UNION ALL SELECT configuration FROM written) x (c);
    IF changed IS NULL THEN RETURN; END IF;
    INSERT INTO configurations SELECT * FROM configuration_source WHERE study_id = of_study AND configuration = ANY (changed)
    ON CONFLICT (study_id, configuration) DO UPDATE SET
        (ordinal, role, model, family, mode, method, source, source_size, target, data_set, property, size, settings, runs, failed, pending, skipped, paused, capped,
            val_runs, val_sum, val_squares, test_runs, test_sum, test_squares, metric, unit, other_unit, seconds, trials, epochs, spent, parameters)
        = (excluded.ordinal, excluded.role, excluded.model, excluded.family, excluded.mode, excluded.method, excluded.source, excluded.source_size, excluded.target,
            excluded.data_set, excluded.property, excluded.size, excluded.settings, excluded.runs, excluded.failed, excluded.pending, excluded.skipped, excluded.paused, excluded.capped,
            excluded.val_runs, excluded.val_sum, excluded.val_squares, excluded.test_runs, excluded.test_sum, excluded.test_squares, excluded.metric, excluded.unit,
            excluded.other_unit, excluded.seconds, excluded.trials, excluded.epochs, excluded.spent, excluded.parameters);
    DELETE FROM configurations c WHERE c.study_id = of_study AND c.configuration = ANY (changed)
        AND NOT EXISTS (SELECT FROM runs r WHERE r.study_id = of_study AND r.configuration = c.configuration);
    FOR place IN
        SELECT target, size FROM configurations WHERE study_id = of_study AND configuration = ANY (changed) AND test_runs > 0
        UNION
        SELECT * FROM unnest(targets, sizes)
    LOOP
        PERFORM refresh_pairs(of_study, place.target, place.size);
    END LOOP;
END
$$;

-- Adds (or, with -1, takes away) the test predictions of evaluations.
CREATE FUNCTION count_materials(of_study bigint, keys text[], labels jsonb[], signs integer[]) RETURNS void LANGUAGE sql SET search_path = atomsets AS $$
    INSERT INTO material_errors AS m
    SELECT of_study, coalesce(x.labels ->> 'target', ''), coalesce(x.labels ->> 'mode', ''), coalesce(x.labels ->> 'data', ''), p.target, coalesce(t.test_unit, ''), p.material_id,
        sum(x.sign), sum(x.sign * abs(p.value - p.truth)), sum(x.sign * (p.value - p.truth)), sum(x.sign * p.truth)
    FROM unnest(keys, labels, signs) x (key, labels, sign)
    JOIN trials t ON t.key = x.key
    JOIN predictions p ON p.trial_id = t.id AND p.row_set = 'test'
    GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
    ON CONFLICT (study_id, target, mode, data_set, property, unit, material_id) DO UPDATE SET predictions = m.predictions + excluded.predictions,
        error_sum = m.error_sum + excluded.error_sum, residual_sum = m.residual_sum + excluded.residual_sum, truth_sum = m.truth_sum + excluded.truth_sum
$$;

CREATE FUNCTION nodes_inserted() RETURNS trigger LANGUAGE plpgsql SET search_path = atomsets AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT study_id, array_agg(node::text) AS nodes FROM written WHERE kind IN ('train', 'evaluate') GROUP BY study_id LOOP
        PERFORM refresh_results(one.study_id, one.nodes);
    END LOOP;
    FOR one IN SELECT study_id, array_agg(trial_key::text) AS keys, array_agg(labels) AS labels, array_agg(1) AS signs
        FROM written WHERE kind = 'evaluate' AND status = 'finished' AND trial_key IS NOT NULL GROUP BY study_id
    LOOP
        PERFORM count_materials(one.study_id, one.keys, one.labels, one.signs);
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER results_of_inserted AFTER INSERT ON study_nodes REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION nodes_inserted();

CREATE FUNCTION nodes_updated() RETURNS trigger LANGUAGE plpgsql SET search_path = atomsets AS $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT study_id, array_agg(node::text) FILTER (WHERE begins) AS begun, array_agg(node::text) FILTER (WHERE NOT begins) AS others
        FROM (
            -- What only begins has no result to sum.
            SELECT w.study_id, w.node, w.status = 'requested' AND f.status = 'waiting' AND w.labels = f.labels AND w.grp IS NOT DISTINCT FROM f.grp AND w.kind = f.kind AS begins
            FROM written w JOIN former f ON f.study_id = w.study_id AND f.node = w.node WHERE w.kind IN ('train', 'evaluate')) changes
        GROUP BY study_id
    LOOP
        IF one.begun IS NOT NULL THEN UPDATE runs SET status = 'requested' WHERE study_id = one.study_id AND node = ANY (one.begun); END IF;
        IF one.others IS NOT NULL THEN PERFORM refresh_results(one.study_id, one.others); END IF;
    END LOOP;
    -- Evaluations that have finished are added, those that no longer stand are taken away, the others stay as they were counted.
    FOR one IN
        SELECT study_id, array_agg(trial_key::text) AS keys, array_agg(labels) AS labels, array_agg(sign) AS signs
        FROM (
            SELECT study_id, node, trial_key, labels, sum(sign)::integer AS sign
            FROM (
                SELECT study_id, node, trial_key, labels, 1 AS sign FROM written WHERE kind = 'evaluate' AND status = 'finished' AND trial_key IS NOT NULL
                UNION ALL
                SELECT study_id, node, trial_key, labels, -1 FROM former WHERE kind = 'evaluate' AND status = 'finished' AND trial_key IS NOT NULL) both_sides
            GROUP BY study_id, node, trial_key, labels HAVING sum(sign) <> 0) changes
        GROUP BY study_id
    LOOP
        PERFORM count_materials(one.study_id, one.keys, one.labels, one.signs);
        DELETE FROM material_errors WHERE study_id = one.study_id AND predictions = 0 AND -1 = ANY (one.signs);
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER results_of_updated AFTER UPDATE ON study_nodes REFERENCING OLD TABLE AS former NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION nodes_updated();

CREATE FUNCTION nodes_deleted() RETURNS trigger LANGUAGE plpgsql SET search_path = atomsets AS $$
DECLARE
    one record;
BEGIN
    -- With a study itself its rows go by themselves.
    FOR one IN
        SELECT study_id, array_agg(node::text) AS nodes FROM former WHERE kind IN ('train', 'evaluate') AND EXISTS (SELECT FROM studies s WHERE s.id = study_id) GROUP BY study_id
    LOOP
        PERFORM refresh_results(one.study_id, one.nodes);
    END LOOP;
    FOR one IN
        SELECT study_id, array_agg(trial_key::text) AS keys, array_agg(labels) AS labels, array_agg(-1) AS signs FROM former
        WHERE kind = 'evaluate' AND status = 'finished' AND trial_key IS NOT NULL AND EXISTS (SELECT FROM studies s WHERE s.id = study_id) GROUP BY study_id
    LOOP
        PERFORM count_materials(one.study_id, one.keys, one.labels, one.signs);
        DELETE FROM material_errors WHERE study_id = one.study_id AND predictions = 0;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER results_of_deleted AFTER DELETE ON study_nodes REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION nodes_deleted();

CREATE FUNCTION trial_finished() RETURNS trigger LANGUAGE plpgsql SET search_path = atomsets AS $$
BEGIN
    INSERT INTO worker_costs AS w VALUES (NEW.owner, NEW.kind, coalesce(NEW.spec -> 'model' ->> 'kind', ''), coalesce(NEW.result -> 'info' ->> 'machine', ''),
        coalesce(NEW.result -> 'info' ->> 'device', ''), 1, coalesce(NEW.epochs, 0), coalesce(NEW.seconds, 0), coalesce(NEW.ended_at, now()), coalesce(NEW.ended_at, now()))
    ON CONFLICT (worker, kind, family, machine, device) DO UPDATE SET trials = w.trials + 1, epochs = w.epochs + excluded.epochs, seconds = w.seconds + excluded.seconds,
        first_at = least(w.first_at, excluded.first_at), last_at = greatest(w.last_at, excluded.last_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER costs_of_finished AFTER UPDATE OF status ON trials FOR EACH ROW WHEN (NEW.status = 'finished' AND OLD.status <> 'finished') EXECUTE FUNCTION trial_finished();
CREATE TRIGGER costs_of_inserted AFTER INSERT ON trials FOR EACH ROW WHEN (NEW.status = 'finished') EXECUTE FUNCTION trial_finished();
