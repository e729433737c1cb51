package terminal

import (
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	var none *Progress
	none.show("x")
	none.clear()
	p := &Progress{w: &b, began: time.Now()}
	p.show("early.test.js")
	p.clear()
	if b.String() != "" {
		t.Errorf("at once: %q", b.String())
	}
	p.began = p.began.Add(-time.Minute)
	p.show("slow\x1b.test.js")
	p.clear()
	p.clear()
	if got, want := b.String(), "\r\x1b[Kslow\\u001b.test.js\r\x1b[K"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
