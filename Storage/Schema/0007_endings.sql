-- What is said of a study that has ended, so that nobody replays its log for it; and its revisions, found without reading the rest of the log.
SET LOCAL search_path = atomsets;

CREATE TABLE study_endings (
    study_id bigint PRIMARY KEY REFERENCES studies ON DELETE CASCADE,
    seq      bigint NOT NULL,  -- of the newest event that it stands for: what was written later makes it an old one
    ending   json NOT NULL
);

CREATE INDEX study_revisions ON study_events (study_id, seq) WHERE payload ->> 'event' IN ('started', 'extended');
