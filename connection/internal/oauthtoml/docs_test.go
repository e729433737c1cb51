package oauthtoml

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// keysPage is the page that has every key of an oauth.toml.
const keysPage = "../../../docs/CONNECTIONS.md"

// TestDocumentedKeys checks that the page has exactly the keys of a file, each with its
// grants.
func TestDocumentedKeys(t *testing.T) {
	t.Parallel()
	_, table, found := strings.Cut(readPage(t, keysPage), "\n## All keys\n")
	if !found {
		t.Fatalf("%s has no section of all keys", keysPage)
	}
	// The key, its type, its default, and the grants that have it.
	row := regexp.MustCompile("(?m)^\\| `([a-z0-9_.]+)` \\|[^|]*\\|[^|]*\\| ([^|]*?) ?\\|")
	documented := make(map[string]string)
	for _, m := range row.FindAllStringSubmatch(table, -1) {
		if _, twice := documented[m[1]]; twice {
			t.Errorf("%s is there twice", m[1])
		}
		documented[m[1]] = inFull(m[2])
	}
	known := allKeys()
	for _, key := range slices.Sorted(maps.Keys(known)) {
		grants, ok := documented[key]
		switch {
		case !ok:
			t.Errorf("%s is not there", key)
		case grants != known[key]:
			t.Errorf("%s goes with %q, and the page says %q", key, known[key], grants)
		}
	}
	for key := range documented {
		if _, ok := known[key]; !ok {
			t.Errorf("%s is no key of an oauth.toml", key)
		}
	}
}

// TestDocumentedLimits checks that the page has the defaults of the limits.
func TestDocumentedLimits(t *testing.T) {
	t.Parallel()
	page := readPage(t, keysPage)
	for _, name := range limit.Names() {
		value := limit.Format(hostapi.DefaultLimits(), name)
		row := regexp.MustCompile("(?m)^\\| `limits\\." + name + "` \\| \\w+ \\| `?" + value + "`? \\|")
		if !row.MatchString(page) {
			t.Errorf("%s has no row of limits.%s with the default %s", keysPage, name, value)
		}
	}
}

// allKeys returns every key, with a dot if it is in an inline table or another table,
// and its grants.
func allKeys() map[string]string {
	inline := map[string]keys{
		"header": headerKeys(), "response": responseKeys(), "refresh_response": refreshResponseKeys(),
		"token_request": bodyKeys(), "refresh_request": bodyKeys(), "expired_when": conditionKeys(), "tls": TLSKeys(),
	}
	all := make(map[string]string)
	for _, key := range ConnectionKeys().Known {
		grants := grantsWith(key)
		sub, ok := inline[key]
		if !ok {
			all[key] = grants
		}
		for _, name := range sub.Known {
			all[key+"."+name] = grants
		}
	}
	for table, k := range map[string]keys{"egress": egressKeys(), "store": storeKeys(), "limits": limitsKeys()} {
		for _, name := range k.Known {
			all[table+"."+name] = ""
		}
	}
	return all
}

func grantsWith(key string) string {
	var names []string
	for _, g := range grantTypes() {
		if slices.Contains(commonKeys(), key) || slices.Contains(g.keys, key) {
			names = append(names, g.Name)
		}
	}
	return strings.Join(names, " ")
}

// inFull returns the grants that a cell of the table abbreviates.
func inFull(cell string) string {
	oauth := grantsWith("token_endpoint")
	cell = strings.NewReplacer("`", "", ",", "", "all", grantsWith("grant"), "OAuth", oauth).Replace(cell)
	names := strings.Fields(cell)
	slices.SortFunc(names, func(a, b string) int {
		every := grantsWith("grant")
		return strings.Index(every, a) - strings.Index(every, b)
	})
	return strings.Join(names, " ")
}

// TestDocumentedGrants checks that every grant has a page, and that the pages are
// linked.
func TestDocumentedGrants(t *testing.T) {
	t.Parallel()
	overview := readPage(t, keysPage)
	for _, g := range grantTypes() {
		page := "connections/" + g.Name + ".md"
		if !strings.Contains(overview, "]("+page+")") {
			t.Errorf("%s does not link to %s", keysPage, page)
		}
		if text := readPage(t, "../../../docs/"+page); !strings.Contains(text, "\ngrant = \""+g.Name+"\"\n") {
			t.Errorf("%s shows no file with its grant", page)
		}
	}
}

func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
