package accounts_test

import (
	"errors"
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
	"github.com/postern-dev/postern/internal/etag"
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
			{Email: "a@example.com", Role: accounts.Viewer, Name: "a\u202ecod.exe"},
			{Email: "a\u200b@example.com", Role: accounts.Viewer},
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
			"demoted": a.Change(t.Context(), demoted, etag.Match{}), "disabled": a.Change(t.Context(), disabled, etag.Match{}), "deleted": a.Delete(t.Context(), ops.ID, etag.Match{}),
		} {
			if !errors.Is(err, accounts.ErrLastOperator) {
				t.Errorf("%s: %v", name, err)
			}
		}
		viewer.Role, viewer.Name = accounts.Operator, "Second"
		if err := a.Change(t.Context(), viewer, etag.Match{}); err != nil {
			t.Fatal(err)
		}
		// Of two operators who remove each other, one stays.
		var wg sync.WaitGroup
		for _, id := range []string{ops.ID, viewer.ID} {
			wg.Go(func() {
				if err := a.Delete(t.Context(), id, etag.Match{}); err != nil && !errors.Is(err, accounts.ErrLastOperator) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if users, err = a.Users(t.Context(), "", "", 0); err != nil || len(users) != 1 || users[0].Role != accounts.Operator {
			t.Errorf("%+v, %v, want one operator", users, err)
		}
		if err := a.Delete(t.Context(), "nosuch", etag.Match{}); !errors.Is(err, accounts.ErrNotFound) {
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
		if err := a.Change(t.Context(), off, etag.Match{}); err != nil {
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
