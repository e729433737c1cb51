-- Times are milliseconds since 1970.

-- Authorizations that were begun, so that any node can complete one.
CREATE TABLE postern_service_authorizations (
    id         TEXT   NOT NULL PRIMARY KEY,
    connection TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    actor      TEXT   NOT NULL,
    device     BIGINT NOT NULL,           -- 1: on another device, RFC 8628
    sealed     BYTEA  NOT NULL,           -- encrypted
    status     TEXT   NOT NULL,
    failure    TEXT   NOT NULL DEFAULT '', -- JSON
    held_until BIGINT NOT NULL DEFAULT 0, -- a node redeems the code, or waits for the device; later it has ended meanwhile
    expires    BIGINT NOT NULL
);

-- The secrets in the URLs of webhooks.
CREATE TABLE postern_service_hooks (
    task    TEXT   NOT NULL PRIMARY KEY,
    hash    TEXT   NOT NULL, -- SHA-256 of the secret
    actor   TEXT   NOT NULL,
    created BIGINT NOT NULL
);
