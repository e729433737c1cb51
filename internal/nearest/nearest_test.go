package nearest_test

import (
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/nearest"
)

func TestNames(t *testing.T) {
	t.Parallel()
	known := []string{"crm", "crm test", "Buchhaltung", "顧客管理", strings.Repeat("x", 1000)}
	tests := []struct{ name, want string }{
		{"crn", "crm"},
		{"CRM", "crm"},
		{"crm tset", "crm test"},
		{"buchaltung", "Buchhaltung"},
		{"顧客管埋", "顧客管理"},
		{"y", ""},
		{"", ""},
		{strings.Repeat("crm", 1000), ""},
		{strings.Repeat("x", 400), ""},
	}
	for _, tt := range tests {
		if got := strings.Join(nearest.Names(tt.name, known), "|"); got != tt.want {
			t.Errorf("Names(%.20q) = %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := strings.Join(nearest.Names("key", []string{"kez", "kew", "key2", "key", "kex"}), "|"); got != "key|kew|kex" {
		t.Errorf("several: %q, want the nearest, then by name, three at most", got)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		items []string
		want  string
	}{{nil, ""}, {[]string{"a"}, "a"}, {[]string{"a", "b"}, "a or b"}, {[]string{"a", "b", "c"}, "a, b or c"}} {
		if got := nearest.List(tt.items); got != tt.want {
			t.Errorf("List(%q) = %q, want %q", tt.items, got, tt.want)
		}
	}
}

func TestHint(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"jsn": "did you mean --json? --help lists the flags", "zzz": "--help lists the flags",
	} {
		if got := nearest.Hint("--", name, []string{"json", "limit"}, "--help lists the flags"); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
