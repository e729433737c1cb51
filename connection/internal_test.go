package connection

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

func TestSkew(t *testing.T) {
	t.Parallel()
	tests := []struct{ lifetime, want time.Duration }{
		{-time.Hour, -time.Hour / 2}, // expired already: stale as well
		{0, 0},
		{time.Second, 500 * time.Millisecond},
		{2 * time.Second, time.Second},
		{9 * time.Second, time.Second},
		{time.Minute, 6 * time.Second},
		{10 * time.Minute, time.Minute},
		{time.Hour, time.Minute},
		{1000 * time.Hour, time.Minute},
	}
	for _, tt := range tests {
		c := new(oauthtoml.Connection)
		if got := skew(c, tt.lifetime); got != tt.want {
			t.Errorf("skew(%v) = %v, want %v", tt.lifetime, got, tt.want)
		}
		seen := make(map[time.Duration]bool)
		for range 100 {
			late := jitter(c, tt.lifetime)
			if late < 0 || late > max(tt.want/4, 0) {
				t.Fatalf("jitter(%v) = %v, with a skew of %v", tt.lifetime, late, tt.want)
			}
			seen[late] = true
		}
		if tt.want > 0 && len(seen) < 2 {
			t.Errorf("jitter(%v) is always the same", tt.lifetime)
		}
	}
}

// A task that saw no token may start a renewal just after another one has ended.
func TestRenewedMeanwhile(t *testing.T) {
	t.Parallel()
	c := &oauthtoml.Connection{Name: "crm", Grant: &oauthtoml.GrantType{Static: true}, Token: secret.New("first")}
	e := &entry{conn: c, client: oauthclient.New(c, nil), renewals: newRenewals(), store: newMemory(), held: new(slot).credentials("crm", "")}
	first, err := e.renew(t.Context(), nil, new(fetch))
	if err != nil {
		t.Fatal(err)
	}
	c.Token = secret.New("second")
	if got, err := e.renew(t.Context(), nil, new(fetch)); got != first || err != nil {
		t.Errorf("renew = %v, %v, want the token that is there", got, err)
	}
	if got, err := e.renew(t.Context(), first, new(fetch)); got == first || err != nil {
		t.Errorf("renew = %v, %v, want another token", got, err)
	}
}

// Errors never repeat a secret, whatever surrounds it in the file.
func FuzzParse(f *testing.F) {
	for _, seed := range [][2]string{
		{"[connections.crm]\ngrant = \"client_credentials\"\n", "token_endpoint = \"https://id.example.com/\"\nclient_id = \"x\"\n"},
		{"[connections.crm]\ngrant = \"password\"\nlegacy = true\nallow_plaintext = true\n", "\n[egress]\nallow = [\"a:1\", \"10.0.0.0/8\"]\n"},
		{"[connections.\"a b\"]\nheader = { name = \"X\", scheme = \"\" }\nscopes = [\"a\"]\n", "[[x]]\n"},
		{"[connections.crm]\ngrant = \"authorization_code\"\nissuer = \"https://{t}.example.com\"\nhosts = [\"{t}\"]\nvariables = { t = \"x\" }\n", "[connections.crm.authorize_params]\na = [\"{t}\", \"{\"]\n"},
		{"[connections.crm.token_params]\nb = [\"env:X\"]\n", "[connections.crm.variables]\nt = \"<x>\"\n"},
		{"a = '''", "'''"},
		{"x = [", "]"},
		{"x = {", "}"},
		{"\xef\xbb\xbf", "\x00"},
	} {
		f.Add(seed[0], seed[1])
	}
	const canary = "CANARY7secret"
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, line := range []string{"client_secret = \"" + canary + "\"", "client_secret = " + canary, "client_secret = \"" + canary} {
			in := before + "\n" + line + "\n" + after
			set, err := Parse("oauth.toml", []byte(in), ParseOptions{})
			if (set == nil) == (err == nil) {
				t.Fatalf("Parse = %v, %v", set, err)
			}
			if err != nil {
				if hostapi.CodeOf(err) != hostapi.CodeConfig {
					t.Errorf("code = %s", hostapi.CodeOf(err))
				}
				if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, canary) {
					t.Errorf("the secret is in %s", text)
				}
				continue
			}
			again, err := Parse("oauth.toml", []byte(in), ParseOptions{})
			if err != nil || strings.Join(again.Names(), "\n") != strings.Join(set.Names(), "\n") {
				t.Errorf("the second Parse differs: %v", err)
			}
			for _, name := range set.Names() {
				d, err := set.Describe(name)
				if err != nil {
					t.Error(err)
				}
				if c := set.file.Connections[name]; len(c.ClientSecrets) > 0 && c.ClientSecrets[0].Reveal() == canary && strings.Contains(fmt.Sprint(d, set.Warnings()), canary) {
					t.Errorf("the secret is in %v", d)
				}
			}
		}
	})
}

// A stand-in is replaced at any position, and nothing else is.
func FuzzSwap(f *testing.F) {
	f.Add("a", "b")
	f.Add(hostapi.SealedPrefix, hostapi.SealedPrefix)
	f.Add(hostapi.SealedPrefix+strings.Repeat("A", 21), "=")
	f.Fuzz(func(t *testing.T, before, after string) {
		e := &entry{standIn: newStandIn()}
		s := seals(func(standIn string) *entry {
			if standIn == e.standIn {
				return e
			}
			return nil
		})
		with := func(got *entry) string {
			if got != e {
				t.Error("another connection's")
			}
			return "<>"
		}
		if got := s.replace(before+after, with); got != before+after {
			t.Errorf("swap(%q) = %q without a stand-in in it", before+after, got)
		}
		if got, want := s.replace(before+e.standIn+after, with), before+"<>"+after; got != want {
			t.Errorf("swap = %q, want %q", got, want)
		}
	})
}

// A script may ask for any account, which costs nothing unless it is granted.
func TestAccountsThatAreNotGranted(t *testing.T) {
	t.Parallel()
	set, err := Parse("oauth.toml", []byte("[connections.crm]\ngrant = \"client_credentials\"\ntoken_endpoint = \"https://id.example.com/t\"\n"+
		"client_id = \"id\"\nclient_secret = \"sss\"\nallow_plaintext = true"), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewManager(Config{Set: set, Egress: egress.New(egress.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"crm#a", "crm#b"} {
		if _, err := m.OAuth2Token(t.Context(), &hostapi.Grant{Connections: []string{"crm"}}, name); hostapi.CodeOf(err) != hostapi.CodeDenied {
			t.Errorf("%s: %v, want denied", name, err)
		}
	}
	for _, look := range []func(name string) error{
		func(name string) error { _, ok := m.State(name); return m.known(name, ok) },
		func(name string) error { _, err := m.Status(t.Context(), name); return err },
		func(name string) error { _, err := m.Preview(t.Context(), name, ""); return err },
		func(name string) error { _, err := m.Revoke(t.Context(), name); return err },
		func(name string) error { _, err := set.Describe(name); return err },
	} {
		for _, name := range []string{"crm#a", "crm#b"} {
			if err := look(name); err != nil {
				t.Errorf("%s is looked at: %v", name, err)
			}
		}
		for _, name := range []string{"crm#", "crm#-x", "crm#a\nb", "crm#a\u202eb", "crm#\xff", "crm#" + strings.Repeat("x", 1000)} {
			if err := look(name); hostapi.CodeOf(err) != hostapi.CodeUnknownConnection {
				t.Errorf("%q is looked at: %v, want unknown", name, err)
			}
		}
	}
	if crm := m.now().slots["crm"]; len(crm.accounts) != 0 || crm.entry.Load() != nil {
		t.Errorf("the manager keeps %d accounts, and perhaps the connection; want none", len(crm.accounts))
	}
}

// known is an error unless a connection of that name exists.
func (m *Manager) known(name string, ok bool) error {
	if ok {
		return nil
	}
	return unknown("state", name, nil)
}

// Accounts without a token are kept for a limited time.
func TestAccountsWithoutTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		set, err := Parse("oauth.toml", []byte("[connections.crm]\ngrant = \"authorization_code\"\ntoken_endpoint = \"https://id.example.com/t\"\n"+
			"authorization_endpoint = \"https://id.example.com/a\"\nclient_id = \"id\"\nclient_secret = \"sss\"\nallow_plaintext = true"), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := NewManager(Config{Set: set, Egress: egress.New(egress.Config{})})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 * minAccounts {
			if _, err := m.Token(t.Context(), "crm#"+strconv.Itoa(i), 0); hostapi.CodeOf(err) != hostapi.CodeNeedsReauth {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second) //nolint:forbidigo // fake time
		}
		if n := len(m.now().slots["crm"].accounts); n > 2*minAccounts {
			t.Errorf("%d accounts are kept", n)
		}
	})
}
