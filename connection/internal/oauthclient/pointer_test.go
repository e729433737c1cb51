package oauthclient

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
)

func TestPaths(t *testing.T) {
	t.Parallel()
	a := ParseObject([]byte(`{"a":{"b":[{"c":"1"},"2"]},"a.b":"3","/x":"4","":{"":"5"},"m~n":"6","p/q":"7","~1":"8","~01":"9","x":"10","k":{"01":"11"}}`))
	for path, want := range map[string]any{
		"a.b.0.c": "1", "a.b": "3", "a.b.1": "2", "a.b.2": nil, "a.b.-1": nil, "a.b.x": nil, "x.y": nil, "m~n": "6", "p/q": "7",
		"/a/b/0/c": "1", "/a/b/1": "2", "/a.b": "3", "/~1x": "4", "//": "5", "/m~0n": "6", "/p~1q": "7", "/~01": "8", "/~001": "9", "/x": "10",
		"/a/b/01": nil, "/a/b/-": nil, "/a/b/+1": nil, "/a/b/2": nil, "/x/y": nil, "/k/01": "11", "/none": nil,
	} {
		if got := a.At(path); got != want {
			t.Errorf("at(%q) = %v, want %v", path, got, want)
		}
		if p := oauthtoml.CheckPath(path); p != nil {
			t.Errorf("checkPath(%q) = %v", path, p)
		}
	}
	for _, path := range []string{"/~", "/a~", "/a~2b", "/a/~/b", "/~~0"} {
		if oauthtoml.CheckPath(path) == nil {
			t.Errorf("checkPath(%q) finds nothing", path)
		}
	}
}

// A pointer of any names, RFC 6901 §3, leads to its value.
func FuzzPointer(f *testing.F) {
	for _, seed := range [][2]string{{"a", "b"}, {"", ""}, {"~1", "/~0"}, {"a.b", "0"}, {"~", "//"}} {
		f.Add(seed[0], seed[1])
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	f.Fuzz(func(t *testing.T, outer, inner string) {
		body, err := json.Marshal(map[string]any{outer: []any{map[string]string{inner: "found"}}})
		if err != nil {
			t.Fatal(err)
		}
		var names map[string][]map[string]string // what JSON made of them
		if err := json.Unmarshal(body, &names); err != nil {
			t.Fatal(err)
		}
		for o, list := range names {
			for i := range list[0] {
				path := "/" + escape.Replace(o) + "/0/" + escape.Replace(i)
				if p := oauthtoml.CheckPath(path); p != nil {
					t.Errorf("%q: %s", path, p.Message)
				}
				if got := ParseObject(body).At(path); got != "found" {
					t.Errorf("at(%q) = %v in %s", path, got, body)
				}
			}
		}
	})
}
