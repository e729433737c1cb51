package store

import "context"

// OneConnection makes s use a single connection to its database from now on, and
// runs a statement on it, which may bend that connection.
func (s *Store) OneConnection(ctx context.Context, statement string) error {
	s.db.SetMaxIdleConns(1)
	s.db.SetMaxOpenConns(1)
	_, err := s.db.ExecContext(ctx, statement)
	return err
}
