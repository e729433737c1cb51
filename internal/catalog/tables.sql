-- Times are milliseconds since 1970.
CREATE TABLE postern_catalog_tasks (
    name    TEXT   NOT NULL PRIMARY KEY,
    source  TEXT   NOT NULL, -- api or folder
    active  BIGINT NOT NULL, -- the version that runs use; 0: none
    newest  BIGINT NOT NULL, -- the highest version that there ever was
    changed BIGINT NOT NULL
);

CREATE TABLE postern_catalog_versions (
    name    TEXT   NOT NULL REFERENCES postern_catalog_tasks (name) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    main    TEXT   NOT NULL, -- the file that is the task
    files   TEXT   NOT NULL, -- JSON: contents in base64 by name
    options TEXT   NOT NULL, -- JSON
    digest  TEXT   NOT NULL, -- SHA-256 of main, files and options
    actor   TEXT   NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (name, version)
);

-- Versions of a task that is registered again go on from here: a run or a schedule of the deleted one must not get
-- another script.
CREATE TABLE postern_catalog_deleted (
    name   TEXT   NOT NULL PRIMARY KEY,
    newest BIGINT NOT NULL
);
