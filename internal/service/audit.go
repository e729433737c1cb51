package service

import (
	"context"
	"fmt"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/store"
)

// AuditQuery selects events of the audit trail.
type AuditQuery struct {
	Connection    string    // "": any, and events of others than connections
	Actor         string    // a part of who did it; "": any
	Action        string    // what was done; "": any
	Name          string    // a part of the connection, the task or the detail; "": any
	Since, Before time.Time // zero: all
	Cursor        string    // AuditPage.Next of the page before; "": the first page
	Limit         int       // at most 500. Default: 100
}

// AuditPage is a page of the audit trail.
type AuditPage struct {
	Events []connection.AuditEvent
	Next   string // cursor of the next page; "": this is the last one
}

// Audit returns events of the audit trail, the latest first.
func (s *Service) Audit(ctx context.Context, caller Caller, q AuditQuery) (AuditPage, error) {
	const op = "read audit trail"
	const usual, most = 100, 500
	if err := caller.mayRead(op, accounts.Operator); err != nil {
		return AuditPage{}, err
	}
	limit := min(q.Limit, most)
	if limit <= 0 {
		limit = usual
	}
	filter := store.AuditFilter{Connection: q.Connection, Actor: q.Actor, Action: connection.Action(q.Action), Name: q.Name, Since: q.Since, Before: q.Before}
	seen := 0 // events of the last page's last millisecond, which are there again
	if q.Cursor != "" {
		last, n, err := decodeAuditCursor(q.Cursor)
		if err != nil {
			return AuditPage{}, invalid(op, "cursor", "is not valid", "use the one of the page before, or none for the first page")
		}
		filter.Before, seen = last.Add(time.Millisecond), n
	}
	filter.Limit = seen + limit + 1
	events, err := s.Connections.cfg.Store.AuditTrail(ctx, filter)
	if err != nil {
		return AuditPage{}, err
	}
	events = events[min(seen, len(events)):]
	if len(events) <= limit {
		return AuditPage{Events: events}, nil
	}
	events = events[:limit]
	last, n := events[limit-1].Time, 0
	for _, e := range events {
		if e.Time.Equal(last) {
			n++
		}
	}
	if n == limit && filter.Before.Equal(last.Add(time.Millisecond)) {
		n += seen
	}
	return AuditPage{events, fmt.Sprintf("%d.%d", last.UnixMilli(), n)}, nil
}

// decodeAuditCursor returns the time of the last event, and how many of that time were seen.
func decodeAuditCursor(cursor string) (time.Time, int, error) {
	const longest, most = 32, 10_000
	var millis int64
	var n int
	if len(cursor) > longest {
		return time.Time{}, 0, fmt.Errorf("longer than %d", longest)
	}
	if _, err := fmt.Sscanf(cursor, "%d.%d", &millis, &n); err != nil || millis < 0 || n < 1 || n > most || fmt.Sprintf("%d.%d", millis, n) != cursor {
		return time.Time{}, 0, fmt.Errorf("%q", cursor)
	}
	return time.UnixMilli(millis), n, nil
}
