package connection_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
)

func TestExpires(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value string
		want  string // RFC 3339; empty: a mistake
		over  bool
	}{
		{"2020-01-31", "2020-01-31T00:00:00Z", true},
		{`"2020-01-31"`, "2020-01-31T00:00:00Z", true},
		{"2020-01-31T12:00:00", "2020-01-31T12:00:00Z", true},
		{"2020-01-31T12:00:00+09:00", "2020-01-31T03:00:00Z", true},
		{"2990-01-31T12:00:00Z", "2990-01-31T12:00:00Z", false},
		{`"soon"`, "", false},
		{"12:00:00", "", false},
		{"7", "", false},
	} {
		toml := "[connections.crm]\ngrant = \"static\"\nallow_plaintext = true\ntoken = \"the-token\"\nexpires = " + tt.value + "\n"
		set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{})
		if tt.want == "" {
			wantConfigError(t, err, 5, "expires: ")
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.value, err)
			continue
		}
		want, _ := time.Parse(time.RFC3339, tt.want)
		if d, err := set.Describe("crm"); err != nil || !d.Expires.Equal(want) {
			t.Errorf("%s is %v, %v; want %v", tt.value, d.Expires, err, want)
		}
		warned := slices.ContainsFunc(set.Warnings(), func(w string) bool { return strings.Contains(w, "its credential expired on 2020-01-31") })
		m, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(egress.Config{})})
		if err != nil {
			t.Fatal(err)
		}
		state, _ := m.State("crm")
		status, err := m.Status(t.Context(), "crm")
		if warned != tt.over || (state == connection.StateNeedsReauth) != tt.over || status.State != state || err != nil || !status.Expiry.Equal(want) {
			t.Errorf("%s: warned %t, state %s, status %+v, %v", tt.value, warned, state, status, err)
		}
	}
}
