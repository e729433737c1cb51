// Package httpapi is the HTTP API of the server, under /v1: what it accepts and returns,
// as the OpenAPI document at /v1/openapi.json says, and how errors are told. What the
// operations do is in package service.
package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/service"
)

// Config configures [New].
type Config struct {
	Service *service.Service
	Version string // of the program, in the document
	URL     string // of the server, in the document
	Log     *slog.Logger

	ReadTimeout time.Duration // of the body of a request; it must be positive
}

// api has the operations.
type api struct {
	*service.Service
	log  *slog.Logger
	huma huma.API

	readTimeout time.Duration
}

// New returns the handler of paths below /v1/.
func New(cfg Config) http.Handler {
	setErrors()
	mux := http.NewServeMux()
	a := &api{Service: cfg.Service, log: cfg.Log, readTimeout: cfg.ReadTimeout}
	a.huma = humago.New(mux, humaConfig(cfg))
	a.register()
	return a.middleware(mux)
}

// register adds the operations.
func (a *api) register() {
	a.addTasks()
	a.addHooks()
	a.addRuns()
	a.addStats()
	a.addSchedules()
	a.addConnections()
	a.addClients()
	a.addUsers()
	a.addAudit()
	a.addMe()
	for _, schema := range a.huma.OpenAPI().Components.Schemas.Map() {
		allowEmpty(schema)
	}
}

// allowEmpty lets a text in base64 below s be empty, as the content of an empty file is: the
// check of huma does not.
func allowEmpty(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.ContentEncoding == "base64" {
		s.ContentEncoding, s.Extensions = "", map[string]any{"contentEncoding": "base64"}
		s.Pattern, s.PatternDescription = "^[A-Za-z0-9+/]*={0,2}$", "base64 encoded"
		s.PrecomputeMessages()
		s.PatternDescription = "" // it is now in the message, and OpenAPI has no such keyword
	}
	for _, property := range s.Properties {
		allowEmpty(property)
	}
	allowEmpty(s.Items)
	if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
		allowEmpty(values)
	}
}

// Document returns the OpenAPI 3.1 document in JSON.
func Document(version, url string) ([]byte, error) {
	setErrors()
	a := &api{huma: humago.New(http.NewServeMux(), humaConfig(Config{Version: version, URL: url}))}
	a.register()
	return a.huma.OpenAPI().MarshalJSON()
}

func humaConfig(cfg Config) huma.Config {
	c := huma.DefaultConfig("Postern", cfg.Version)
	c.OpenAPIPath = "/v1/openapi"
	c.DocsPath, c.SchemasPath = "", "" // its page loads a script from elsewhere
	c.RejectUnknownQueryParameters = true
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}
	c.Formats = map[string]huma.Format{"application/json": format, "json": format}
	c.CreateHooks = nil // no $schema in bodies
	c.Info.Description = "Tasks, their runs, and the connections that they use."
	if cfg.URL != "" {
		c.Servers = []*huma.Server{{URL: cfg.URL}}
	}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "an access token of an API client, or a personal access token"},
	}
	c.Security = []map[string][]string{{"token": {}}}
	return c
}

// maxBody bounds the bytes of a request's body: a task has at most 16 MiB of files, which
// are larger in base64.
const maxBody = 24 << 20

type callerKey struct{}

// callerOf returns the caller of a request that came through the middleware.
func callerOf(ctx context.Context) service.Caller {
	c, _ := ctx.Value(callerKey{}).(service.Caller)
	return c
}

// listOf returns what of makes of each. An empty list is not nil, which JSON would write as null.
func listOf[A, B any](list []A, of func(A) B) []B {
	made := make([]B, len(list))
	for i, a := range list {
		made[i] = of(a)
	}
	return made
}

// middleware authenticates a request before next sees it.
func (a *api) middleware(mux *http.ServeMux) http.Handler {
	events := http.NewServeMux()
	events.HandleFunc("GET "+logPath, a.follow)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.Method == http.MethodGet && (r.URL.Path == "/v1/openapi.json" || r.URL.Path == "/v1/openapi.yaml") {
			mux.ServeHTTP(w, r)
			return
		}
		caller, err := a.caller(r)
		if err != nil {
			a.refuse(w, r, err)
			return
		}
		_, pattern := mux.Handler(r)
		if pattern == "" {
			a.notFound(w, r, mux)
			return
		}
		r.Pattern = pattern // for those that observe requests

		// A filter that is left out would list all.
		if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
			write(w, problem{Status: http.StatusBadRequest, Detail: "the query of the URL is malformed", Hint: "encode its values, RFC 3986 §2.1"})
			return
		}
		if p := mediaProblem(a.operationOf(pattern), r); p != nil {
			write(w, *p)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		r = r.WithContext(context.WithValue(r.Context(), callerKey{}, caller))
		switch {
		case pattern == "GET "+logPath && wantsEvents(r):
			events.ServeHTTP(w, r)
		case pattern != "POST "+runsPath || a.fromMultipart(w, r):
			mux.ServeHTTP(orNotModified(w, r), r)
		}
	})
}

// caller returns who sent a request, by its access token.
func (a *api) caller(r *http.Request) (service.Caller, error) {
	access, err := a.Clients.Authenticate(r.Context(), r)
	if err != nil {
		return service.Caller{}, err
	}
	u, err := a.Accounts.User(r.Context(), access.User.ID)
	switch {
	case errors.Is(err, accounts.ErrNotFound) || err == nil && u.Disabled:
		return service.Caller{}, &authserver.AccessError{
			Status: http.StatusUnauthorized, Code: "invalid_token", Description: "the user of the token may not sign in any more",
		}
	case err != nil:
		return service.Caller{}, err
	}
	return service.Caller{
		ID: u.ID, Name: u.Email, Role: u.Role, Client: access.ClientID, ReadOnly: access.Scope != authserver.ScopeAll,
	}, nil
}

// notFound answers a request that no operation has the path, or the method, of.
func (a *api) notFound(w http.ResponseWriter, r *http.Request, mux *http.ServeMux) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		write(w, problem{Status: http.StatusNotFound, Detail: "there is no operation with this path", Hint: "GET /v1/openapi.json lists the operations"})
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	write(w, problem{Status: http.StatusMethodNotAllowed, Detail: "this path has no operation with the method " + r.Method})
}

// once: huma's constructor of errors is a variable of its package.
var once sync.Once //nolint:gochecknoglobals // it guards a global of huma
