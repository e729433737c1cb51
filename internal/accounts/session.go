package accounts

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/postern-dev/postern/internal/database"
)

// Values of a session.
const (
	userKey    = "user"
	epochKey   = "epoch"
	secretKey  = "secret"
	idKey      = "id"
	beganKey   = "began"
	addressKey = "address"
	agentKey   = "agent"
)

func newSessions(cfg Config) *scs.SessionManager {
	s := scs.New()
	s.Store = sessionStore{cfg.DB, s.Codec}
	s.HashTokenInStore = true
	s.IdleTimeout = cmp.Or(cfg.IdleTimeout, 12*time.Hour)
	s.Lifetime = cmp.Or(cfg.Lifetime, 7*24*time.Hour)
	// The prefix keeps other hosts and insecure pages from setting it, RFC 6265bis §4.1.3.
	// A browser sends a strict cookie only if the request comes from the server's own
	// pages, and the callback of an authorization does not.
	s.Cookie = scs.SessionCookie{
		Name: "__Host-postern", Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode, Persist: true,
	}
	if cfg.Insecure {
		s.Cookie.Name, s.Cookie.Secure = "postern", false
	}
	return s
}

// Sessions returns a handler that loads the session of a request before it calls next,
// and stores it afterwards. If the database fails, it calls failed instead.
func (a *Accounts) Sessions(next http.Handler, failed func(http.ResponseWriter, *http.Request, error)) http.Handler {
	manager := *a.sessions
	manager.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		response, ok := w.(*response)
		if !ok || response.failed {
			return
		}
		failed(response.ResponseWriter, r, a.db.Failed(r.Context(), "load the session", "", err))
		response.failed = true
	}
	sessions := manager.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), loaded{}, true)))
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { sessions.ServeHTTP(&response{ResponseWriter: w}, r) })
}

// response drops what a handler writes once the session could not be stored, which is tried
// when the handler begins to write.
type response struct {
	http.ResponseWriter

	failed bool
}

// WriteHeader implements [http.ResponseWriter].
func (r *response) WriteHeader(status int) {
	if !r.failed {
		r.ResponseWriter.WriteHeader(status)
	}
}

// Write implements [http.ResponseWriter].
func (r *response) Write(p []byte) (int, error) {
	if r.failed {
		return len(p), nil
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets [http.ResponseController] find the writer of the server.
func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// loaded marks a context with a session.
type loaded struct{}

// Browser is where a user signs in.
type Browser struct {
	Address string // of the network, as far as it is known
	Agent   string // the User-Agent of its requests
}

// Begin makes u the user of the session of ctx, which gets a new token, so that one which an attacker has set
// in the browser is of no use, https://owasp.org/www-community/attacks/Session_fixation.
func (a *Accounts) Begin(ctx context.Context, u User, from Browser) error {
	if err := a.sessions.RenewToken(ctx); err != nil {
		return a.db.Failed(ctx, "begin a session", "", err)
	}
	a.sessions.Put(ctx, userKey, u.ID)
	a.sessions.Put(ctx, epochKey, u.epoch)
	a.sessions.Put(ctx, secretKey, rand.Text())
	a.sessions.Put(ctx, idKey, rand.Text())
	a.sessions.Put(ctx, beganKey, database.Millis(time.Now()))
	a.sessions.Put(ctx, addressKey, from.Address)
	const most = 500 // far more than browsers send
	a.sessions.Put(ctx, agentKey, from.Agent[:min(len(from.Agent), most)])
	return nil
}

// Secret returns 128 random bits of the session of ctx, "" if there is none: a form that has
// it was made for this session.
func (a *Accounts) Secret(ctx context.Context) string {
	if ctx.Value(loaded{}) == nil {
		return ""
	}
	return a.sessions.GetString(ctx, secretKey)
}

// End ends the session of ctx.
func (a *Accounts) End(ctx context.Context) error {
	if err := a.sessions.Destroy(ctx); err != nil {
		return a.db.Failed(ctx, "end the session", "", err)
	}
	return nil
}

// Current returns the user of the session of ctx; false if there is none, or if
// the user was disabled, deleted, or has another password since.
func (a *Accounts) Current(ctx context.Context) (User, bool, error) {
	if ctx.Value(loaded{}) == nil {
		return User{}, false, nil
	}
	id := a.sessions.GetString(ctx, userKey)
	if id == "" {
		return User{}, false, nil
	}
	epoch, _ := a.sessions.Get(ctx, epochKey).(int64)
	u, err := a.User(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return User{}, false, nil
	}
	if err != nil {
		return User{}, false, err
	}
	return u, !u.Disabled && u.epoch == epoch, nil
}

// SignOutEverywhere ends all sessions of the user with that ID.
func (a *Accounts) SignOutEverywhere(ctx context.Context, id string) error {
	_, err := a.db.ExecContext(ctx, "UPDATE postern_accounts_users SET epoch = epoch + 1 WHERE id = $1", id)
	if err != nil {
		return a.db.Failed(ctx, "end the sessions", id, err)
	}
	return nil
}

// Flash keeps a text in the session until [Accounts.TakeFlash], for the next page.
func (a *Accounts) Flash(ctx context.Context, text string) { a.sessions.Put(ctx, flashKey, text) }

// TakeFlash returns the text of [Accounts.Flash], once.
func (a *Accounts) TakeFlash(ctx context.Context) string { return a.sessions.PopString(ctx, flashKey) }

const flashKey = "flash"

// Prune deletes sessions, links and counts of attempts that have expired.
func (a *Accounts) Prune(ctx context.Context) error {
	now := time.Now()
	for statement, before := range map[string]time.Time{
		"DELETE FROM postern_accounts_sessions WHERE expires < $1": now,
		"DELETE FROM postern_accounts_links WHERE expires < $1":    now,
		"DELETE FROM postern_accounts_attempts WHERE last < $1":    now.Add(-attemptsKept),
	} {
		if _, err := a.db.ExecContext(ctx, statement, database.Millis(before)); err != nil {
			return a.db.Failed(ctx, "prune sessions", "", err)
		}
	}
	return nil
}
