-- Membership of the cluster's silos; applied whenever a silo starts, so that the statements are those of its program. Orleans finds them by their keys in
-- the table OrleansQuery, fills in the parameters that it knows by name, and reads the columns that it knows by name; the tables are ours.
SET LOCAL search_path = atomsets;

CREATE TABLE IF NOT EXISTS silo_versions (
    deployment text COLLATE "C" PRIMARY KEY,
    version    integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS silos (
    deployment    text COLLATE "C" NOT NULL REFERENCES silo_versions,
    address       text COLLATE "C" NOT NULL,
    port          integer NOT NULL,
    generation    integer NOT NULL,
    name          text NOT NULL,
    host          text NOT NULL,
    status        integer NOT NULL,
    gateway_port  integer,
    suspect_times text,
    started_at    timestamptz NOT NULL,
    alive_at      timestamptz NOT NULL,
    PRIMARY KEY (deployment, address, port, generation)
);

CREATE TABLE IF NOT EXISTS OrleansQuery (
    QueryKey  text PRIMARY KEY,
    QueryText text NOT NULL
);

-- Every change of membership raises the version by one, from the version that the silo has read: of two at once one finds it changed and reads again.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('InsertMembershipVersionKey', '
    WITH added AS (INSERT INTO silo_versions (deployment) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*)::int FROM added'),
('InsertMembershipKey', '
    WITH raised AS (
        UPDATE silo_versions SET version = version + 1, changed_at = now()
        WHERE deployment = @DeploymentId AND version = @Version AND NOT EXISTS (
            SELECT FROM silos s WHERE s.deployment = @DeploymentId AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
        RETURNING deployment),
    added AS (
        INSERT INTO silos (deployment, address, port, generation, name, host, status, gateway_port, started_at, alive_at)
        SELECT deployment, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM raised
        RETURNING 1)
    SELECT count(*)::int FROM added'),
('UpdateMembershipKey', '
    WITH raised AS (
        UPDATE silo_versions SET version = version + 1, changed_at = now()
        WHERE deployment = @DeploymentId AND version = @Version AND EXISTS (
            SELECT FROM silos s WHERE s.deployment = @DeploymentId AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
        RETURNING deployment),
    changed AS (
        UPDATE silos s SET status = @Status, suspect_times = @SuspectTimes, alive_at = @IAmAliveTime FROM raised
        WHERE s.deployment = raised.deployment AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
        RETURNING 1)
    SELECT count(*)::int FROM changed'),
('UpdateIAmAlivetimeKey', '
    UPDATE silos SET alive_at = @IAmAliveTime
    WHERE deployment = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation'),
('MembershipReadRowKey', '
    SELECT v.deployment AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.name AS SiloName, s.host AS HostName,
        s.status AS Status, s.gateway_port AS ProxyPort, s.suspect_times AS SuspectTimes, s.started_at AS StartTime, s.alive_at AS IAmAliveTime, v.version AS Version
    FROM silo_versions v
    LEFT JOIN silos s ON s.deployment = v.deployment AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
    WHERE v.deployment = @DeploymentId'),
('MembershipReadAllKey', '
    SELECT v.deployment AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.name AS SiloName, s.host AS HostName,
        s.status AS Status, s.gateway_port AS ProxyPort, s.suspect_times AS SuspectTimes, s.started_at AS StartTime, s.alive_at AS IAmAliveTime, v.version AS Version
    FROM silo_versions v
    LEFT JOIN silos s ON s.deployment = v.deployment
    WHERE v.deployment = @DeploymentId'),
('GatewaysQueryKey', '
    SELECT address AS Address, gateway_port AS ProxyPort, generation AS Generation
    FROM silos WHERE deployment = @DeploymentId AND status = @Status AND gateway_port > 0'),
('DeleteMembershipTableEntriesKey', '
    WITH gone AS (DELETE FROM silos WHERE deployment = @DeploymentId)
    DELETE FROM silo_versions WHERE deployment = @DeploymentId'),
-- 3: active.
('CleanupDefunctSiloEntriesKey', '
    DELETE FROM silos WHERE deployment = @DeploymentId AND alive_at < @IAmAliveTime AND status <> 3')
ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText;

-- The cluster's name, drawn once: silos and clients of another database that come to the same port are refused. Orleans passes over this row too.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES ('ClusterName', 'atomsets-' || gen_random_uuid()) ON CONFLICT (QueryKey) DO NOTHING;
