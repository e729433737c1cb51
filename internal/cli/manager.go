package cli

import (
	"context"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/store"
)

// session is what a command needs to use connections: what their files say, the way
// out, the store that they name, if they do, and the manager over them.
type session struct {
	connections
	client  *egress.Client
	store   *store.Store // nil: tokens are kept in memory
	manager *connection.Manager

	secretless bool // the set was read without its secrets
}

// noteMissing reports which secrets of the named connections are unavailable, of all
// connections if none is named: the others can still be used.
func (s *session) noteMissing(ctx context.Context, out *printer, names ...string) {
	if s.secretless {
		return
	}
	err := s.set.CheckSecrets(ctx, names...)
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for _, err := range list {
		if err != nil {
			out.say("postern: note: %s", report.Summary(err))
		}
	}
}

// openSession opens what connections need. Close it.
func (a *app) openSession(ctx context.Context, c *connections) (*session, error) {
	s := &session{connections: *c}
	var err error
	if s.store, err = openStore(ctx, c); err != nil {
		return nil, err
	}
	s.client = egress.New(c.set.Egress())
	config := connection.Config{Set: c.set, Egress: s.client, Namespace: c.set.StoreOptions().Namespace}
	if s.store != nil {
		config.Store = s.store // a nil *store.Store would be no nil interface
		config.Actor = username()
	}
	if s.manager, err = connection.NewManager(config); err != nil {
		_ = s.closeStore() //nolint:contextcheck // closing takes none; the first error is returned
		return nil, err
	}
	return s, nil
}

// username returns who runs the command, for the audit trail.
func username() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

// openStore opens the store of the connections. It is nil if there is no [store].
func openStore(ctx context.Context, c *connections) (*store.Store, error) {
	config, err := storeConfig(c.set, c.storeFile())
	if err != nil || config.URL == "" {
		return nil, err
	}
	return store.Open(ctx, config)
}

// storeConfig returns what [store] in the file at path says, and no URL if it is
// not there.
func storeConfig(set *connection.Set, path string) (config store.Config, err error) {
	url, text := set.Store()
	if url == "" {
		return config, nil
	}
	if config.Key, err = store.ParseKey(string(text)); err != nil {
		message, hint := explanation(err)
		return config, &hostapi.Error{Code: hostapi.CodeConfig, Op: "store", Name: "key", Message: message, Hint: hint, File: path}
	}
	options := set.StoreOptions()
	config.URL, config.Prefix, config.Schema = besideFile(url, path), options.Prefix, options.Schema
	return config, nil
}

// besideFile returns the URL of a store with a relative SQLite file seen from the
// folder of oauth.toml.
func besideFile(url, path string) string {
	file, ok := strings.CutPrefix(url, "sqlite:")
	if !ok || filepath.IsAbs(file) || file == "" {
		return url
	}
	return "sqlite:" + filepath.Join(filepath.Dir(path), file)
}

// session opens the connections for a command that is about them. Close it.
func (a *app) session(ctx context.Context, command string, paths []string) (*session, error) {
	c, err := a.needConnections(ctx, command, paths, a.withSecrets())
	if err != nil {
		return nil, err
	}
	return a.openSession(ctx, c)
}

// storeSession opens the store alone, which has to be there, with or without connections. Close it.
func (a *app) storeSession(ctx context.Context, op string, paths []string) (*session, error) {
	c, err := openConnections(ctx, paths, a.withSecrets())
	if err != nil {
		return nil, err
	}
	s := &session{connections: *c}
	if s.store, err = openStore(ctx, c); err != nil {
		return nil, err
	}
	return s, s.needStore(op, "", "there is no store")
}

// close ends the session. Renewals under way are waited for: what they store may
// exist nowhere else.
func (a *app) close(ctx context.Context, s *session) {
	if s.manager != nil { // see look
		a.closeManager(ctx, s.manager)
		s.client.Close()
	}
	if err := s.closeStore(); err != nil { //nolint:contextcheck // closing takes none
		message, hint := explanation(err)
		a.out.warn(strings.TrimSuffix(message+"; "+hint, "; "))
	}
}

// closeStore stores what waits for it, and closes the store.
func (s *session) closeStore() error {
	if s.store == nil {
		return nil
	}
	return s.store.Close()
}

// needStore refuses what makes no sense while tokens are only in memory, until the command
// ends.
func (s *session) needStore(op, name, message string) error {
	if s.store != nil {
		return nil
	}
	return &hostapi.Error{
		Code: hostapi.CodeConfig, Op: op, Name: name, Message: message,
		Hint: "postern store init sets one up",
	}
}

// look opens the connections for a command that only shows them. If a secret is
// unavailable the session has the set alone; so has a session that is returned with an
// error, which comes from the store.
func (a *app) look(ctx context.Context, command string, paths []string) (*session, error) {
	whole, err := a.needConnections(ctx, command, paths, a.withSecrets()) // first: what a pipe has can be read once
	if err != nil {
		c, without := a.needConnections(ctx, command, paths, connection.ParseOptions{SkipSecrets: true})
		if without != nil {
			return nil, without
		}
		if url, _ := c.set.Store(); url != "" {
			if e, ok := asHost(err); ok { // the first, if several are missing
				err = e
			}
			a.out.say("postern: note: state not shown: a secret is missing: %s", report.Summary(err))
		}
		return &session{connections: *c, secretless: true}, nil
	}
	s, err := a.openSession(ctx, whole)
	if err != nil {
		return &session{connections: *whole}, err
	}
	return s, nil
}
