package accounts

import (
	"context"
	"slices"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// Session is a session of a browser, as its user sees it.
type Session struct {
	ID          string
	Browser     Browser // where the user signed in
	Began, Used time.Time
	Current     bool // it is that of the context

	hash string
}

// UserSessions returns the sessions of a user that have not ended, the one used last first.
func (a *Accounts) UserSessions(ctx context.Context, u User) ([]Session, error) {
	rows, err := a.db.QueryContext(ctx, `SELECT hash, data, used FROM postern_accounts_sessions
		WHERE user_id = $1 AND data IS NOT NULL AND expires > $2`, u.ID, database.Millis(time.Now()))
	if err != nil {
		return nil, a.db.Failed(ctx, "list sessions", "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var list []Session
	for rows.Next() {
		var s Session
		var data []byte
		var used int64
		if err := rows.Scan(&s.hash, &data, &used); err != nil {
			return nil, a.db.Failed(ctx, "list sessions", "", err)
		}
		_, values, err := a.sessions.Codec.Decode(data)
		if epoch, _ := values[epochKey].(int64); err != nil || epoch != u.epoch {
			continue // it is of no use any more
		}
		began, _ := values[beganKey].(int64)
		s.ID, _ = values[idKey].(string)
		s.Browser.Address, _ = values[addressKey].(string)
		s.Browser.Agent, _ = values[agentKey].(string)
		s.Began, s.Used = database.Time(began), database.Time(used)
		s.Current = ctx.Value(loaded{}) != nil && a.sessions.GetString(ctx, idKey) == s.ID
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		return nil, a.db.Failed(ctx, "list sessions", "", err)
	}
	slices.SortFunc(list, func(x, y Session) int { return y.Used.Compare(x.Used) })
	return list, nil
}

// EndSession ends a session of a user. The error matches [ErrNotFound] if it has ended.
func (a *Accounts) EndSession(ctx context.Context, u User, id string) error {
	list, err := a.UserSessions(ctx, u)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(s Session) bool { return s.ID == id })
	if i < 0 {
		return refused("end session", id, ErrNotFound, "the session has ended", "")
	}
	if _, err := a.db.ExecContext(ctx, "UPDATE postern_accounts_sessions SET data = NULL WHERE hash = $1", list[i].hash); err != nil {
		return a.db.Failed(ctx, "end session", id, err)
	}
	return nil
}
