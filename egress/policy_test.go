package egress_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// TestDecide checks that a decision names the rule, and is the one that Send takes.
func TestDecide(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	for _, tt := range []struct {
		name, url   string
		allow, deny []string // of the configuration
		grant       []string
		resolve     bool

		rule    string
		special bool
		code    hostapi.Code
		denying string // rule
	}{
		{name: "rule of the configuration", url: "http://a.test/x", allow: []string{"b.test", "a.test"}, grant: []string{"a.test/*"}, rule: "a.test"},
		{name: "rule of the task", url: "http://a.test/x", grant: []string{"a.test/*"}, rule: "a.test/*"},
		{name: "the one with a port", url: s.URL, grant: []string{"127.0.0.1", s.place()}, resolve: true, rule: s.place(), special: true},
		{name: "none", url: "http://a.test/", code: hostapi.CodeDenied},
		{name: "a deny rule", url: "http://a.test/", allow: []string{"a.test"}, deny: []string{"a.test"}, code: hostapi.CodeDenied, denying: "a.test"},
		{name: "special address", url: "http://localhost/", grant: []string{"localhost"}, resolve: true, code: hostapi.CodeDenied},
		{name: "no such host", url: "http://a.invalid/", grant: []string{"a.invalid"}, resolve: true, code: hostapi.CodeNetwork},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, egress.Config{Allow: rules(t, tt.allow...), Deny: rules(t, tt.deny...)})
			u, err := url.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			d, err := c.Decide(t.Context(), "GET", u, rules(t, tt.grant...), tt.resolve)
			if tt.code != "" {
				wantError(t, err, tt.code)
				if tt.denying != "" && ruleOf(err) != tt.denying {
					t.Errorf("denied by %q, want %q", ruleOf(err), tt.denying)
				}
				return
			}
			if err != nil || d.Rule.String() != tt.rule || d.Special != tt.special || (len(d.Addrs) > 0) != tt.resolve {
				t.Errorf("%+v, %v; want the rule %q, special addresses: %t", d, err, tt.rule, tt.special)
			}
		})
	}
	s.wantHits(t, 0)
}

func ruleOf(err error) string {
	if d, ok := errors.AsType[*hostapi.DenialError](err); ok {
		return d.Rule
	}
	return ""
}
