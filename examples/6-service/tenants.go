package main

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	"github.com/postern-dev/postern/connection"
)

var tenantForm = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// putConnections makes a tenant, or replaces its connections. They read no file of this
// machine, and only secrets of that tenant.
func (s *service) putConnections(w http.ResponseWriter, r *http.Request) error {
	tenant := r.PathValue("tenant")
	if !tenantForm.MatchString(tenant) {
		return notFound("tenant")
	}
	var definitions map[string]connection.Definition
	if err := decode(w, r, &definitions); err != nil {
		return err
	}
	set, err := connection.NewSet(definitions, connection.ParseOptions{
		NoFiles:      true,
		LookupSecret: func(ctx context.Context, ref string) (string, error) { return s.secrets(ctx, tenant, ref) },
	})
	if err != nil {
		return err
	}
	return s.managers.put(tenant, func(m *connection.Manager, ok bool) (*connection.Manager, error) {
		if ok { // tasks in progress finish with the connections that they began with
			return m, m.Replace(set)
		}
		return connection.NewManager(connection.Config{
			Set: set, Egress: s.network, Store: s.tokens, Namespace: tenant, SealKey: s.key,
			OnEvent: func(e connection.Event) {
				s.log.Info("connection", "tenant", tenant, "name", e.Connection, "state", e.State, "err", e.Err)
			},
		})
	})
}

// manager returns the Manager of the tenant that a request is for.
func (s *service) manager(r *http.Request) (*connection.Manager, error) {
	if m, ok := s.managers.get(r.PathValue("tenant")); ok {
		return m, nil
	}
	return nil, notFound("tenant")
}

// closeManagers waits for tokens that are being renewed.
func (s *service) closeManagers(ctx context.Context) error {
	var errs []error
	for _, m := range s.managers.m { // no request is served any more
		errs = append(errs, m.Close(ctx))
	}
	return errors.Join(errs...)
}
