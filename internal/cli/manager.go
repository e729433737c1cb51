package cli

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/store"
)

// session is what a verb needs to use connections: the set of a file, the way out,
// the store that the file names, if it does, and the manager over them.
type session struct {
	set     *connection.Set
	client  *egress.Client
	store   *store.Store // nil: tokens are kept in memory
	manager *connection.Manager
}

// openSession opens what the set of the file at path needs. Close it.
func (a *app) openSession(ctx context.Context, set *connection.Set, path string) (*session, error) {
	s := &session{set: set, client: egress.New(set.Egress())}
	config := connection.Config{Set: set, Egress: s.client}
	if url, text := set.Store(); url != "" {
		key, err := store.ParseKey(string(text))
		if err != nil {
			return nil, err
		}
		if s.store, err = store.Open(ctx, store.Config{URL: besideFile(url, path), Key: key}); err != nil {
			return nil, err
		}
		config.Store = s.store
	}
	var err error
	if s.manager, err = connection.NewManager(config); err != nil {
		s.closeStore() //nolint:contextcheck // closing takes none
		return nil, err
	}
	return s, nil
}

// besideFile returns the URL of a store with a relative SQLite file seen from the
// folder of the file of connections.
func besideFile(url, path string) string {
	file, ok := strings.CutPrefix(url, "sqlite:")
	if !ok || filepath.IsAbs(file) || file == "" {
		return url
	}
	if path == "" {
		path = defaultConnections
	}
	return "sqlite:" + filepath.Join(filepath.Dir(path), file)
}

// close ends the session. Renewals under way are waited for: what they store may
// exist nowhere else.
func (a *app) close(ctx context.Context, s *session) {
	a.closeManager(ctx, s.manager)
	s.closeStore() //nolint:contextcheck // closing takes none
	s.client.Close()
}

func (s *session) closeStore() {
	if s.store != nil {
		_ = s.store.Close() // every write has been committed by now
	}
}
