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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

const password = "correct horse battery"

// home is the network address of most sign-ins.
var home = netip.MustParseAddr("192.0.2.1") //nolint:gochecknoglobals // a constant

// newAccounts returns accounts whose passwords are cheap.
func newAccounts(t *testing.T, db *database.DB) *accounts.Accounts {
	t.Helper()
	return open(t, accounts.Config{DB: db, PasswordMemory: 64})
}

func open(t *testing.T, config accounts.Config) *accounts.Accounts {
	t.Helper()
	a, err := accounts.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// operator adds the first user.
func operator(t *testing.T, a *accounts.Accounts) accounts.User {
	t.Helper()
	link, err := a.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := a.SetUp(t.Context(), link.Token, accounts.User{Email: "Ops@Example.com", Name: "Ops"}, password)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// add adds a viewer with a password.
func add(t *testing.T, a *accounts.Accounts, email string) accounts.User {
	t.Helper()
	u, err := a.Add(t.Context(), accounts.User{Email: email, Role: accounts.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	link, err := a.Link(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	if u, err = a.SetPassword(t.Context(), link.Token, password); err != nil {
		t.Fatal(err)
	}
	return u
}

// The set-up link adds one operator, and is of no use after that.
func TestSetUp(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		a := newAccounts(t, db)
		link, err := a.SetupLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if u, err := a.FindLink(t.Context(), link.Token); u != nil || err != nil {
			t.Errorf("FindLink = %v, %v, want none", u, err)
		}
		if _, err := a.SetUp(t.Context(), link.Token, accounts.User{Email: "a@example.com"}, "too short"); err == nil {
			t.Error("a short password was accepted")
		}
		var done atomic.Int32
		var wg sync.WaitGroup
		for _, email := range []string{"a@example.com", "b@example.com", "c@example.com"} {
			wg.Go(func() {
				switch u, err := a.SetUp(t.Context(), link.Token, accounts.User{Email: email}, password); {
				case err == nil && u.Role == accounts.Operator && !u.SignedIn.IsZero():
					done.Add(1)
				case !errors.Is(err, accounts.ErrNotFound):
					t.Errorf("%v, %v", u, err)
				}
			})
		}
		wg.Wait()
		if n := done.Load(); n != 1 {
			t.Errorf("%d operators were added with one link", n)
		}
		other, err := a.SetupLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.FindLink(t.Context(), other.Token); !errors.Is(err, accounts.ErrNotFound) {
			t.Errorf("a set-up link when there is a user: %v", err)
		}
	})
}

// A link sets a password once; a newer link of the user, or its time, ends it.
func TestLink(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		a := newAccounts(t, db)
		operator(t, a)
		u, err := a.Add(t.Context(), accounts.User{Email: "author@example.com", Role: accounts.Author})
		if err != nil || !u.Invited {
			t.Fatalf("%+v, %v", u, err)
		}
		links := make([]accounts.Link, 3)
		for i := range links {
			if links[i], err = a.Link(t.Context(), u.ID); err != nil {
				t.Fatal(err)
			}
		}
		for _, old := range links[:2] {
			if _, err := a.SetPassword(t.Context(), old.Token, password); !errors.Is(err, accounts.ErrNotFound) {
				t.Errorf("an earlier link: %v", err)
			}
		}
		if found, err := a.FindLink(t.Context(), links[2].Token); err != nil || found.ID != u.ID {
			t.Errorf("%v, %v", found, err)
		}
		if u, err = a.SetPassword(t.Context(), links[2].Token, password); err != nil || u.Invited || u.SignedIn.IsZero() {
			t.Fatalf("%+v, %v", u, err)
		}
		if _, err := a.SetPassword(t.Context(), links[2].Token, password); !errors.Is(err, accounts.ErrNotFound) {
			t.Errorf("the same link again: %v", err)
		}
		expired, err := a.Link(t.Context(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, db, "UPDATE postern_accounts_links SET expires = 1")
		if _, err := a.FindLink(t.Context(), expired.Token); !errors.Is(err, accounts.ErrNotFound) {
			t.Errorf("an expired link: %v", err)
		}
		if err := a.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "postern_accounts_links"); n != 0 {
			t.Errorf("%d links are left", n)
		}
	})
}

func exec(t *testing.T, db *database.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *database.DB, table string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestUsers(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		a := newAccounts(t, db)
		ops := operator(t, a)
		viewer := add(t, a, "viewer@example.com")
		if _, err := a.Add(t.Context(), accounts.User{Email: " OPS@example.com ", Role: accounts.Viewer}); !errors.Is(err, accounts.ErrExists) {
			t.Errorf("the same address: %v", err)
		}
		for _, u := range []accounts.User{
			{Email: "no address", Role: accounts.Viewer},
			{Email: "Name <a@example.com>", Role: accounts.Viewer},
			{Email: "a@example.com", Role: "root"},
			{Email: "a@example.com", Role: accounts.Viewer, Name: "a\x1b[2J"},
		} {
			if _, err := a.Add(t.Context(), u); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
				t.Errorf("%+v: %v", u, err)
			}
		}
		users, err := a.Users(t.Context(), "", "", 0)
		if err != nil || len(users) != 2 || users[0].Email != "ops@example.com" || users[1].Email != "viewer@example.com" {
			t.Errorf("%+v, %v", users, err)
		}
		for _, tt := range []struct {
			text, after string
			limit       int
			want        string
		}{
			{"", "", 1, "ops@example.com"},
			{"", "ops@example.com", 1, "viewer@example.com"},
			{"", "viewer@example.com", 1, ""},
			{"VIEW", "", 0, "viewer@example.com"},
			{"%", "", 0, ""},
			{"x\x00", "", 0, ""},
		} {
			found, err := a.Users(t.Context(), tt.text, tt.after, tt.limit)
			if err != nil || len(found) > 1 || len(found) == 1 && found[0].Email != tt.want || len(found) == 0 && tt.want != "" {
				t.Errorf("%+v: %+v, %v", tt, found, err)
			}
		}
		// The last operator stays one.
		demoted := ops
		demoted.Role = accounts.Author
		disabled := ops
		disabled.Disabled = true
		for name, err := range map[string]error{
			"demoted": a.Change(t.Context(), demoted), "disabled": a.Change(t.Context(), disabled), "deleted": a.Delete(t.Context(), ops.ID),
		} {
			if !errors.Is(err, accounts.ErrLastOperator) {
				t.Errorf("%s: %v", name, err)
			}
		}
		viewer.Role, viewer.Name = accounts.Operator, "Second"
		if err := a.Change(t.Context(), viewer); err != nil {
			t.Fatal(err)
		}
		// Of two operators who remove each other, one stays.
		var wg sync.WaitGroup
		for _, id := range []string{ops.ID, viewer.ID} {
			wg.Go(func() {
				if err := a.Delete(t.Context(), id); err != nil && !errors.Is(err, accounts.ErrLastOperator) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if users, err = a.Users(t.Context(), "", "", 0); err != nil || len(users) != 1 || users[0].Role != accounts.Operator {
			t.Errorf("%+v, %v, want one operator", users, err)
		}
		if err := a.Delete(t.Context(), "nosuch"); !errors.Is(err, accounts.ErrNotFound) {
			t.Errorf("an unknown user: %v", err)
		}
	})
}

func TestRoles(t *testing.T) {
	t.Parallel()
	for i, r := range accounts.Roles() {
		for j, other := range accounts.Roles() {
			if r.Includes(other) != (i >= j) {
				t.Errorf("%s includes %s: %t", r, other, r.Includes(other))
			}
		}
	}
	if accounts.Role("").Includes("") {
		t.Error("no role includes itself")
	}
}

// All reasons for a refusal look the same, and the password is nowhere in the database.
func TestSignIn(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		a := open(t, accounts.Config{DB: db})
		ops := operator(t, a)
		off := add(t, a, "off@example.com")
		off.Disabled = true
		if err := a.Change(t.Context(), off); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Add(t.Context(), accounts.User{Email: "invited@example.com", Role: accounts.Viewer}); err != nil {
			t.Fatal(err)
		}
		for email, pass := range map[string]string{
			"ops@example.com": password + "x", "off@example.com": password, "invited@example.com": "", "nosuch@example.com": password,
			"": "", "ops@example.com ": strings.Repeat("x", 1<<20),
		} {
			_, err := a.SignIn(t.Context(), email, pass, netip.Addr{})
			if !errors.Is(err, accounts.ErrCredentials) || err.Error() != "sign in: the email address or the password is wrong" {
				t.Errorf("%q: %v", email, err)
			}
		}
		u, err := a.SignIn(t.Context(), " OPS@example.com", password, home)
		if err != nil || u.ID != ops.ID || time.Since(u.SignedIn).Abs() > time.Minute {
			t.Errorf("%+v, %v", u, err)
		}
		var stored string
		if err := db.QueryRowContext(t.Context(), "SELECT password FROM postern_accounts_users WHERE id = $1", u.ID).Scan(&stored); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(stored, password) {
			t.Errorf("stored: %s", stored)
		}
	})
}

// Guessing is slowed down for known and unknown email addresses alike, also by many
// attempts at once, and a user at another address is not locked out.
func TestGuessing(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		a := newAccounts(t, db)
		operator(t, a)
		for _, email := range []string{"ops@example.com", "nosuch@example.com"} {
			var wrong, refused atomic.Int32
			var wg sync.WaitGroup
			for range 12 {
				wg.Go(func() {
					_, err := a.SignIn(t.Context(), email, "wrong", home)
					var e *hostapi.Error
					switch {
					case errors.Is(err, accounts.ErrCredentials):
						wrong.Add(1)
					case errors.As(err, &e) && e.Code == hostapi.CodeOverloaded && e.RetryAfter > 0:
						refused.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if wrong.Load() != 5 || refused.Load() != 7 {
				t.Errorf("%s: %d attempts were looked at and %d refused, want 5 and 7", email, wrong.Load(), refused.Load())
			}
			if _, err := a.SignIn(t.Context(), email, password, home); !errors.Is(err, hostapi.CodeOverloaded) {
				t.Errorf("%s, the right password while others have to wait: %v", email, err)
			}
		}
		if _, err := a.SignIn(t.Context(), "ops@example.com", password, netip.MustParseAddr("192.0.2.2")); err != nil {
			t.Errorf("from elsewhere: %v", err)
		}
		// Addresses of one IPv6 network count together.
		for i := range 31 {
			address := netip.MustParseAddr("2001:db8::").As16()
			address[15] = byte(i)
			email := "user" + strings.Repeat("x", i) + "@example.com"
			_, err := a.SignIn(t.Context(), email, "wrong", netip.AddrFrom16(address))
			if i < 30 && !errors.Is(err, accounts.ErrCredentials) || i == 30 && !errors.Is(err, hostapi.CodeOverloaded) {
				t.Errorf("attempt %d: %v", i+1, err)
			}
		}
		// They are forgotten after a day.
		exec(t, db, "UPDATE postern_accounts_attempts SET last = 1, until = 1")
		if _, err := a.SignIn(t.Context(), "ops@example.com", password, home); err != nil {
			t.Errorf("the next day: %v", err)
		}
		if err := a.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "postern_accounts_attempts"); n != 1 { // of the address that has just signed in
			t.Errorf("%d counts are left, want 1", n)
		}
	})
}

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
			"disabled": func(u accounts.User) error { u.Disabled = true; return a.Change(t.Context(), u) },
			"deleted":  func(u accounts.User) error { return a.Delete(t.Context(), u.ID) },
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
