package terminal

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Progress is a line on a terminal that says what is being waited for. A nil Progress
// shows nothing.
type Progress struct {
	w     io.Writer
	began time.Time
	shown bool
}

// patience is how long a user waits without being told for what.
const patience = 2 * time.Second

// NewProgress returns one that shows on w, and nil if that is not a terminal.
func NewProgress(w io.Writer) *Progress {
	if !Is(w) {
		return nil
	}
	return &Progress{w: w, began: time.Now()}
}

// Await returns when done is closed or ctx ends. Meanwhile it shows what is being
// waited for, and clears that at the end.
func (p *Progress) Await(ctx context.Context, done <-chan struct{}, what func() string) {
	defer p.clear()
	ticker := time.NewTicker(time.Second / 4)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-ticker.C:
			p.show(what())
		}
	}
}

// show replaces what is shown.
func (p *Progress) show(what string) {
	if p == nil || time.Since(p.began) < patience {
		return
	}
	p.shown = true
	_, _ = fmt.Fprint(p.w, "\r\x1b[K"+Escape(what)) // it is no loss
}

// clear makes room for something else.
func (p *Progress) clear() {
	if p == nil || !p.shown {
		return
	}
	p.shown = false
	_, _ = fmt.Fprint(p.w, "\r\x1b[K")
}
