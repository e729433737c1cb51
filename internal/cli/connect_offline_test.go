package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
)

// TestRefreshHint holds that connect tells what to add for a refresh token, in the words
// of the provider where there is a template for it, and nothing where none is to be
// expected.
func TestRefreshHint(t *testing.T) {
	t.Parallel()
	const google = "https://accounts.google.com"
	for name, test := range map[string]struct {
		grant    string
		endpoint string
		scopes   string
		settings map[string]any
		want     string
	}{
		"unknown server":   {"authorization_code", "https://id.example.com/t", "read", nil, `add "offline_access" to scopes; others for a parameter, such as authorize_params = { access_type = "offline"`},
		"device":           {"device_code", "https://id.example.com/t", "", nil, `add "offline_access" to scopes`},
		"asked for":        {"device_code", "https://id.example.com/t", "read offline_access", nil, "the scope offline_access was requested: it has to be allowed for the client"},
		"google":           {"authorization_code", "https://oauth2.googleapis.com/token", "openid", nil, `add authorize_params = { access_type = "offline", prompt = "consent" }, as the template google has it`},
		"google, by half":  {"authorization_code", "", "openid", map[string]any{"issuer": google, "authorize_params": map[string]any{"access_type": "offline"}}, `add authorize_params = { prompt = "consent" }, as`},
		"microsoft":        {"authorization_code", "https://login.microsoftonline.com/acme/oauth2/v2.0/token", "User.Read", nil, `add "offline_access" to scopes, as the template microsoft has it`},
		"dropbox":          {"authorization_code", "https://api.dropboxapi.com/oauth2/token", "", nil, `add authorize_params = { token_access_type = "offline" }, as`},
		"zoho, another":    {"authorization_code", "https://accounts.zoho.com.au/oauth/v2/token", "a", nil, `access_type = "offline"`},
		"salesforce":       {"authorization_code", "https://login.salesforce.com/services/oauth2/token", "api", nil, `add "refresh_token" to scopes`},
		"salesforce, both": {"authorization_code", "https://login.salesforce.com/services/oauth2/token", "api offline_access", nil, "refresh tokens have to be enabled for the client"},
	} {
		d := connection.Description{
			Name: "crm", Grant: test.grant, Scopes: strings.Fields(test.scopes), Endpoints: map[string]string{"token_endpoint": test.endpoint},
		}
		if got := refreshHint(d, test.settings); !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestNoteGranted holds when connect says anything at all.
func TestNoteGranted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "oauth.toml")
	if err := os.WriteFile(path, []byte("[connections.crm]\ngrant = \"authorization_code\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := connection.Parse("", nil, connection.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := &session{connections: connections{files: []connectionFile{{path, set}}}}
	later := time.Now().Add(time.Hour)
	for name, test := range map[string]struct {
		grant   string
		asked   string
		status  connection.Status
		scopes  bool // it names those that were not granted
		refresh bool // it says that there is no refresh token
	}{
		"all granted":               {"authorization_code", "read", connection.Status{Scopes: []string{"read"}, Refreshable: true, Expiry: later}, false, false},
		"one not granted":           {"authorization_code", "read write", connection.Status{Scopes: []string{"read"}, Refreshable: true, Expiry: later}, true, false},
		"offline not granted":       {"device_code", "offline_access", connection.Status{Scopes: []string{"read"}, Expiry: later}, true, true},
		"offline granted, unnamed":  {"authorization_code", "offline_access", connection.Status{Refreshable: true, Expiry: later}, false, false},
		"no refresh token":          {"authorization_code", "read", connection.Status{Scopes: []string{"read"}, Expiry: later}, false, true},
		"a token without an end":    {"authorization_code", "read", connection.Status{Scopes: []string{"read"}}, false, false},
		"offline, without an end":   {"authorization_code", "read offline_access", connection.Status{Scopes: []string{"read", "offline_access"}}, false, true},
		"client credentials":        {"client_credentials", "read write", connection.Status{Scopes: []string{"read"}, Expiry: later}, false, false},
		"offline, by client secret": {"client_credentials", "offline_access", connection.Status{Expiry: later}, false, false},
	} {
		var stderr strings.Builder
		a := &app{out: newPrinter(&strings.Builder{}, &stderr)}
		a.noteGranted(connection.Description{Name: "crm#ada", Grant: test.grant, Scopes: strings.Fields(test.asked)}, test.status, s.settings("crm#ada"))
		scopes, refresh := strings.Contains(stderr.String(), "the scopes that the server granted do not include"), strings.Contains(stderr.String(), "issued no refresh token")
		if scopes != test.scopes || refresh != test.refresh || refresh != strings.Contains(stderr.String(), "hint: ") {
			t.Errorf("%s: it says %q", name, stderr.String())
		}
	}
}
