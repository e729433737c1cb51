package template

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// OfServer returns the built-in template of the provider whose issuer or endpoint has
// that URL; nil if there is none.
func OfServer(at string) *Template {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" {
		return nil
	}
	host := u.Hostname()
	for _, name := range Names() {
		t, err := Builtin(name)
		if err == nil && (t.hasHost("token_endpoint", host) || t.hasHost("authorization_endpoint", host)) {
			return t
		}
	}
	return nil
}

// hasHost reports whether the URL at key can have the host: a {variable} that is part
// of the host may have any value, and one that is all of it has its default.
func (t *Template) hasHost(key, host string) bool {
	text, _ := t.setting(key).(string)
	_, rest, _ := strings.Cut(text, "://")
	pattern, _, _ := strings.Cut(rest, "/")
	before, rest, found := strings.Cut(pattern, "{")
	name, after, _ := strings.Cut(rest, "}")
	if !found || before+after != "" {
		return pattern != "" && len(host) >= len(before+after) && (pattern == host ||
			found && strings.HasPrefix(host, before) && strings.HasSuffix(host, after))
	}
	return slices.ContainsFunc(t.Variables, func(v Variable) bool { return v.Name == name && v.Default == host })
}

func (t *Template) setting(key string) any {
	for _, s := range t.settings {
		if s.key == key {
			return s.value
		}
	}
	return nil
}

// Offline returns what the template adds to get a refresh token: scopes, and parameters
// of the authorization request. Both are empty if nothing is needed.
func (t *Template) Offline() (scopes []string, params map[string]string) {
	for _, v := range t.Variables {
		for scope := range strings.FieldsSeq(v.Default) {
			if v.Name == "scopes" && (scope == "offline_access" || scope == "refresh_token") {
				scopes = append(scopes, scope)
			}
		}
	}
	params = make(map[string]string)
	table, _ := t.setting("authorize_params").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if text, ok := table[name].(string); ok {
			params[name] = text
		}
	}
	return scopes, params
}
