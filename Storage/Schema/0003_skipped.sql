-- Nodes that a spent budget left out.
ALTER TABLE study_nodes DROP CONSTRAINT study_nodes_status_check;
ALTER TABLE study_nodes ADD CONSTRAINT study_nodes_status_check CHECK (status IN ('waiting', 'requested', 'finished', 'failed', 'blocked', 'skipped'));
