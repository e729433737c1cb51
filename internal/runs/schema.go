package runs

import (
	"math"

	"github.com/postern-dev/postern/internal/database"
)

// never is the due time of a run that waits for a signal only.
const never = math.MaxInt64

func tables() database.Tables {
	return database.SQL("postern_runs_version", version1)
}

// In postern_runs, due is when a run goes on, NULL while it is running or has ended, and
// turn is its priority once that time has come, NULL otherwise. So a run that waits for
// months costs nothing when one is taken. queue is made of the columns that bound when it may begin.
const version1 = `
CREATE TABLE postern_runs (
	id               TEXT   NOT NULL PRIMARY KEY,
	tenant           TEXT   NOT NULL,
	task             TEXT   NOT NULL,
	version          TEXT   NOT NULL,
	actor            TEXT   NOT NULL,
	priority         BIGINT NOT NULL,
	timeout          BIGINT NOT NULL,
	slots            BIGINT NOT NULL,
	rate_runs        BIGINT NOT NULL,
	rate_per         BIGINT NOT NULL,
	queue            TEXT   NOT NULL,
	attempts         BIGINT NOT NULL,
	safe             BIGINT NOT NULL,
	started_by       TEXT   NOT NULL,
	schedule         TEXT   NOT NULL,
	tick             BIGINT NOT NULL,
	retry_of         TEXT   NOT NULL,
	event_run        TEXT   NOT NULL DEFAULT '',
	idempotency_key  TEXT,
	fingerprint      TEXT   NOT NULL,
	state            TEXT   NOT NULL,
	due              BIGINT,
	turn             BIGINT,
	token            BIGINT NOT NULL DEFAULT 0,
	attempt          BIGINT NOT NULL DEFAULT 0,
	losses           BIGINT NOT NULL DEFAULT 0,
	unsafe           BIGINT NOT NULL DEFAULT 0,
	signaled         BIGINT NOT NULL DEFAULT 0,
	waits            BIGINT NOT NULL DEFAULT 0,
	node             TEXT   NOT NULL DEFAULT '',
	cancel_requested BIGINT NOT NULL DEFAULT 0,
	canceled_by      TEXT   NOT NULL DEFAULT '',
	created          BIGINT NOT NULL,
	started          BIGINT NOT NULL DEFAULT 0,
	finished         BIGINT NOT NULL DEFAULT 0,
	size             BIGINT NOT NULL DEFAULT 0,
	error_code       TEXT   NOT NULL DEFAULT '',
	error            TEXT   NOT NULL DEFAULT '',
	input            BYTEA,
	result           BYTEA,
	resume           BYTEA
);

CREATE UNIQUE INDEX postern_runs_key ON postern_runs (tenant, actor, idempotency_key);

CREATE INDEX postern_runs_turn ON postern_runs (queue, turn, due, id) WHERE turn IS NOT NULL;

CREATE INDEX postern_runs_due ON postern_runs (due) WHERE due IS NOT NULL AND turn IS NULL;

CREATE INDEX postern_runs_node ON postern_runs (node) WHERE node <> '';

CREATE INDEX postern_runs_finished ON postern_runs (finished) WHERE finished > 0;

CREATE INDEX postern_runs_created ON postern_runs (created, id);

CREATE INDEX postern_runs_tenant ON postern_runs (tenant, created, id) WHERE tenant <> '';

CREATE INDEX postern_runs_task ON postern_runs (task, created, id);

CREATE INDEX postern_runs_schedule ON postern_runs (schedule, created) WHERE schedule <> '';

CREATE TABLE postern_runs_log (
	run     TEXT   NOT NULL,
	seq     BIGINT NOT NULL,
	time    BIGINT NOT NULL,
	attempt BIGINT NOT NULL,
	kind    TEXT   NOT NULL,
	level   TEXT   NOT NULL,
	text    TEXT   NOT NULL,
	PRIMARY KEY (run, seq)
);

CREATE TABLE postern_runs_signals (
	run  TEXT   NOT NULL,
	seq  BIGINT NOT NULL,
	data BYTEA  NOT NULL,
	PRIMARY KEY (run, seq)
);

CREATE TABLE postern_runs_starts (
	tenant       TEXT   NOT NULL,
	task         TEXT   NOT NULL,
	time         BIGINT NOT NULL,
	counts_until BIGINT NOT NULL
);

CREATE INDEX postern_runs_starts_time ON postern_runs_starts (tenant, task, time);

CREATE TABLE postern_runs_nodes (
	id      TEXT   NOT NULL PRIMARY KEY,
	name    TEXT   NOT NULL,
	workers BIGINT NOT NULL,
	beat    BIGINT NOT NULL,
	started BIGINT NOT NULL,
	seen    BIGINT NOT NULL
);

CREATE TABLE postern_runs_schedules (
	id         TEXT   NOT NULL PRIMARY KEY,
	name       TEXT   NOT NULL,
	task       TEXT   NOT NULL,
	version    TEXT   NOT NULL,
	request    TEXT   NOT NULL,
	cron       TEXT   NOT NULL,
	every      BIGINT NOT NULL,
	zone       TEXT   NOT NULL,
	catch_up   TEXT   NOT NULL,
	overlap    BIGINT NOT NULL,
	enabled    BIGINT NOT NULL,
	generation BIGINT NOT NULL,
	created    BIGINT NOT NULL,
	changed    BIGINT NOT NULL,
	next       BIGINT NOT NULL,
	last       BIGINT NOT NULL DEFAULT 0,
	memory     BYTEA
);

CREATE UNIQUE INDEX postern_runs_schedules_name ON postern_runs_schedules (name);

CREATE INDEX postern_runs_schedules_task ON postern_runs_schedules (task);

CREATE INDEX postern_runs_schedules_next ON postern_runs_schedules (next) WHERE enabled = 1;
`
