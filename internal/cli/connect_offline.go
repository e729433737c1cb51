package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/template"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/stricttoml"
	"github.com/postern-dev/postern/internal/terminal"
)

// asksToRefresh reports whether the scope asks for a refresh token: OpenID Connect Core
// §11 has offline_access.
func asksToRefresh(scope string) bool { return scope == "offline_access" || scope == "refresh_token" }

// noteGranted tells a user who has just authorized a connection which scopes were not
// granted, and how to avoid authorizing it again when the token expires.
func (a *app) noteGranted(d connection.Description, status connection.Status, settings map[string]any) {
	if !needsUser(d) {
		return // a token is fetched again without a user, RFC 6749 §4.4.3
	}
	if missing := notGranted(d, status); len(missing) > 0 {
		a.out.say("postern: note: the scopes that the server granted do not include %s", terminal.Escape(strings.Join(missing, ", ")))
	}
	if status.Refreshable || status.Expiry.IsZero() && !slices.ContainsFunc(d.Scopes, asksToRefresh) {
		return // without an expiry there may be nothing to renew
	}
	a.out.say("postern: note: the server issued no refresh token: once the access token has expired, run postern connect again")
	a.out.say("hint: %s", terminal.Escape(refreshHint(d, settings)))
}

// settings returns what the file has of a connection; nil if it cannot be read again.
func (s *session) settings(name string) map[string]any {
	file := s.fileOf(name)
	if !input.MaybeRegular(file) { // a pipe has been read
		return nil
	}
	text, err := input.ReadFile(file)
	if err != nil {
		return nil
	}
	settings, _ := settingsOf(stricttoml.Values(text), keyOf(name).Connection)
	return settings
}

// notGranted returns the requested scopes that the server's response leaves out. Some servers never name the one for a refresh token: that there is one shows it.
func notGranted(d connection.Description, status connection.Status) []string {
	return slices.DeleteFunc(slices.Clone(d.Scopes), func(scope string) bool {
		return slices.Contains(status.Scopes, scope) || asksToRefresh(scope) && status.Refreshable
	})
}

// refreshHint returns what to add to a connection to be issued a refresh token: what the
// template of its provider has, else what the standard has.
func refreshHint(d connection.Description, settings map[string]any) string {
	var lacking []string
	issuer, _ := settings["issuer"].(string)
	for _, at := range []string{issuer, d.Endpoints["token_endpoint"], d.Endpoints["authorization_endpoint"]} {
		if t := template.OfServer(at); t != nil {
			if lacking = lackingOf(t, d, settings); len(lacking) > 0 {
				return "add " + strings.Join(lacking, " and ") + ", as the template " + t.Name + " has it, and connect again"
			}
			return "refresh tokens have to be enabled for the client at the server, see " + t.Documentation
		}
	}
	if i := slices.IndexFunc(d.Scopes, asksToRefresh); i >= 0 {
		return "the scope " + d.Scopes[i] + " was requested: it has to be allowed for the client at the server"
	}
	hint := `most servers issue one for a scope: add "offline_access" to scopes`
	if d.Grant == "authorization_code" {
		hint += `; others for a parameter, such as authorize_params = { access_type = "offline", prompt = "consent" }`
	}
	return hint
}

// lackingOf returns what the template asks for a refresh token with and the connection
// does not.
func lackingOf(t *template.Template, d connection.Description, settings map[string]any) []string {
	var lacking []string
	scopes, params := t.Offline()
	for _, scope := range scopes {
		if !slices.ContainsFunc(d.Scopes, asksToRefresh) {
			lacking = append(lacking, fmt.Sprintf("%q to scopes", scope))
		}
	}
	has, _ := settings["authorize_params"].(map[string]any)
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if has[name] != any(params[name]) {
			pairs = append(pairs, fmt.Sprintf("%s = %q", name, params[name]))
		}
	}
	if len(pairs) > 0 {
		lacking = append(lacking, "authorize_params = { "+strings.Join(pairs, ", ")+" }")
	}
	return lacking
}
