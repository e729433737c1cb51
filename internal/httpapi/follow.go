package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/postern-dev/postern/internal/runs"
)

const (
	eventStream = "text/event-stream"
	aliveEvery  = 15 * time.Second // so that proxies keep the connection
	writeTime   = 30 * time.Second // of one event, for clients that do not read
)

// wantsEvents reports whether a request asks for server-sent events.
func wantsEvents(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasPrefix(r.Header.Get("Accept"), eventStream)
}

// follow sends the log of a run as server-sent events,
// https://html.spec.whatwg.org/multipage/server-sent-events.html, until the run has ended. The event
// of an entry has the name of its kind, and its seq as id; the last event is "end", with the run.
func (a *api) follow(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	caller, id := callerOf(ctx), r.PathValue("id")
	after, err := afterOf(r)
	if err != nil {
		write(w, problem{Status: http.StatusUnprocessableEntity, Detail: "after, or Last-Event-ID, is not the seq of an entry"})
		return
	}
	if _, err := a.Run(ctx, caller, id); err != nil {
		a.refuse(w, r, err)
		return
	}
	type element struct {
		entry runs.Entry
		err   error
	}
	elements := make(chan element)
	go func() {
		defer close(elements)
		for entry, err := range a.Follow(ctx, caller, id, after) {
			select {
			case elements <- element{entry, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	w.Header().Set("Content-Type", eventStream)
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep the events until there are many
	out := http.NewResponseController(w)
	_ = out.SetReadDeadline(time.Time{}) // that of the request; a connection that lacks one is bounded by writeTime
	send := func(text string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(writeTime)) // as above
		if _, err := w.Write([]byte(text)); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	alive := time.NewTicker(aliveEvery)
	defer alive.Stop()
	for going := send(": log\n\n"); going; {
		select {
		case e, more := <-elements:
			switch {
			case !more:
				a.sendEnd(ctx, send, id)
				return
			case e.err != nil: // the client asks again
				return
			}
			going = send(event(strconv.FormatInt(e.entry.Seq, 10), string(e.entry.Kind), logEntryOf(e.entry)))
		case <-alive.C:
			going = send(": alive\n\n")
		case <-ctx.Done():
			return
		}
	}
}

func (a *api) sendEnd(ctx context.Context, send func(string) bool, id string) {
	run, err := a.Run(ctx, callerOf(ctx), id)
	if err == nil && run.State.Ended() {
		send(event("", "end", runSummaryOf(run)))
	}
}

// event returns an event; JSON has no line breaks.
func event(id, name string, data any) string {
	text, err := json.Marshal(data)
	if err != nil {
		return ": an entry cannot be shown\n\n"
	}
	if id != "" {
		id = "id: " + id + "\n"
	}
	return fmt.Sprintf("%sevent: %s\ndata: %s\n\n", id, name, text)
}

// afterOf returns the entry that the client has seen last.
func afterOf(r *http.Request) (int64, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return 0, nil
	}
	return strconv.ParseInt(text, 10, 64)
}
