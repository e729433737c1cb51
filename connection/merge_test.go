package connection_test

import (
	"slices"
	"testing"

	"github.com/postern-dev/postern/connection"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	read := func(toml string) *connection.Set {
		t.Helper()
		set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{SkipSecrets: true})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	app := parse(t, `[connections.crm]
grant = "static"
token = "of the app"
allow_plaintext = true
hosts = ["app.example.com"]

[egress]
allow = []
`)
	shared := read(`[connections.crm]
grant = "basic"
username = "u"
password = ""
hosts = ["shared.example.com"]

[connections.chat]
grant = "basic"
username = "u"
password = ""

[egress]
allow = ["internal.example.com:443"]
cookies = true
max_redirects = 7

[store]
url = "sqlite:shared.db"
key = "env:X"
`)
	third := read("[store]\nurl = \"sqlite:third.db\"\nkey = \"env:X\"\n")
	all := connection.Merge(app, shared, third)
	if got, want := all.Names(), []string{"chat", "crm"}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	d, err := all.Describe("crm")
	if err != nil || d.Grant != "static" || !slices.Equal(d.Hosts, []string{"app.example.com"}) {
		t.Errorf("crm is %+v, %v; want that of the first file", d, err)
	}
	// The first [egress] counts as a whole, though it allows nothing.
	if e := all.Egress(); len(e.Allow) != 0 || all.Limits().Redirects != 0 || all.Cookies().Keep {
		t.Errorf("egress %+v, limits %+v, cookies %+v", e, all.Limits(), all.Cookies())
	}
	if url, _ := all.Store(); url != "sqlite:shared.db" {
		t.Errorf("store %q", url)
	}
	if got, want := all.Warnings(), app.Warnings(); !slices.Equal(got, want) {
		t.Errorf("warnings %q, want %q", got, want)
	}
	if _, err := connection.NewManager(connection.Config{Set: all}); err == nil {
		t.Error("a manager was made of a set without its secrets")
	}
	if names := connection.Merge().Names(); len(names) != 0 {
		t.Errorf("no sets at all have %q", names)
	}
}
