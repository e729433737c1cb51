package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/eventstream"
	"github.com/postern-dev/postern/internal/httpapi"
	"github.com/postern-dev/postern/internal/pages"
)

// openWeb makes the handler of all paths.
func (s *Server) openWeb(ctx context.Context) (err error) {
	svc := s.service
	s.pages = pages.New(pages.Config{Service: svc, URL: s.cfg.URL, Version: s.cfg.Version, Address: s.address, Log: s.log})
	s.clients, err = authserver.New(ctx, authserver.Config{
		DB: s.cfg.DB, Issuer: s.cfg.URL, AccessTokenTTL: s.cfg.AccessTokenTTL, RefreshTokenTTL: s.cfg.RefreshTokenTTL,
		RefreshGrace: s.cfg.RefreshGrace, SessionsPerUser: s.cfg.SessionsPerUser,
		User: s.pages.User, SignIn: s.pages.SignIn, Render: s.pages.Consent, Log: s.log,
		Address: func(r *http.Request) string { return accounts.Network(s.address(r)).String() },
	})
	if err != nil {
		return err
	}
	svc.Clients = s.clients.Registry
	mux := http.NewServeMux()
	api := httpapi.Config{Service: svc, Version: s.cfg.Version, URL: s.cfg.URL, Log: s.log, ReadTimeout: cmp.Or(s.cfg.ReadTimeout, readTimeout)}
	mux.Handle("/v1/", httpapi.New(api))
	mux.Handle("/hooks/", httpapi.Hooks(api))
	mux.Handle("/oauth2/", s.pages.Sessions(s.clients.Handler()))
	mux.Handle("/.well-known/", s.clients.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("/", s.pages.Handler()) //nolint:contextcheck // the templates of connections are in the program
	s.handler = bounded(s.logged(s.own(mux)))
	return nil
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // fails only if the client has gone
}

// ready tells whether the server can do its work, for a load balancer, and otherwise why not.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	const longest = 5 * time.Second
	ctx, cancel := context.WithTimeoutCause(r.Context(), longest, database.NoResponse(longest))
	defer cancel()
	if err := s.cfg.DB.PingContext(ctx); err != nil {
		if err = s.cfg.DB.Failed(ctx, "ready", "", err); database.OutageOf(err) == "" {
			s.log.ErrorContext(ctx, "not ready", "err", err)
			plain(w, http.StatusServiceUnavailable, "the database does not respond")
			return
		}
	}
	if outage := s.cfg.DB.Outage(); outage != nil {
		plain(w, http.StatusServiceUnavailable, "the database cannot be used: "+outage.Message)
		return
	}
	plain(w, http.StatusOK, "ready")
}

// own refuses requests for other hosts: a page of another site whose name was made to
// lead here must not act for the user, https://en.wikipedia.org/wiki/DNS_rebinding.
// Health checks know no name.
func (s *Server) own(next http.Handler) http.Handler {
	u, err := url.Parse(s.cfg.URL)
	host, isHTTPS := "", false
	if err == nil {
		host, isHTTPS = u.Host, u.Scheme == "https"
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Host, host) && r.URL.Path != "/healthz" && r.URL.Path != "/readyz" {
			plain(w, http.StatusMisdirectedRequest, "this server is "+s.cfg.URL)
			return
		}
		if isHTTPS {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000") // RFC 6797
		}
		next.ServeHTTP(w, r)
	})
}

// requestTime bounds a request whose database does not respond. It is longer than a request may wait for a run.
const requestTime = 2 * time.Minute

// bounded ends requests in time. A stream of events may last as long as a run, and bounds its statements itself.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(strings.Join(r.Header.Values("Accept"), ","), eventstream.Type) {
			next.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithTimeoutCause(r.Context(), requestTime, database.NoResponse(requestTime))
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// logged gives each request an ID, and logs it without its query, which may hold a code.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, id := time.Now(), rand.Text()[:16]
		w.Header().Set("X-Request-Id", id)
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		r, end := s.spans.request(r)
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		defer func() { //nolint:contextcheck // the log takes that of the request
			level := slog.LevelInfo
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler { //nolint:errorlint // the very value
					panic(v)
				}
				level = slog.LevelError
				s.log.ErrorContext(r.Context(), "a request failed", "panic", v)
				if !recorder.wrote {
					plain(recorder, http.StatusInternalServerError, "the server failed; its log says why")
				}
			}
			s.observed(r, recorder.status, time.Since(began), end)
			s.log.Log(r.Context(), level, "request", "method", r.Method, "path", loggedPath(r.URL.Path), "status", recorder.status,
				"bytes", recorder.bytes, "duration", time.Since(began).Round(time.Microsecond), "address", s.address(r))
		}()
		next.ServeHTTP(recorder, r)
	})
}

// loggedPath returns a path without what must not be known by those who read the log.
func loggedPath(path string) string {
	for _, secret := range []string{"/setup/", "/hooks/"} {
		if strings.HasPrefix(path, secret) {
			return secret + "…"
		}
	}
	return path
}

type statusRecorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	wrote  bool
}

// WriteHeader implements [http.ResponseWriter].
func (r *statusRecorder) WriteHeader(status int) {
	if !r.wrote {
		r.status, r.wrote = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (r *statusRecorder) Write(p []byte) (int, error) {
	r.wrote = true
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Unwrap is for [http.ResponseController].
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// address returns where a request came from. The last entry of X-Forwarded-For that is
// not a trusted proxy counts: those before it may be invented.
func (s *Server) address(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := peer.Addr().Unmap()
	entries := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(entries) {
		if !s.trusts(address) {
			break
		}
		before, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			break
		}
		address = before.Unmap()
	}
	return address
}

func (s *Server) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(s.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(address) })
}
