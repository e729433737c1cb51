package egress

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// TestRulesByHost compares the rules that are looked up with all that match.
func TestRulesByHost(t *testing.T) {
	t.Parallel()
	var list []hostapi.Rule
	for _, host := range []string{
		"api.example.com", "*.example.com", "api.example.com", "example.com", "*.api.example.com", "127.0.0.1", "::1", "localhost", "*",
		"*example.com", "*.com", "", "API.example.com", "a..example.com", "*..example.com", "*.example.com.",
	} {
		list = append(list, hostapi.Rule{Host: host}, hostapi.Rule{Host: host, Port: "8080"})
	}
	byHost := newRules(list)
	for _, text := range []string{
		"https://api.example.com/", "https://API.example.com.:8080/", "https://example.com", "https://v1.api.example.com", "http://127.0.0.1:8080", "http://[::1]/",
		"http://[::ffff:127.0.0.1]/", "http://localhost:8080", "https://a..example.com", "https://.example.com", "https://com", "https://myexample.com", "https://é.example.com",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var want, got []int
		for i, r := range list {
			if r.MatchHost(u) {
				want = append(want, i)
			}
		}
		for _, r := range byHost.to(u) {
			if r.MatchHost(u) {
				got = append(got, r.at)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the rules %v, want %v", text, got, want)
		}
	}
}

// BenchmarkRules is a request under few rules and under many.
func BenchmarkRules(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			cfg := Config{Transport: quiet{}}
			for i := range n {
				cfg.Allow = append(cfg.Allow, hostapi.Rule{Host: fmt.Sprintf("api%d.example.com", i), Path: "/v1/*"})
				cfg.Deny = append(cfg.Deny, hostapi.Rule{Host: fmt.Sprintf("api%d.example.com", i), Path: "/v1/admin/*"})
			}
			c := New(cfg)
			grant := &hostapi.Grant{Limits: hostapi.DefaultLimits()}
			request := &hostapi.Request{Method: http.MethodGet, URL: fmt.Sprintf("https://api%d.example.com/v1/items", n/2)}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Do(b.Context(), grant, request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// quiet answers with no content.
type quiet struct{}

func (quiet) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: r}, nil
}
