-- One file for SQLite and PostgreSQL. SQLite keeps any value in a column that it knows no
-- type for, so a BYTEA column holds blobs there. Times are milliseconds since 1970, and 0 is
-- none. Tokens, codes and secrets are stored as their SHA-256.

CREATE TABLE postern_auth_clients (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    redirect_uris TEXT    NOT NULL, -- JSON
    auth_method   TEXT    NOT NULL,
    pkce_optional BOOLEAN NOT NULL,
    scope         TEXT    NOT NULL,
    active        BOOLEAN NOT NULL,
    created       BIGINT  NOT NULL,
    updated       BIGINT  NOT NULL
);

CREATE INDEX postern_auth_clients_created ON postern_auth_clients (created, id);

CREATE TABLE postern_auth_secrets (
    id      TEXT   NOT NULL PRIMARY KEY,
    client  TEXT   NOT NULL REFERENCES postern_auth_clients (id) ON DELETE CASCADE,
    hash    BYTEA  NOT NULL,
    created BIGINT NOT NULL
);

CREATE INDEX postern_auth_secrets_client ON postern_auth_secrets (client);

-- A session is what a user allowed a client. Each refresh token of it has the same first
-- part, whose hash is family, so that one that was replaced is recognized for as long as the
-- session lasts. previous and seed give the same response to a repeated refresh, see
-- Config.RefreshGrace.
CREATE TABLE postern_auth_sessions (
    id        TEXT   NOT NULL PRIMARY KEY,
    client    TEXT   NOT NULL REFERENCES postern_auth_clients (id) ON DELETE CASCADE,
    user_id   TEXT   NOT NULL,
    user_name TEXT   NOT NULL,
    scope     TEXT   NOT NULL,
    family    BYTEA  NOT NULL UNIQUE,
    refresh   BYTEA  NOT NULL,
    previous  BYTEA,
    seed      BYTEA,
    created   BIGINT NOT NULL,
    refreshed BIGINT NOT NULL,
    expires   BIGINT NOT NULL
);

CREATE INDEX postern_auth_sessions_user ON postern_auth_sessions (user_id, client, created, id);

CREATE INDEX postern_auth_sessions_client ON postern_auth_sessions (client, created, id);

CREATE INDEX postern_auth_sessions_expires ON postern_auth_sessions (expires);

-- session is set when the code is redeemed. The row then stays for as long as the session,
-- so that another attempt is recognized.
CREATE TABLE postern_auth_codes (
    hash          BYTEA   NOT NULL PRIMARY KEY,
    client        TEXT    NOT NULL REFERENCES postern_auth_clients (id) ON DELETE CASCADE,
    user_id       TEXT    NOT NULL,
    user_name     TEXT    NOT NULL,
    redirect_uri  TEXT    NOT NULL,
    redirect_sent BOOLEAN NOT NULL,
    challenge     TEXT    NOT NULL,
    scope         TEXT    NOT NULL,
    expires       BIGINT  NOT NULL,
    session       TEXT    REFERENCES postern_auth_sessions (id) ON DELETE CASCADE
);

CREATE INDEX postern_auth_codes_client ON postern_auth_codes (client);

CREATE INDEX postern_auth_codes_session ON postern_auth_codes (session);

CREATE TABLE postern_auth_access_tokens (
    hash    BYTEA  NOT NULL PRIMARY KEY,
    session TEXT   NOT NULL REFERENCES postern_auth_sessions (id) ON DELETE CASCADE,
    scope   TEXT   NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);

CREATE INDEX postern_auth_access_tokens_session ON postern_auth_access_tokens (session, created);

CREATE INDEX postern_auth_access_tokens_expires ON postern_auth_access_tokens (expires);

CREATE TABLE postern_auth_personal_tokens (
    id        TEXT   NOT NULL PRIMARY KEY,
    hash      BYTEA  NOT NULL UNIQUE,
    user_id   TEXT   NOT NULL,
    user_name TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    scope     TEXT   NOT NULL,
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    used      BIGINT NOT NULL
);

CREATE INDEX postern_auth_personal_tokens_user ON postern_auth_personal_tokens (user_id, created, id);
