package accounts

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/postern-dev/postern/internal/database"
)

// sessionStore is a [scs.CtxStore]. The row of a session that was ended stays until it would have
// expired, without data: a request that loaded the session before cannot bring it back.
type sessionStore struct {
	db    *database.DB
	codec scs.Codec
}

// FindCtx implements [scs.CtxStore].
func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data []byte
	err := s.db.QueryRowContext(ctx, "SELECT data FROM postern_accounts_sessions WHERE hash = $1 AND expires > $2 AND data IS NOT NULL",
		token, database.Millis(time.Now())).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitCtx implements [scs.CtxStore].
func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expires time.Time) error {
	_, values, err := s.codec.Decode(data)
	if err != nil {
		return err
	}
	user, _ := values[userKey].(string)
	_, err = s.db.ExecContext(ctx, `INSERT INTO postern_accounts_sessions AS s (hash, user_id, data, used, expires) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (hash) DO UPDATE SET user_id = excluded.user_id, data = excluded.data, used = excluded.used, expires = excluded.expires
		WHERE s.data IS NOT NULL`, token, user, data, database.Millis(time.Now()), database.Millis(expires))
	if err != nil && s.isStored(ctx, token, values) {
		return nil // only when it was used is not noted: pages can be read while nothing can be written
	}
	return err
}

// isStored reports whether the values of a session are those that are stored already, apart from what its next page is to
// say.
func (s sessionStore) isStored(ctx context.Context, token string, values map[string]any) bool {
	data, found, err := s.FindCtx(ctx, token)
	if err != nil || !found {
		return false
	}
	_, stored, err := s.codec.Decode(data)
	delete(stored, flashKey)
	delete(values, flashKey)
	return err == nil && maps.Equal(stored, values)
}

// DeleteCtx implements [scs.CtxStore].
func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	_, err := s.db.ExecContext(ctx, "UPDATE postern_accounts_sessions SET data = NULL WHERE hash = $1", token)
	return err
}

// Find implements [scs.Store].
func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit implements [scs.Store].
func (s sessionStore) Commit(token string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expires)
}

// Delete implements [scs.Store].
func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
