package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"sync"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/store"
)

// tenants has the connections of each tenant: one Manager each, on one network and one
// store.
type tenants struct {
	network *egress.Client
	tokens  *store.Store
	secrets func(ctx context.Context, ref string) (string, error)
	log     *slog.Logger

	mu       sync.RWMutex
	managers map[string]*connection.Manager
}

func (t *tenants) manager(tenant string) (*connection.Manager, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if m, ok := t.managers[tenant]; ok {
		return m, nil
	}
	return nil, notFound("tenant")
}

// set makes a tenant, or replaces its connections. Tasks in progress finish with those
// that they began with.
func (t *tenants) set(tenant string, set *connection.Set) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m, ok := t.managers[tenant]; ok {
		return m.Replace(set)
	}
	m, err := connection.NewManager(connection.Config{
		Set: set, Egress: t.network, Store: t.tokens, Namespace: tenant,
		OnEvent: func(e connection.Event) {
			t.log.Info("connection", "tenant", tenant, "name", e.Connection, "state", e.State, "err", e.Err)
		},
	})
	if err != nil {
		return err
	}
	if t.managers == nil {
		t.managers = map[string]*connection.Manager{}
	}
	t.managers[tenant] = m
	return nil
}

func (t *tenants) close(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var errs []error
	for _, m := range t.managers {
		errs = append(errs, m.Close(ctx))
	}
	return errors.Join(errs...)
}

var tenantForm = regexp.MustCompile(`^[a-z0-9-]{1,40}$`) //nolint:gochecknoglobals // never changed

// putConnections is for operators: a definition decides where tokens go, and can name
// files of this machine.
func (s *service) putConnections(w http.ResponseWriter, r *http.Request) error {
	tenant := r.PathValue("tenant")
	if !tenantForm.MatchString(tenant) {
		return notFound("tenant")
	}
	var definitions map[string]connection.Definition
	if err := decode(w, r, &definitions); err != nil {
		return err
	}
	set, err := connection.NewSet(definitions, connection.ParseOptions{LookupSecret: s.tenants.secrets})
	if err != nil {
		return err
	}
	if err := s.tenants.set(tenant, set); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
