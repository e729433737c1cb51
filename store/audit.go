package store

import (
	"context"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/database"
)

// AuditFilter selects events. The zero value selects the latest 1000 of the default
// namespace.
type AuditFilter struct {
	Namespace  string            // as in [connection.Config]
	Connection string            // "": any
	Account    string            // "": any
	Actor      string            // a part of it, in any case; "": any
	Action     connection.Action // "": any
	Name       string            // a part of the connection, the task or the detail, in any case; "": any
	Since      time.Time         // events at or after this time; zero: all
	Before     time.Time         // events before this time; zero: all
	Limit      int               // maximum number of events; default 1000
}

// AuditTrail returns events, latest first:
//
//	events, err := s.AuditTrail(ctx, store.AuditFilter{Connection: "crm", Limit: 10})
func (s *Store) AuditTrail(ctx context.Context, filter AuditFilter) ([]connection.AuditEvent, error) {
	const op = "read audit trail"
	if err := s.opened(); err != nil {
		return nil, err
	}
	if err := s.Flush(ctx); err != nil {
		return nil, err
	}
	limit := filter.Limit
	if limit <= 0 {
		limit = 1000
	}
	rows, err := s.db.QueryContext(ctx, s.query(`
		SELECT time, action, connection, account, tenant, actor, task, run, script, detail FROM {audit}
		WHERE namespace = $1 AND ($2 = '' OR connection = $2) AND ($3 = '' OR account = $3)
			AND time >= $4 AND ($5 = CAST(0 AS BIGINT) OR time < $5)
			AND ($7 = '' OR action = $7) AND ($8 = '%%' OR `+database.Contains(filter.Actor, "$8", "actor")+`)
			AND ($9 = '%%' OR `+database.Contains(filter.Name, "$9", "connection", "task", "detail")+`)
		ORDER BY time DESC, id DESC LIMIT $6`),
		filter.Namespace, filter.Connection, filter.Account, database.Millis(filter.Since), database.Millis(filter.Before), limit,
		database.Plain(string(filter.Action)), database.Containing(filter.Actor), database.Containing(filter.Name))
	if err != nil {
		return nil, s.failed(ctx, op, filter.Connection, err)
	}
	defer func() { _ = rows.Close() }() // see rows.Err

	var events []connection.AuditEvent
	for rows.Next() {
		e := connection.AuditEvent{Key: connection.Key{Namespace: filter.Namespace}}
		var at int64
		of := &e.Identity
		err := rows.Scan(&at, &e.Action, &e.Key.Connection, &e.Key.Account,
			&of.Tenant, &of.Actor, &of.Task, &of.Run, &of.Script, &e.Detail)
		if err != nil {
			return nil, s.failed(ctx, op, filter.Connection, err)
		}
		e.Time = database.Time(at)
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		return nil, s.failed(ctx, op, filter.Connection, err)
	}
	return events, nil
}

// PruneAudit deletes the events of all namespaces before that time, and returns their number.
func (s *Store) PruneAudit(ctx context.Context, before time.Time) (int, error) {
	if err := s.Flush(ctx); err != nil {
		return 0, err
	}
	n, err := s.exec(ctx, "DELETE FROM {audit} WHERE time < $1", database.Millis(before))
	if err != nil {
		return 0, s.failed(ctx, "prune audit trail", s.db.Name, err)
	}
	return int(n), nil
}
