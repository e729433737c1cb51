-- What the store of version 2 wrote, whose tables had no prefix: as .dump of sqlite3 prints it.
CREATE TABLE postern_store_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO postern_store_version VALUES(1,0,1,'2026-11-30 02:28:49');
INSERT INTO postern_store_version VALUES(2,1,1,'2026-11-30 02:28:49');
INSERT INTO postern_store_version VALUES(3,2,1,'2026-11-30 02:28:49');
CREATE TABLE keys (
    id      BIGINT NOT NULL PRIMARY KEY,
    wrapped BYTEA  NOT NULL,
    created BIGINT NOT NULL
);
INSERT INTO keys VALUES(1,X'8d402f16279a4115986d337539c8615707dbbf42c276aafe9b18fa726292844e804a274f1496af03b47214e783940db6cfb9b94bb59d533e234ddfd6',1796005729139);
INSERT INTO keys VALUES(2,X'0b43a64ac2843216fa0b3a24b60b37327f3bc63f2a5606747e006f16573fdf542980af79a2dd389e459ce88ec8f8007a344d6eea71e5ce0cbbb18df0',1796005729166);
CREATE TABLE connection_records (
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
    key_id       BIGINT REFERENCES keys (id), -- a key in use cannot be dropped
    secret       BYTEA, lease_beat BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (connection, account)
);
INSERT INTO connection_records VALUES('0','',1,1,'ready','',0,'null',1796005729148,0,'',2,X'01224be0c7f54bb65d2af7dd14e40281b4668ee56b8aee4a3056a7d16aad595021204ea9',0);
INSERT INTO connection_records VALUES('1','',1,1,'ready','',0,'null',1796005729157,0,'',2,X'01762facb7565162ab3d4d890751b1cf8354682c120d75f5805592093dae9fd911bc2ce4',0);
INSERT INTO connection_records VALUES('2','',1,1,'ready','',0,'null',1796005729159,0,'',2,X'012709576c3885e461104da82c62244cd0bf63fd9c921f6e95bf9f11359d8b3fbe826e9e',0);
INSERT INTO connection_records VALUES('顧客','ada',1,1,'needs_reauth','é �',1900000000000,'["a","b c"]',1796005729178,0,'',2,X'0172689080e0f05f0987e6fc11c8a4e8449d044e90f8fa1b1832b7695f05be7747e33efeb4f2',0);
INSERT INTO connection_records VALUES('gone','',-1,1,'unused','',0,'null',1796005729192,0,'',NULL,NULL,0);
INSERT INTO connection_records VALUES('crm','',0,0,'unused','',0,'null',1796005729237,1796005729323,'me',NULL,NULL,1);
CREATE TABLE connection_definitions (
    connection TEXT   NOT NULL PRIMARY KEY,
    settings   TEXT   NOT NULL,
    generation BIGINT NOT NULL,
    updated    BIGINT NOT NULL,
    key_id     BIGINT NOT NULL REFERENCES keys (id),
    secret     BYTEA  NOT NULL
);
INSERT INTO connection_definitions VALUES('crm','{}',1,1796005729161,2,X'01b7b2c77a46c86fa7415d1b6469a4ce82a78e3bcae438846980c61724351faa35b94e80');
INSERT INTO connection_definitions VALUES('erp','{"grant":"static"}',1,1796005729389,2,X'0154296bfba4a752f6fa1a62daa0d9c1f21e4f924d44e4c1c21ac07a3727bd39ee954fbceb912ed53642');
CREATE TABLE audit_events (
    time       BIGINT NOT NULL,
    id         TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    connection TEXT   NOT NULL,
    account    TEXT   NOT NULL,
    actor      TEXT   NOT NULL,
    detail     TEXT   NOT NULL,
    PRIMARY KEY (time, id)
);
INSERT INTO audit_events VALUES(1796005729325,'18ecb1b1f6f9ac067F2OIG57YXYCQZVRIHAPLAU7MR','use','crm','','ada','0');
INSERT INTO audit_events VALUES(1796005729325,'18ecb1b1f6ffa04eGURTY7JQ46ATHPHCSRUN2TR2VU','use','crm','','ada','1');
INSERT INTO audit_events VALUES(1796005729327,'18ecb1b1f7200b6dKKBNMYPXRRHAPXUM2BFDNFQDXS','use','crm','','ada','2');
