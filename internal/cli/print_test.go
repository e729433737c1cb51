package cli

import (
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

func TestCommandIsOneForAShell(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"crm": "postern connect crm", "a/b.c": "postern connect a/b.c", "売上": "postern connect 売上",
		"my crm": "postern connect 'my crm'", "crm#ada": "postern connect 'crm#ada'", "a'b": `postern connect 'a'\''b'`,
		"$(x)": "postern connect '$(x)'", "": "postern connect ''",
	} {
		if got := command("connect", name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

func TestHintNamesTheConnection(t *testing.T) {
	t.Parallel()
	e := &hostapi.Error{Code: hostapi.CodeNeedsReauth, Name: "my crm", Hint: "run: postern connect NAME"}
	if got, want := hint(e), "run: postern connect 'my crm'"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAbout(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		59*time.Minute + 59*time.Second: "1h", 10 * time.Minute: "10m", 90 * time.Second: "1m30s", 40 * time.Second: "40s",
		20*time.Hour + 10*time.Minute: "20h10m", 300 * time.Millisecond: "0s", 2 * time.Minute: "2m",
	} {
		if got := about(d); got != want {
			t.Errorf("about(%s) = %q, want %q", d, got, want)
		}
	}
}
