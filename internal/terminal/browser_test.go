package terminal

import (
	"os"
	"path/filepath"
	goruntime "runtime"
	"testing"
)

func TestSystemBrowserNeedsADisplay(t *testing.T) {
	t.Parallel()
	for _, env := range []map[string]string{nil, {"DISPLAY": ""}, {"WAYLAND_DISPLAY": "x"}, {"DISPLAY": ":0"}} {
		b := Browser{LookupEnv: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
		want := env["DISPLAY"]+env["WAYLAND_DISPLAY"] != ""
		if got := b.hasDisplay(); got != want {
			t.Errorf("%v: %t, want %t", env, got, want)
		}
	}
	if (Browser{}).hasDisplay() {
		t.Error("without variables there is a display")
	}
}

// $BROWSER names the programs to try, as elsewhere: with %s where the page goes.
func TestBrowserVariable(t *testing.T) {
	t.Parallel()
	if goruntime.GOOS == "windows" {
		t.Skip("there is no touch")
	}
	page := filepath.Join(t.TempDir(), "page")
	for browser, want := range map[string]string{
		"touch":                         page,
		"touch %s":                      page,
		"no-such-program:touch %s.html": page + ".html",
	} {
		b := Browser{LookupEnv: func(name string) (string, bool) { return browser, name == "BROWSER" }}
		_ = os.Remove(want)
		if err := b.Open(t.Context(), page); err != nil {
			t.Errorf("%s: %v", browser, err)
		}
		if _, err := os.Stat(want); err != nil {
			t.Errorf("%s: %v", browser, err)
		}
	}
	b := Browser{LookupEnv: func(string) (string, bool) { return "no-such-program", true }}
	if err := b.Open(t.Context(), page); err == nil || err.Error() != "there is no no-such-program" {
		t.Errorf("error %v", err)
	}
}
