package oauthtoml

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection/internal/secret"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"crm": "", "顧客 CRM: https://example.com/": "", "": "has no name", "a#b": "has # in its name", "a..b": "", ".": "is a path", "..": "is a path", "-f": "looks like a flag",
		"a\nb": "has a control character", "a\u202eb": "has a control character", "\xff": "is not text",
	} {
		if p := checkName(name); want == "" && p != nil || want != "" && (p == nil || !strings.Contains(p.Message, want)) {
			t.Errorf("%q: %v, want %q", name, p, want)
		}
	}
	for account, want := range map[string]string{"ada": "", "a b#c": "", "": "has no account", "-x": "looks like a flag", "a\x00": "has a control character"} {
		if p := CheckAccount(account); want == "" && p != nil || want != "" && (p == nil || !strings.Contains(p.Message, want)) {
			t.Errorf("account %q: %v, want %q", account, p, want)
		}
	}
}

// A credential is put where the file says, in the form it says.
func TestSetHeader(t *testing.T) {
	t.Parallel()
	for more, want := range map[string]http.Header{
		"":                                    {"Authorization": {"Bearer T"}},
		"header = { name = \"x-api-key\" }\n": {"x-api-key": {"T"}},
		"header = { scheme = \"Token\" }\n":   {"Authorization": {"Token T"}},
		"header = { name = \"X-Auth\", scheme = \"Key\" }\n":     {"X-Auth": {"Key T"}},
		"header = { name = \"Authorization\", scheme = \"\" }\n": {"Authorization": {"T"}},
	} {
		got := make(http.Header)
		parse(t, crm+more).Connections["crm"].SetHeader(got, "T")
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v", more, got, want)
		}
	}
	if got := (&Connection{Username: "u", Password: secret.New("p:q")}).BasicCredential(); got != "dTpwOnE=" {
		t.Errorf("basic credential %q", got)
	}
}

// Where requests may go: hosts by https, and with a port, which opens private
// addresses, only to what the file itself says.
func TestRules(t *testing.T) {
	t.Parallel()
	c := parse(t, crm+"[connections.at]\ngrant = \"static\"\nallow_plaintext = true\ntoken = \"the-token\"\nhosts = [\"a.example.com:8443\", \"127.0.0.1:80\"]\n")
	text := func(c *Connection, to string) string {
		u, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		var rules []string
		for _, r := range c.EndpointRules("POST", u) {
			rules = append(rules, r.String())
		}
		return strings.Join(rules, ", ")
	}
	for to, want := range map[string]string{
		"https://id.example.com/token": "https://api.example.com, POST https://id.example.com:443",
		"https://10.0.0.1/token":       "https://api.example.com, POST https://10.0.0.1",
	} {
		if got := text(c.Connections["crm"], to); got != want {
			t.Errorf("%s: %s, want %s", to, got, want)
		}
	}
	odd := parse(t, strings.Replace(crm, "id.example.com", "id.example.com:9443", 1)).Connections["crm"]
	if got, want := text(odd, "https://id.example.com:9443/x"), "https://api.example.com, POST https://id.example.com:9443"; got != want {
		t.Errorf("rules %s, want %s", got, want)
	}
	if got, want := text(c.Connections["at"], "https://x.example.com/"), "https://a.example.com:8443, 127.0.0.1:80, POST https://x.example.com"; got != want {
		t.Errorf("rules %s, want %s", got, want)
	}
}

// What is added to a token request depends on whether it is the first.
func TestAddTokenParams(t *testing.T) {
	t.Parallel()
	c := parse(t, crm+"audience = \"x\"\ntoken_params = { a = \"1\", b = [\"2\", \"3\"], grant_type = \"odd\" }\nrefresh_params = { a = \"4\" }\n").Connections["crm"]
	for grant, want := range map[string]url.Values{
		"client_credentials": {"grant_type": {"odd"}, "audience": {"x"}, "a": {"1"}, "b": {"2", "3"}},
		GrantRefresh:         {"grant_type": {GrantRefresh}, "audience": {"x"}, "a": {"4"}, "b": {"2", "3"}},
	} {
		got := url.Values{"grant_type": {grant}}
		if c.AddTokenParams(got, grant); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", grant, got, want)
		}
	}
}

// Of several files the first that has a part counts.
func TestMerge(t *testing.T) {
	t.Parallel()
	skip := func(text string) *File {
		f, err := Parse("oauth.toml", []byte(text), Options{SkipSecrets: true})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first := parse(t, crm+"[egress]\nallow = []\n")
	second := skip(strings.ReplaceAll(crm, "demo", "other") + "[connections.chat]\ngrant = \"static\"\ntoken = \"env:T\"\n[egress]\nallow = [\"a:1\"]\n[limits]\nrequests = 5\n[store]\nurl = \"sqlite:a\"\nkey = \"env:K\"\n")
	third := parse(t, "[limits]\nrequests = 6\n")
	all := Merge(first, second, third)
	if got := strings.Join(all.Names(), " "); got != "chat crm" || all.Connections["crm"].ClientID != "demo" {
		t.Errorf("connections %s, the client of crm is %q", got, all.Connections["crm"].ClientID)
	}
	if len(all.Egress.Allow) != 0 || all.Limits.Requests != 5 || all.StoreURL != "sqlite:a" || !all.Skipped {
		t.Errorf("merged to %+v", all)
	}
	if Merge(first, third).Skipped {
		t.Error("files with their secrets count as without")
	}
}
