package repotest_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/server"
)

const serverPage = "docs/SERVER.md"

// serverKeys returns the keys of server.toml, as the hint for an unknown one lists them.
func serverKeys(t *testing.T, prefix string) []string {
	t.Helper()
	_, err := server.ParseConfig("server.toml", []byte(prefix+"zzzzzzzzzzzz = 1\n"), nil)
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		t.Fatalf("an unknown key was not refused: %v", err)
	}
	_, list, ok := strings.Cut(e.Hint, "the keys are ")
	if !ok {
		t.Fatalf("no list of keys: %q", e.Hint)
	}
	return strings.Split(list, ", ")
}

// TestServerKeys checks that the page on the server has the keys that server.toml can have,
// and no others, and that its example has them all and is valid.
func TestServerKeys(t *testing.T) {
	t.Parallel()
	page := string(read(t, serverPage))
	documented := make(map[string]bool)
	_, table, _ := strings.Cut(page, "\n| key |")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, row := range rowsOf("|" + table) {
		for _, key := range spans(row[0]) {
			documented[key] = true
		}
	}
	var known []string
	for _, key := range serverKeys(t, "") {
		if key == "tenants" { // a table of tables
			for _, inner := range serverKeys(t, "[tenants.NAME]\n") {
				known = append(known, "tenants.NAME."+inner)
			}
			continue
		}
		if strings.Contains(" tls runs engine egress audit sessions api_clients notify ", " "+key+" ") {
			for _, inner := range serverKeys(t, "["+key+"]\n") {
				known = append(known, key+"."+inner)
			}
			continue
		}
		known = append(known, key)
	}
	slices.Sort(known)
	if got := slices.Sorted(maps.Keys(documented)); !slices.Equal(got, known) {
		t.Errorf("%s has the keys\n%q, the server\n%q", serverPage, got, known)
	}
	example := fences(page, "toml")[0]
	if _, err := server.ParseConfig("server.toml", []byte(example), nil); err != nil {
		t.Errorf("the example: %v", err)
	}
	for _, key := range known {
		key = key[strings.LastIndexByte(key, '.')+1:]
		if !strings.Contains(example, key+" = ") && !strings.Contains(example, "["+key+"]") {
			t.Errorf("the example in %s does not show %s", serverPage, key)
		}
	}
}
