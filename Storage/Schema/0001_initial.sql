-- Names without schema mean the schema atomsets. Text that is compared or sorted has the collation "C": the same order on every server.
SET LOCAL search_path = atomsets;

-- Studies: one row each; the truth is in study_events, the rest is derived from it in the same transaction.
CREATE TABLE studies (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text COLLATE "C" NOT NULL UNIQUE,
    status        text NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'cancelled')),
    hash          text NOT NULL,
    priority      integer NOT NULL,
    description   text NOT NULL,
    nodes         integer NOT NULL,
    finished      integer NOT NULL,
    failed        integer NOT NULL,
    blocked       integer NOT NULL,
    last_sequence bigint NOT NULL,
    source        text,      -- the file of the newest revision
    facts         jsonb,     -- what its resolution counted: [{kind, count, text}]
    created_at    timestamptz NOT NULL DEFAULT now(),
    changed_at    timestamptz NOT NULL DEFAULT now()
);

-- json, not jsonb: an event comes back as it was written.
CREATE TABLE study_events (
    study_id bigint NOT NULL REFERENCES studies ON DELETE CASCADE,
    seq      bigint NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    payload  json NOT NULL,
    PRIMARY KEY (study_id, seq)
);

CREATE TABLE study_snapshots (
    study_id bigint PRIMARY KEY REFERENCES studies ON DELETE CASCADE,
    seq      bigint NOT NULL,
    state    json NOT NULL
);

CREATE TABLE study_decisions (
    study_id bigint NOT NULL REFERENCES studies ON DELETE CASCADE,
    seq      bigint NOT NULL,
    ordinal  integer NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    node     text,
    decision text NOT NULL,
    PRIMARY KEY (study_id, seq, ordinal)
);

-- The newest state of every node of a plan. Through trial_key studies share trials.
CREATE TABLE study_nodes (
    study_id  bigint NOT NULL REFERENCES studies ON DELETE CASCADE,
    node      text COLLATE "C" NOT NULL,
    ordinal   bigint GENERATED ALWAYS AS IDENTITY,
    kind      text NOT NULL,
    grp       text COLLATE "C",
    replicate integer,
    status    text NOT NULL CHECK (status IN ('waiting', 'requested', 'finished', 'failed', 'blocked')),
    trial_key text COLLATE "C",
    winner    text,
    reason    text,
    labels    jsonb NOT NULL,
    PRIMARY KEY (study_id, node)
);
CREATE INDEX ON study_nodes (trial_key) WHERE trial_key IS NOT NULL;

-- The ledger: one row per trial key, whichever studies ask for it.
CREATE TABLE trials (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key                 text COLLATE "C" NOT NULL UNIQUE CHECK (length(key) = 64),
    kind                text NOT NULL CHECK (kind IN ('train', 'evaluate')),
    spec                jsonb NOT NULL,
    status              text NOT NULL CHECK (status IN ('claimed', 'finished', 'failed', 'released')),
    owner               text NOT NULL,
    lease_epoch         bigint NOT NULL DEFAULT 1,
    lease_until         timestamptz NOT NULL,
    attempts            integer NOT NULL DEFAULT 0,  -- claims in a row that lost their worker before a checkpoint
    checkpoint_artifact text,
    checkpoint_epochs   integer,
    failure             text,
    failure_transient   boolean NOT NULL DEFAULT false,
    stale_reports       integer NOT NULL DEFAULT 0,
    result              jsonb,
    created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    claimed_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at            timestamptz,
    -- Columns of the result, for queries.
    val_metric  text             GENERATED ALWAYS AS (result -> 'score' ->> 'metric') STORED,
    val_error   double precision GENERATED ALWAYS AS ((result -> 'score' ->> 'value')::double precision) STORED,
    val_unit    text             GENERATED ALWAYS AS (result -> 'score' ->> 'unit') STORED,
    test_metric text             GENERATED ALWAYS AS (result -> 'scores' -> 0 ->> 'metric') STORED,
    test_error  double precision GENERATED ALWAYS AS ((result -> 'scores' -> 0 ->> 'value')::double precision) STORED,
    test_unit   text             GENERATED ALWAYS AS (result -> 'scores' -> 0 ->> 'unit') STORED,
    epochs      integer          GENERATED ALWAYS AS ((result ->> 'epochs')::integer) STORED,
    best_epoch  integer          GENERATED ALWAYS AS ((result ->> 'bestEpoch')::integer) STORED,
    stop        text             GENERATED ALWAYS AS (result ->> 'stop') STORED,
    parameters  bigint           GENERATED ALWAYS AS ((result ->> 'parameters')::bigint) STORED,
    seconds     double precision GENERATED ALWAYS AS ((result ->> 'seconds')::double precision) STORED,
    weights     text             GENERATED ALWAYS AS (result ->> 'weights') STORED
);

CREATE INDEX ON trials (owner) WHERE status = 'claimed';

-- Which trials a trial's spec names: the parent it was transferred from, the model it evaluates.
CREATE TABLE trial_parents (
    trial_id  bigint NOT NULL REFERENCES trials ON DELETE CASCADE,
    parent_id bigint NOT NULL REFERENCES trials,
    PRIMARY KEY (trial_id, parent_id)
);
CREATE INDEX ON trial_parents (parent_id);

-- Writes that came from a lease that was no longer the newest: recorded, and without effect.
CREATE TABLE stale_reports (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trial_key   text COLLATE "C" NOT NULL,
    lease_epoch bigint NOT NULL,
    report      text NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE epochs (
    trial_id           bigint NOT NULL REFERENCES trials ON DELETE CASCADE,
    epoch              integer NOT NULL,
    train_loss         double precision NOT NULL,
    val_error          double precision NOT NULL,
    learning_rate      double precision NOT NULL,
    seconds            double precision NOT NULL,
    samples_per_second double precision NOT NULL,
    PRIMARY KEY (trial_id, epoch)
);

CREATE TABLE predictions (
    trial_id    bigint NOT NULL REFERENCES trials ON DELETE CASCADE,
    ordinal     integer NOT NULL,
    row_set     text NOT NULL CHECK (row_set IN ('validation', 'test')),
    material_id text COLLATE "C" NOT NULL,
    target      text COLLATE "C" NOT NULL,
    value       double precision NOT NULL,
    truth       double precision NOT NULL,
    PRIMARY KEY (trial_id, ordinal)
);

-- Every look at test rows by a finished evaluation.
CREATE TABLE test_looks (
    trial_id  bigint NOT NULL REFERENCES trials ON DELETE CASCADE,
    ordinal   integer NOT NULL,
    data_set  text COLLATE "C" NOT NULL,
    target    text COLLATE "C" NOT NULL,
    rows      text COLLATE "C" NOT NULL,
    row_count integer NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (trial_id, ordinal)
);
CREATE INDEX ON test_looks (data_set, target, rows);

-- Models kept under a name: of a trial, or imported.
CREATE TABLE models (
    name       text COLLATE "C" PRIMARY KEY,
    artifact   text NOT NULL,
    trial_key  text COLLATE "C",
    metadata   jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A label that is a whole number, else null: a view must not fail over a word.
CREATE FUNCTION whole_number(label text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN label ~ '^-?[0-9]{1,18}$' THEN label::bigint END;

-- Views: documented, for `results sql` and any other client.

COMMENT ON TABLE epochs IS 'Learning curves: one row per trial and epoch. Errors in the target''s unit, NaN where not validated.';
COMMENT ON TABLE predictions IS 'Predictions of finished evaluations (and validation rows where kept), in the target''s unit.';

CREATE VIEW result_rows AS
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
    t.key, e.node AS test_node, e.key AS test_key, n.reason, n.labels, n.ordinal
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
    NULL, n.node, t.key, n.reason, n.labels, n.ordinal
FROM study_nodes n
JOIN studies s ON s.id = n.study_id
JOIN trials t ON t.key = n.trial_key
WHERE n.kind = 'evaluate' AND NOT EXISTS (SELECT FROM trial_parents p WHERE p.trial_id = t.id);
COMMENT ON VIEW result_rows IS 'One row per training run of a study and per test evaluation of it (and per evaluation of a model that no study trained). val_error and test_error are in unit; stop is plateau or cap; size and source_size are training rows; role is pretrain or transfer.';

CREATE VIEW learning_curves AS
SELECT t.key, e.epoch, e.train_loss, e.val_error, e.learning_rate, e.seconds, e.samples_per_second
FROM epochs e JOIN trials t ON t.id = e.trial_id;
COMMENT ON VIEW learning_curves IS 'Learning curves by trial key: one row per epoch.';

CREATE VIEW prediction_rows AS
SELECT t.key, p.row_set, p.material_id, p.target, p.value, p.truth, p.value - p.truth AS residual, abs(p.value - p.truth) AS abs_error
FROM predictions p JOIN trials t ON t.id = p.trial_id;
COMMENT ON VIEW prediction_rows IS 'Predictions per material by trial key, in the target''s unit.';

CREATE VIEW test_look_rows AS
SELECT l.data_set, l.target, l.rows, l.row_count, t.key, l.at
FROM test_looks l JOIN trials t ON t.id = l.trial_id;
COMMENT ON VIEW test_look_rows IS 'Every look at test rows: which rows, by which evaluation, when.';
