package cli

import (
	"fmt"
	"io"
	"time"
)

// progress tells a person at a terminal what is being waited for. A nil progress
// tells nothing.
type progress struct {
	w     io.Writer
	began time.Time
	shown bool
}

// patience is how long nobody minds to see nothing.
const patience = 2 * time.Second

func (a *app) progress() *progress {
	if !isTerminal(a.env.Stderr) {
		return nil
	}
	return &progress{w: a.env.Stderr, began: time.Now()}
}

// show replaces what is shown.
func (p *progress) show(what string) {
	if p == nil || time.Since(p.began) < patience {
		return
	}
	p.shown = true
	_, _ = fmt.Fprint(p.w, "\r\x1b[K"+escape(what)) // it is no loss
}

// clear makes room for something else.
func (p *progress) clear() {
	if p == nil || !p.shown {
		return
	}
	p.shown = false
	_, _ = fmt.Fprint(p.w, "\r\x1b[K")
}
