-- What is known of connections that have failed, and what the webhook of [notify] was told. Times are milliseconds since 1970.
CREATE TABLE postern_server_notices (
    connection    TEXT   NOT NULL PRIMARY KEY,
    state         TEXT   NOT NULL,
    reason        TEXT   NOT NULL,
    since         BIGINT NOT NULL,           -- of the state
    message       TEXT   NOT NULL,           -- ID of the message that tells of it
    told          TEXT   NOT NULL,           -- the state that the webhook knows
    due           BIGINT NOT NULL,           -- when the message is sent; 0: there is none
    tries         BIGINT NOT NULL DEFAULT 0,
    sending_until BIGINT NOT NULL DEFAULT 0  -- a node sends it until then; later that has ended
);
