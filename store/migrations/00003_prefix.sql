-- One file for SQLite and PostgreSQL, whose tables have a prefix and a namespace. SQLite
-- keeps any value in a column that it knows no type for, so a BYTEA column holds blobs
-- there. Times are milliseconds since 1970, and 0 is none. Statements end with a
-- semicolon at the end of a line.

-- The keys that secrets are sealed under, wrapped by the master key. The newest one
-- seals, and the others only open.
CREATE TABLE {keys} (
    id      BIGINT NOT NULL PRIMARY KEY,
    wrapped BYTEA  NOT NULL,
    created BIGINT NOT NULL
);

-- generation is -1 where a record was deleted: the row stays, so that newest, the last
-- generation there was, is never given to another record. lease_beat counts up while
-- the holder of the lease is alive.
CREATE TABLE {records} (
    namespace    TEXT   NOT NULL,
    connection   TEXT   NOT NULL,
    account      TEXT   NOT NULL,
    generation   BIGINT NOT NULL DEFAULT 0,
    newest       BIGINT NOT NULL DEFAULT 0,
    state        TEXT   NOT NULL DEFAULT 'unused',
    reason       TEXT   NOT NULL DEFAULT '',
    expiry       BIGINT NOT NULL DEFAULT 0,
    scopes       TEXT   NOT NULL DEFAULT 'null', -- JSON
    updated      BIGINT NOT NULL,
    in_flight    BIGINT NOT NULL DEFAULT 0,
    lease_holder TEXT   NOT NULL DEFAULT '',
    lease_beat   BIGINT NOT NULL DEFAULT 0,
    key_id       BIGINT REFERENCES {keys} (id), -- a key in use cannot be dropped
    secret       BYTEA,
    PRIMARY KEY (namespace, connection, account)
);

CREATE TABLE {definitions} (
    namespace  TEXT   NOT NULL,
    connection TEXT   NOT NULL,
    settings   TEXT   NOT NULL,
    generation BIGINT NOT NULL,
    updated    BIGINT NOT NULL,
    key_id     BIGINT NOT NULL REFERENCES {keys} (id),
    secret     BYTEA  NOT NULL,
    PRIMARY KEY (namespace, connection)
);

-- id orders what one process wrote within the same millisecond.
CREATE TABLE {audit} (
    time       BIGINT NOT NULL,
    id         TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    namespace  TEXT   NOT NULL,
    connection TEXT   NOT NULL,
    account    TEXT   NOT NULL,
    tenant     TEXT   NOT NULL,
    actor      TEXT   NOT NULL,
    task       TEXT   NOT NULL,
    run        TEXT   NOT NULL,
    script     TEXT   NOT NULL,
    detail     TEXT   NOT NULL,
    PRIMARY KEY (time, id)
);

CREATE INDEX {prefix}audit_events_namespace ON {audit} (namespace, time, id);
