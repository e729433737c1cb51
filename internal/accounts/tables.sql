-- Times are milliseconds since 1970, and 0 is none.
CREATE TABLE postern_accounts_users (
    id       TEXT   NOT NULL PRIMARY KEY,
    email    TEXT   NOT NULL UNIQUE, -- in lower case
    name     TEXT   NOT NULL,
    role     TEXT   NOT NULL,
    password TEXT   NOT NULL, -- argon2id in PHC form; empty: none was set yet
    epoch    BIGINT NOT NULL, -- a session of an earlier one has ended
    disabled BIGINT NOT NULL,
    created  BIGINT NOT NULL,
    seen     BIGINT NOT NULL -- the last sign-in
);

-- Links to set a password. The link of the first operator has no user.
CREATE TABLE postern_accounts_links (
    hash    TEXT   NOT NULL PRIMARY KEY,
    user_id TEXT   REFERENCES postern_accounts_users (id) ON DELETE CASCADE,
    expires BIGINT NOT NULL
);

-- Failed attempts to sign in, by the hash of an email address or network address, whether or
-- not there is such a user.
CREATE TABLE postern_accounts_attempts (
    hash     TEXT   NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last     BIGINT NOT NULL, -- when the last of them was; they count for a day after that
    until    BIGINT NOT NULL  -- no attempt is accepted before
);

CREATE TABLE postern_accounts_sessions (
    hash    TEXT   NOT NULL PRIMARY KEY, -- of the token in the cookie
    user_id TEXT   NOT NULL, -- empty before the user has signed in
    data    BYTEA,           -- NULL after its end
    used    BIGINT NOT NULL,
    expires BIGINT NOT NULL
);

CREATE INDEX postern_accounts_sessions_user ON postern_accounts_sessions (user_id);

CREATE INDEX postern_accounts_sessions_expires ON postern_accounts_sessions (expires);
