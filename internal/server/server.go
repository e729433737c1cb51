// Package server is the program behind postern serve: it opens what package service
// needs, serves the HTTP API, the pages and the authorization server of API clients, and
// ends in order.
package server

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/pages"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/service"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/store"
)

// Server is an open server. [Server.Serve] serves it, and [Server.Close] closes it.
type Server struct {
	cfg     Config
	log     *slog.Logger
	service *service.Service
	pages   *pages.Pages
	clients *authserver.Server
	handler http.Handler
	metrics *metrics
	spans   *spans
	notices *notifier

	closers    []func(ctx context.Context) error // in the order of opening
	background sync.WaitGroup
	stop       context.CancelFunc // of background

	stopWaiting context.CancelFunc // of requests that wait for runs
}

// Open opens the store, and begins to take runs.
func Open(ctx context.Context, cfg Config) (_ *Server, err error) {
	cfg.Log = slog.New(logHandler{cfg.Log.Handler()})
	s := &Server{cfg: cfg, log: cfg.Log, metrics: newMetrics(cfg.Version), notices: newNotifier(cfg)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close(context.WithoutCancel(ctx)))
		}
	}()
	s.opened(func(context.Context) error { return cfg.DB.Close() })
	if s.spans, err = newSpans(cfg.Tracer); err != nil {
		return nil, err
	}
	if err := cfg.DB.SetUp(ctx); err != nil {
		return nil, cfg.DB.Failed(ctx, "open store", "", err)
	}
	dialect := store.PostgreSQL
	if s.isAlone() {
		dialect = store.SQLite
		release, err := cfg.DB.Exclusive(ctx)
		if err != nil {
			return nil, err
		}
		s.opened(func(context.Context) error { return release() })
	}
	tokens, err := store.Open(ctx, store.Config{DB: cfg.DB.DB, Dialect: dialect, Key: cfg.Key, AuditKeep: max(0, cmp.Or(cfg.AuditKeep, auditKeep))})
	if err != nil {
		return nil, err
	}
	s.opened(func(context.Context) error { return tokens.Close() }) //nolint:contextcheck // closing takes none
	stopping, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stopWaiting = stop
	svc := &service.Service{Log: cfg.Log, URL: cfg.URL, Stopping: stopping, TenantLimits: cfg.Tenants.limits}
	s.service = svc
	if svc.Accounts, err = accounts.New(ctx, accounts.Config{
		DB: cfg.DB, IdleTimeout: cfg.IdleTimeout, Lifetime: cfg.Lifetime, PasswordMemory: cfg.PasswordMemory,
	}); err != nil {
		return nil, err
	}
	if svc.Catalog, err = catalog.New(ctx, cfg.DB); err != nil {
		return nil, err
	}
	if err := s.openConnections(ctx, tokens); err != nil {
		return nil, err
	}
	if err := s.openEngine(ctx); err != nil {
		return nil, err
	}
	if err := s.openWeb(ctx); err != nil {
		return nil, err
	}
	// Last: runs begin at once.
	if err := s.openRuns(ctx); err != nil {
		return nil, err
	}
	s.metrics.registry.MustRegister(lookup{s}, collectors.NewDBStatsCollector(cfg.DB.DB, "postern"))
	return s, nil
}

// isAlone reports whether no other server can use the store.
func (s *Server) isAlone() bool { return s.cfg.DB.Dialect == database.SQLite }

// opened adds what Close does, before what was opened earlier.
func (s *Server) opened(closer func(ctx context.Context) error) {
	s.closers = append(s.closers, closer)
}

func (s *Server) openConnections(ctx context.Context, tokens *store.Store) error {
	if err := s.cfg.DB.Update(ctx, database.SQL("postern_server_version", noticeTables)); err != nil {
		return err
	}
	outgoing := s.cfg.Connections.Egress()
	s.cfg.Egress.applyTo(&outgoing)
	network := egress.New(outgoing)
	s.opened(func(context.Context) error { network.Close(); return nil })
	c, err := service.OpenConnections(ctx, service.ConnectionsConfig{
		DB: s.cfg.DB, Store: tokens, Key: s.cfg.Key, Files: s.cfg.Connections, Egress: network, Callback: s.cfg.URL + "/oauth2callback",
		OnEvent: func(e connection.Event) {
			s.notices.event(e)
			if e.Err != nil {
				s.log.Warn("connection", "name", e.Connection, "state", e.State, "err", e.Err)
			} else {
				s.log.Info("connection", "name", e.Connection, "state", e.State)
			}
		},
		OnTokenFetch: func(id hostapi.Identity, f hostapi.TokenFetch) {
			s.metrics.tokenFetch(f)
			s.spans.tokenFetch(id, f)
		},
	})
	if err != nil {
		return err
	}
	s.service.Connections, s.notices.status = c, c.Status
	s.opened(c.Close)
	return nil
}

func (s *Server) openEngine(ctx context.Context) error {
	cfg := runtime.Config{
		Connector: &service.Ledger{Next: s.service.Connections.Manager}, Limits: s.cfg.Limits, Cookies: s.cfg.Connections.Cookies(),
		Cache: &runtime.Cache{WasmDir: s.cfg.CacheDir}, Budget: s.cfg.Engine.budget(s.cfg.Workers),
	}
	if !s.cfg.InProcess && runtime.WorkersSupported() {
		cfg.Isolation = s.cfg.Engine.workers(s.cfg.Limits)
	}
	if s.spans.observer != nil {
		cfg.OnRun = s.spans.observer.OnRun
	}
	s.service.Engine = runtime.New(cfg)
	s.opened(func(ctx context.Context) error { return s.service.Engine.Shutdown(ctx) })
	s.service.Loader = catalog.NewLoader(s.service.Catalog, s.service.Engine)
	return s.tellProtection(ctx, cfg.Isolation)
}

// tellProtection logs what holds the scripts: it differs from kernel to kernel. It also
// starts the first worker, so that a server that cannot start one does not serve.
func (s *Server) tellProtection(ctx context.Context, workers *runtime.Workers) error {
	if workers == nil {
		s.log.WarnContext(ctx, "JavaScript runs in the server's own process: a hostile script can end it")
		return nil
	}
	p, err := workers.Protection(ctx)
	if err != nil {
		return err
	}
	s.log.InfoContext(ctx, "JavaScript runs in worker processes", "namespaces", p.Namespaces, "landlock", p.Landlock, "seccomp", p.Seccomp)
	return nil
}

func (s *Server) openRuns(ctx context.Context) error {
	tenants, others := s.cfg.Tenants.bounds()
	r, err := runs.Open(ctx, s.cfg.DB, runs.Config{
		Tenants: tenants, EachTenant: others, Alone: s.isAlone(),
		Execute: s.execute, Options: s.service.ScheduleOptions, Workers: s.cfg.Workers, MaxQueued: s.cfg.MaxQueued, Keep: s.cfg.KeepRuns, KeepRuns: s.cfg.MaxRuns, KeepBytes: s.cfg.MaxRunBytes, Log: s.log,
	})
	if err != nil {
		return err
	}
	s.service.Runs = r
	s.service.Catalog.KeepUsed(s.service.Uses)
	s.opened(r.Stop)
	return nil
}

// Close ends what Open has opened, in the reverse order. Runs have until the end of ctx.
func (s *Server) Close(ctx context.Context) error {
	if s.stop != nil {
		s.stop()
	}
	if s.stopWaiting != nil {
		s.stopWaiting()
	}
	s.background.Wait()
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i](ctx))
	}
	s.closers = nil
	return errors.Join(errs...)
}

// auditKeep is how long entries of the audit trail are kept by default.
const auditKeep = 365 * 24 * time.Hour

// Bounds of the HTTP server.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 2 * time.Minute // of a request with its body
	writeTimeout      = 5 * time.Minute // of a response; that of an event stream is of each event
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
	maxConns          = 10_000
	maxStreams        = 100 // of a connection with HTTP/2; RFC 9113 §6.5.2 recommends no fewer
)

// Start begins what is done in the background, until ctx ends or Close is called.
func (s *Server) Start(ctx context.Context) {
	background, stop := context.WithCancel(ctx)
	s.stop = stop
	s.watch(background)
}

// Handler returns the handler of all requests.
func (s *Server) Handler() http.Handler { return s.handler }

// Service returns the operations of the server.
func (s *Server) Service() *service.Service { return s.service }

// Serve serves until ctx ends; requests in progress then have grace to end.
func (s *Server) Serve(ctx context.Context, listener net.Listener, grace time.Duration) error {
	s.Start(ctx)
	web := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: cmp.Or(s.cfg.ReadHeaderTimeout, readHeaderTimeout), ReadTimeout: cmp.Or(s.cfg.ReadTimeout, readTimeout),
		WriteTimeout: cmp.Or(s.cfg.WriteTimeout, writeTimeout), IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		HTTP2:    &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	(&conns{max: cmp.Or(s.cfg.MaxConns, maxConns)}).bound(web)
	web.RegisterOnShutdown(s.stopWaiting)
	if s.cfg.Metrics != nil {
		observed := &http.Server{Handler: s.private(), ReadHeaderTimeout: readHeaderTimeout, MaxHeaderBytes: maxHeaderBytes, ErrorLog: web.ErrorLog}
		defer observed.Close()           //nolint:errcheck // those who read metrics try again
		go observed.Serve(s.cfg.Metrics) //nolint:errcheck // it ends with Close
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := web.Shutdown(end); err != nil {
		_ = web.Close() // those that are left have had their time
	}
	return nil
}

// SetupLink returns the URL by which the first operator is added; "" if there is a user.
func (s *Server) SetupLink(ctx context.Context) (string, error) {
	some, err := s.service.Accounts.Any(ctx)
	if err != nil || some {
		return "", err
	}
	link, err := s.service.Accounts.SetupLink(ctx)
	return s.cfg.URL + "/setup/" + link.Token, err
}
