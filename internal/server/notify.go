package server

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed" // of the tables
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// notifier tells a webhook when a connection begins to fail, and when it works again. What is to be told is in the
// database: one row for each connection that has failed, so that of several nodes one tells of it, once, also after a restart.
type notifier struct {
	url     string // "": nothing is told
	secret  []byte
	baseURL string // of the server, for the link
	log     *slog.Logger
	client  *http.Client
	db      *database.DB
	status  func(ctx context.Context, name string) (connection.Status, error)

	mu      sync.Mutex
	noticed map[string]connection.Event // that are not stored yet, by connection
	wake    chan struct{}
}

// Bounds of the notifier.
const (
	noticeEvery   = time.Second // how often a node looks for what others have left
	recheckEvery  = time.Minute // how often a node looks whether connections that failed work again
	noticeTimeout = 10 * time.Second
	noticeGrace   = 2 * time.Second   // of one that is being sent when the server ends
	noticeHeld    = 3 * noticeTimeout // by the node that sends it
	longestPause  = time.Hour         // between attempts to send a message
)

//go:embed notices.sql
var noticeTables string

func newNotifier(cfg Config) *notifier {
	return &notifier{
		url: cfg.NotifyURL, secret: cfg.NotifySecret, baseURL: cfg.URL, log: cfg.Log, db: cfg.DB,
		noticed: make(map[string]connection.Event), wake: make(chan struct{}, 1),
		client: &http.Client{Timeout: noticeTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

func isBad(s connection.State) bool {
	return s == connection.StateFailing || s == connection.StateNeedsReauth
}

// event notes that a connection has changed its state.
func (n *notifier) event(e connection.Event) {
	if n.url == "" {
		return
	}
	n.mu.Lock()
	n.noticed[e.Connection] = e
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// run stores what is noticed and sends messages until ctx ends.
func (n *notifier) run(ctx context.Context) {
	if n.url == "" {
		return
	}
	tick, recheck := time.NewTicker(noticeEvery), time.NewTicker(recheckEvery)
	defer tick.Stop()
	defer recheck.Stop()
	last := ""
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-recheck.C:
			err = n.recheck(ctx)
		case <-tick.C:
		case <-n.wake:
		}
		err = errors.Join(err, n.storeNoticed(ctx), n.sendDue(ctx))
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != "" && text != last && ctx.Err() == nil && database.OutageOf(err) == "" { // told once while it lasts
			n.log.ErrorContext(ctx, "notify", "err", err)
		}
		last = text
	}
}

// storeNoticed stores what was noticed; what cannot be stored stays noticed.
func (n *notifier) storeNoticed(ctx context.Context) error {
	n.mu.Lock()
	noticed := maps.Clone(n.noticed)
	clear(n.noticed)
	n.mu.Unlock()
	var failed error
	for name, e := range noticed {
		reason := ""
		if e.Err != nil {
			reason = e.Err.Error()
		}
		if err := n.note(ctx, name, e.State, reason); err != nil {
			failed = err
			n.mu.Lock()
			if _, newer := n.noticed[name]; !newer {
				n.noticed[name] = e
			}
			n.mu.Unlock()
		}
	}
	return failed
}

// note stores the state of a connection, and that it is to be told if the webhook knows another one.
func (n *notifier) note(ctx context.Context, name string, state connection.State, reason string) error {
	set := `state = $2, reason = $3, message = $4, since = {now}, tries = 0, due = CASE WHEN told = $2 THEN 0 ELSE {now} END`
	statement := "UPDATE postern_server_notices SET " + set + " WHERE connection = $1 AND state <> $2"
	if isBad(state) {
		statement = `INSERT INTO postern_server_notices (connection, state, reason, message, since, told, due) VALUES ($1, $2, $3, $4, {now}, 'ready', {now})
			ON CONFLICT (connection) DO UPDATE SET ` + strings.ReplaceAll(set, "told", "postern_server_notices.told") + " WHERE postern_server_notices.state <> $2"
	} else {
		state = connection.StateReady
	}
	return n.exec(ctx, statement, name, state, database.Plain(reason), "msg_"+rand.Text())
}

// exec executes a statement; {now} in it is the time of the database.
func (n *notifier) exec(ctx context.Context, statement string, args ...any) error {
	_, err := n.db.ExecContext(ctx, n.sql(statement), args...)
	if err != nil {
		return n.db.Failed(ctx, "notify", "", err)
	}
	return nil
}

func (n *notifier) sql(statement string) string {
	return strings.ReplaceAll(statement, "{now}", n.db.Dialect.Now)
}

// recheck notes connections that work again, by what another node has stored of them, and forgets those that were deleted or
// disconnected.
func (n *notifier) recheck(ctx context.Context) error {
	names, err := n.failing(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		status, err := n.status(ctx, name)
		switch {
		case hostapi.CodeOf(err) == hostapi.CodeUnknownConnection, err == nil && status.State == connection.StateUnused:
			err = n.exec(ctx, "DELETE FROM postern_server_notices WHERE connection = $1", name)
		case err == nil && status.State == connection.StateReady:
			err = n.note(ctx, name, status.State, "")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// failing returns the connections that fail, as far as is noted.
func (n *notifier) failing(ctx context.Context) ([]string, error) {
	rows, err := n.db.QueryContext(ctx, "SELECT connection FROM postern_server_notices WHERE state <> $1", connection.StateReady)
	if err != nil {
		return nil, n.db.Failed(ctx, "notify", "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, n.db.Failed(ctx, "notify", "", err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return nil, n.db.Failed(ctx, "notify", "", err)
	}
	return names, nil
}

// dueNotice is a message that this node is to send.
type dueNotice struct {
	id    string
	since time.Time
	tries int
	data  noticeData
}

// sendDue sends the messages that are due and that no other node sends, one for each connection.
func (n *notifier) sendDue(ctx context.Context) error {
	for {
		m, err := n.take(ctx)
		if err != nil || m == nil {
			return err
		}
		if err := n.deliver(ctx, m); err != nil {
			return err
		}
	}
}

// take returns a message that is due, nil if there is none.
func (n *notifier) take(ctx context.Context) (*dueNotice, error) {
	const free = "due > 0 AND due <= {now} AND sending_until < {now}"
	var m dueNotice
	var since int64
	err := n.db.QueryRowContext(ctx, n.sql("SELECT connection FROM postern_server_notices WHERE "+free+" ORDER BY due LIMIT 1")).Scan(&m.data.Connection)
	if err == nil {
		err = n.db.QueryRowContext(ctx, n.sql(`UPDATE postern_server_notices SET sending_until = {now} + CAST($2 AS BIGINT) WHERE connection = $1 AND `+free+
			` RETURNING message, since, tries, state, reason`), m.data.Connection, noticeHeld.Milliseconds()).
			Scan(&m.id, &since, &m.tries, &m.data.State, &m.data.Reason)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows): // or another node was first
		return nil, nil //nolint:nilnil // as it says
	case err != nil:
		return nil, n.db.Failed(ctx, "notify", "", err)
	}
	m.since, m.data.URL = database.Time(since), n.baseURL+"/connections/"+m.data.Connection
	return &m, nil
}

// deliver sends a message and stores what came of it: one that was not taken is sent again after 1 s, 2 s and so on, up to an hour,
// or as soon as another one is taken: the webhook works again. The state may have changed meanwhile.
func (n *notifier) deliver(ctx context.Context, m *dueNotice) error {
	kind := "connection." + string(m.data.State)
	if !isBad(m.data.State) {
		kind = "connection.recovered"
	}
	after := context.WithoutCancel(ctx)
	sending, cancel := context.WithCancel(after)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(noticeGrace, cancel) })()
	err := n.post(sending, m.id, notice{kind, m.since, m.data})
	if ctx.Err() != nil && err != nil { // another node sends it, or this one when it starts again
		return n.exec(after, "UPDATE postern_server_notices SET sending_until = 0 WHERE connection = $1", m.data.Connection)
	}
	if err != nil {
		pause := min(longestPause, time.Second<<min(m.tries, 20)) //nolint:mnd // more than the longest pause
		n.log.WarnContext(ctx, "notify", "connection", m.data.Connection, "try", m.tries+1, "err", err)
		return n.exec(after, `UPDATE postern_server_notices SET sending_until = 0, tries = CASE WHEN message = $2 THEN tries + 1 ELSE tries END,
			due = CASE WHEN message = $2 THEN {now} + CAST($3 AS BIGINT) ELSE due END WHERE connection = $1`, m.data.Connection, m.id, pause.Milliseconds())
	}
	err = n.exec(after, `UPDATE postern_server_notices SET sending_until = 0, tries = 0, told = $2, due = CASE WHEN state = $2 THEN 0 ELSE {now} END
		WHERE connection = $1`, m.data.Connection, m.data.State)
	if err != nil {
		return err
	}
	return n.exec(after, "UPDATE postern_server_notices SET due = {now} WHERE tries > 0 AND due > {now}")
}
