package oauthtoml

import (
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// What a connection lets pass is a listed host, and by TLS unless it is this
// machine: the same question asked in another way.
func FuzzMayReach(f *testing.F) {
	for _, seed := range []string{
		"https://api.example.com/", "https://API.example.com.:443", "http://127.0.0.1:8080/", "http://api.example.com:443/", "http://api.example.com:8443/", "https://a.wild.example.com",
		"https://api.example.com@evil.example.com/", "https://api.example.com:8443", "https://*.wild.example.com", "https://[::1]:1/",
	} {
		f.Add(seed)
	}
	c := Connection{}
	for _, text := range []string{"api.example.com", "api.example.com:8443", "*.wild.example.com", "127.0.0.1:8080", "[::1]:1"} {
		rule, err := hostapi.ParseRule(text)
		if err != nil {
			f.Fatal(err)
		}
		c.Hosts = append(c.Hosts, rule)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := hostapi.CheckURL(raw)
		if err != nil || !c.MayReach(u) {
			return
		}
		host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
		switch hostapi.OriginOf(u).Port {
		case "443":
			label, wild := strings.CutSuffix(host, ".wild.example.com")
			if u.Scheme != "https" || host != "api.example.com" && (!wild || label == "" || strings.Contains(label, ".")) {
				t.Errorf("%q passes", raw)
			}
		case "8443":
			if u.Scheme != "https" || host != "api.example.com" {
				t.Errorf("%q passes", raw)
			}
		default:
			if !hostapi.IsLoopback(host) {
				t.Errorf("%q passes", raw)
			}
		}
	})
}
