package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/runtime/otelpostern"
	"github.com/postern-dev/postern/store"
)

// service runs the tasks of many tenants. It trusts its callers: a program of yours
// authenticates them in front of it, and sets X-User.
type service struct {
	http.Handler

	config
	files   *os.Root
	db      *sql.DB
	tokens  *store.Store
	network *egress.Client
	engine  *runtime.Engine

	managers shared[*connection.Manager] // by tenant
	scripts  shared[*runtime.Script]
	hooks    shared[*hook] // by tenant/name
	running  shared[*task]
	ending   sync.WaitGroup // tasks whose result is not recorded yet
}

type config struct {
	folder   string // of the database and the files; readable by its user alone
	key      []byte // 32 random bytes, which encrypt tokens and attempts to authorize
	callback string // URL of the route /callback, as it is registered with authorization servers
	log      *slog.Logger
	spans    trace.TracerProvider
	secrets  func(ctx context.Context, tenant, ref string) (string, error) // a secret of a tenant
}

func newService(ctx context.Context, cfg config) (_ *service, err error) {
	s := &service{config: cfg}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.shutdown(ctx))
		}
	}()
	if s.files, err = os.OpenRoot(cfg.folder); err != nil {
		return nil, err
	}
	if s.db, err = sql.Open("sqlite", "file:"+filepath.Join(cfg.folder, "service.db")+pragmas); err != nil {
		return nil, err
	}
	if _, err = s.db.ExecContext(ctx, schema); err != nil {
		return nil, err
	}
	if s.tokens, err = store.Open(ctx, store.Config{DB: s.db, Dialect: store.SQLite, Key: cfg.key}); err != nil {
		return nil, err
	}
	observer, err := otelpostern.New(otelpostern.Config{TracerProvider: cfg.spans})
	if err != nil {
		return nil, err
	}
	s.network = egress.New(egress.Config{MaxConns: 500, MaxConnsPerHost: 50})
	s.engine = runtime.New(runtime.Config{
		Connector: connector{managers: &s.managers},
		Modules:   []runtime.Module{counters(s.db)},
		Limits:    hostapi.Limits{Time: time.Minute, Requests: 50},
		Budget:    runtime.Budget{Tasks: 64, TenantTasks: 16, Queue: 1000},
		OnRun:     runtime.MultiOnRun(observer.OnRun, s.logRun),
	})
	s.route()
	return s, nil
}

// pragmas are what docs/STORE.md requires of a pool of SQLite connections.
const pragmas = "?_txlock=immediate&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)" +
	"&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)"

const schema = `
CREATE TABLE IF NOT EXISTS counters (tenant TEXT, name TEXT, n INTEGER NOT NULL, PRIMARY KEY (tenant, name));
CREATE TABLE IF NOT EXISTS attempts (state TEXT PRIMARY KEY, tenant TEXT NOT NULL, user TEXT NOT NULL, sealed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS results (task TEXT PRIMARY KEY, tenant TEXT NOT NULL, result TEXT NOT NULL);`

// shutdown ends what is open, each part before those it uses. Tasks in progress have until
// the end of ctx. After that, tokens that are being renewed have time to be stored: a
// refresh token that was used and whose successor is lost ends the grant.
func (s *service) shutdown(ctx context.Context) error {
	var errs []error
	if s.engine != nil {
		errs = append(errs, s.engine.Shutdown(ctx))
		s.ending.Wait() // Shutdown has ended every task
		store, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		errs = append(errs, s.closeManagers(store))
		s.network.Close()
	}
	if s.tokens != nil {
		errs = append(errs, s.tokens.Close()) //nolint:contextcheck // it bounds itself what it waits
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.files != nil {
		errs = append(errs, s.files.Close())
	}
	return errors.Join(errs...)
}

func (s *service) route() {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request) error{
		"PUT /tenants/{tenant}/connections":                        s.putConnections,
		"PUT /tenants/{tenant}/files/{file}":                       s.putFile,
		"POST /tenants/{tenant}/tasks":                             s.postTask,
		"GET /tenants/{tenant}/tasks/{id}":                         s.getTask,
		"DELETE /tenants/{tenant}/tasks/{id}":                      s.deleteTask,
		"PUT /tenants/{tenant}/hooks/{hook}":                       s.putHook,
		"POST /tenants/{tenant}/hooks/{hook}":                      s.postHook,
		"PUT /scripts/{script}":                                    s.putScript,
		"GET /tenants/{tenant}/connections/{connection}/authorize": s.getAuthorize,
		"GET /callback":                                            s.getCallback,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := handle(w, r); err != nil {
				s.log.Warn("refused", "method", r.Method, "path", r.URL.Path, "err", err)
				status := status(err)
				if status == http.StatusInternalServerError {
					err = errors.New("a fault of the service") // which the log has
				}
				respond(w, status, failureOf(err))
			}
		})
	}
	s.Handler = mux
}

// notFound is the error for something that the service does not have.
func notFound(what string) error {
	return &hostapi.Error{Code: "not_found", Message: what + " not found"}
}

func status(err error) int {
	switch hostapi.CodeOf(err) {
	case hostapi.CodeConfig, hostapi.CodeInvalidArgument, hostapi.CodeScript:
		return http.StatusBadRequest
	case hostapi.CodeDenied:
		return http.StatusForbidden
	case "not_found", hostapi.CodeUnknownConnection:
		return http.StatusNotFound
	case hostapi.CodeOverloaded:
		return http.StatusTooManyRequests
	case hostapi.CodeConnection, hostapi.CodeNetwork:
		return http.StatusBadGateway
	case hostapi.CodeClosed:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// decode reads JSON of a caller. A number keeps every digit.
func decode(w http.ResponseWriter, r *http.Request, v any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.UseNumber()
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Message: "the body is not valid", Cause: err}
	}
	return nil
}

func respond(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // fails only if the client has disconnected
}
