package cli

import (
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// FuzzImport holds that an export is read or refused, and that no error repeats a
// token, wherever in it that stands.
func FuzzImport(f *testing.F) {
	const token = "SEKRET-1"
	f.Add(`{"crm":{"access_token":"TOKEN","scopes":["a"],"expires_at":"2026-01-31T12:00:00Z"},"crm#a":{"refresh_token":"x"}}`)
	f.Add(`{"crm":{"refresh_token":TOKEN,"expires_at":"TOKEN"}}`)
	f.Add(`{"crm":{"scopes":"TOKEN"},"a":"TOKEN","b":null,"c":{"TOKEN":1}} TOKEN`)
	f.Add(`[{"name":"crm","access_token":TOKEN`)
	f.Fuzz(func(t *testing.T, shape string) {
		entries, err := parseImport("export.json", []byte(strings.ReplaceAll(shape, "TOKEN", token)))
		errs := []error{err}
		for _, e := range entries {
			_, err := parseImported(e)
			errs = append(errs, err)
		}
		for _, err := range errs {
			e, ok := asHost(err)
			if err != nil && (!ok || e.Code != hostapi.CodeConfig) {
				t.Fatalf("%#v", err)
			}
			if ok && strings.Contains(e.Message+e.Hint, token) {
				t.Fatalf("%q repeats the token", e.Detail())
			}
		}
	})
}
