package accounts_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/etag"
)

// browser is a client of a server whose pages begin and end sessions.
type browser struct {
	*testing.T
	client *http.Client
	url    string
}

func newBrowser(t *testing.T, a *accounts.Accounts) browser {
	t.Helper()
	return newBrowserWith(t, a, nil)
}

// newBrowserWith is newBrowser with what a request to /slow does.
func newBrowserWith(t *testing.T, a *accounts.Accounts, during func(context.Context)) browser {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /in", func(w http.ResponseWriter, r *http.Request) {
		u, err := a.SignIn(r.Context(), r.FormValue("email"), password, netip.Addr{})
		if err == nil {
			err = a.Begin(r.Context(), u, accounts.Browser{Address: "192.0.2.1", Agent: r.UserAgent()})
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
		}
	})
	mux.HandleFunc("POST /out", func(w http.ResponseWriter, r *http.Request) {
		if err := a.End(r.Context()); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("POST /slow", func(_ http.ResponseWriter, r *http.Request) {
		if during != nil {
			during(r.Context())
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		u, ok, err := a.Current(r.Context())
		if err != nil {
			t.Error(err)
		}
		if ok {
			_, _ = w.Write([]byte(u.Email))
		}
	})
	// As browsers do, the client sends the cookie over TLS only.
	server := httptest.NewTLSServer(a.Sessions(mux, func(_ http.ResponseWriter, _ *http.Request, err error) { t.Error(err) }))
	t.Cleanup(server.Close)
	client := server.Client()
	client.Jar, _ = cookiejar.New(nil)
	return browser{t, client, server.URL}
}

func (b browser) do(method, path string) (string, *http.Response) {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), method, b.url+path, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	var body strings.Builder
	buffer := make([]byte, 1<<10)
	for {
		n, err := response.Body.Read(buffer)
		body.Write(buffer[:n])
		if err != nil {
			return body.String(), response
		}
	}
}

func (b browser) cookie() string {
	b.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, b.url, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(request.URL) {
		return c.Value
	}
	return ""
}

// A session begins with a new token, which is in the database only as a hash, and ends in
// the database too.
func TestSession(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		a := newAccounts(t, db)
		operator(t, a)
		b := newBrowser(t, a)
		if who, r := b.do(http.MethodGet, "/"); who != "" || len(r.Cookies()) != 0 {
			t.Errorf("%q, %v, want neither a user nor a cookie", who, r.Cookies())
		}
		_, r := b.do(http.MethodPost, "/in?email=ops@example.com")
		if len(r.Cookies()) != 1 {
			t.Fatalf("cookies: %v", r.Cookies())
		}
		c := r.Cookies()[0]
		if c.Name != "__Host-postern" || c.Path != "/" || c.Domain != "" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie: %v", c)
		}
		if who, _ := b.do(http.MethodGet, "/"); who != "ops@example.com" {
			t.Errorf("signed in: %q", who)
		}
		var stored int
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM postern_accounts_sessions WHERE hash = $1", c.Value).Scan(&stored); err != nil || stored != 0 {
			t.Errorf("the token itself is stored: %d, %v", stored, err)
		}
		first := b.cookie()
		b.do(http.MethodPost, "/in?email=ops@example.com")
		if second := b.cookie(); first == second {
			t.Error("signing in again kept the token")
		}
		u, err := a.User(t.Context(), "ops@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if list, err := a.UserSessions(t.Context(), u); err != nil || len(list) != 1 {
			t.Errorf("%v, %v, want one session", list, err)
		}
		kept := b.cookie()
		b.do(http.MethodPost, "/out")
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		b.client.Jar.SetCookies(request.URL, []*http.Cookie{{Name: "__Host-postern", Value: kept, Path: "/", Secure: true}})
		if who, _ := b.do(http.MethodGet, "/"); who != "" {
			t.Errorf("the cookie of a session that has ended: %q", who)
		}
	})
}

// A session that cannot be stored is told, and nothing else is sent.
func TestSessionIsNotStored(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	a := newAccounts(t, db)
	u := operator(t, a)
	handler := a.Sessions(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.Begin(r.Context(), u, accounts.Browser{}); err != nil {
			t.Error(err)
		}
		if _, err := db.ExecContext(r.Context(), "DROP TABLE postern_accounts_sessions"); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "the page")
		_, _ = io.WriteString(w, ", and more")
	}), func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	if body := w.Body.String(); w.Code != http.StatusInternalServerError || !strings.Contains(body, "load the session") || strings.Contains(body, "the page") {
		t.Errorf("%d %s", w.Code, body)
	}
}

// A session ends when its user is disabled or gets another password, when it is not used,
// and where all are ended.
func TestEndOfSessions(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		a := newAccounts(t, db)
		operator(t, a)
		ends := map[string]func(u accounts.User) error{
			"disabled": func(u accounts.User) error { u.Disabled = true; return a.Change(t.Context(), u, etag.Match{}) },
			"deleted":  func(u accounts.User) error { return a.Delete(t.Context(), u.ID, etag.Match{}) },
			"link": func(u accounts.User) error {
				link, err := a.Link(t.Context(), u.ID)
				if err != nil {
					return err
				}
				_, err = a.SetPassword(t.Context(), link.Token, password+"!")
				return err
			},
			"password": func(u accounts.User) error {
				_, err := a.ChangePassword(t.Context(), u.ID, password, password+"!")
				return err
			},
			"everywhere": func(u accounts.User) error { return a.SignOutEverywhere(t.Context(), u.ID) },
			"expired": func(accounts.User) error {
				_, err := db.ExecContext(t.Context(), "UPDATE postern_accounts_sessions SET expires = 1")
				return err
			},
		}
		for name, end := range ends {
			email := name + "@example.com"
			u := add(t, a, email)
			b := newBrowser(t, a)
			b.do(http.MethodPost, "/in?email="+email)
			if who, _ := b.do(http.MethodGet, "/"); who != email {
				t.Errorf("%s: signed in as %q", name, who)
			}
			if err := end(u); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if who, _ := b.do(http.MethodGet, "/"); who != "" {
				t.Errorf("%s: still signed in", name)
			}
		}
		if _, err := a.ChangePassword(t.Context(), "nosuch", password, password); !errors.Is(err, accounts.ErrCredentials) {
			t.Errorf("the password of an unknown user: %v", err)
		}
	})
}

// A user sees the sessions of the account, and ends one of them; a request in progress does not bring it back.
func TestSessionsOfUser(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		a := newAccounts(t, db)
		operator(t, a)
		add(t, a, "other@example.com")
		u, err := a.User(t.Context(), "ops@example.com")
		if err != nil {
			t.Fatal(err)
		}
		phone := newBrowser(t, a)
		desk := newBrowserWith(t, a, func(ctx context.Context) {
			list, err := a.UserSessions(ctx, u)
			if err != nil || len(list) != 2 {
				t.Errorf("%v, %v, want two sessions", list, err)
				return
			}
			for _, s := range list {
				if s.Browser.Address != "192.0.2.1" || !strings.HasPrefix(s.Browser.Agent, "Go-http-client") || s.Began.IsZero() || s.Used.Before(s.Began) {
					t.Errorf("session: %+v", s)
				}
				// That of this request, too, which is stored once more after it.
				if err := a.EndSession(ctx, u, s.ID); err != nil {
					t.Error(err)
				}
				if err := a.EndSession(ctx, u, s.ID); !errors.Is(err, accounts.ErrNotFound) {
					t.Errorf("ended again: %v", err)
				}
			}
			if list[0].Current == list[1].Current {
				t.Errorf("both or none is the current one: %v", list)
			}
		})
		stranger := newBrowser(t, a)
		stranger.do(http.MethodPost, "/in?email=other@example.com")
		phone.do(http.MethodPost, "/in?email=ops@example.com")
		desk.do(http.MethodPost, "/in?email=ops@example.com")
		desk.do(http.MethodPost, "/slow")
		for name, b := range map[string]browser{"phone": phone, "desk": desk} {
			if who, _ := b.do(http.MethodGet, "/"); who != "" {
				t.Errorf("%s: still signed in", name)
			}
		}
		if who, _ := stranger.do(http.MethodGet, "/"); who != "other@example.com" {
			t.Errorf("another user was signed out: %q", who)
		}
	})
}

// While nothing can be written, those who are signed in stay so.
func TestSessionWithoutWriting(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	a := newAccounts(t, db)
	operator(t, a)
	b := newBrowser(t, a)
	b.do(http.MethodPost, "/in?email=ops@example.com")
	allow := databasetest.Protect(t, db)
	if who, r := b.do(http.MethodGet, "/"); who != "ops@example.com" {
		t.Errorf("%d, signed in: %q", r.StatusCode, who)
	}
	allow()
	if who, _ := b.do(http.MethodGet, "/"); who != "ops@example.com" {
		t.Errorf("afterwards: %q", who)
	}
}
