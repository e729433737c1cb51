package httpapi

import (
	"context"
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/internal/eventstream"
	"github.com/postern-dev/postern/internal/service"
)

// wantsEvents reports whether a request asks for server-sent events.
func wantsEvents(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(strings.Join(r.Header.Values("Accept"), ","), eventstream.Type) && accepts(r, eventstream.Type)
}

// follow sends the log of a run as server-sent events until the run has ended. The event of an entry has the name of
// its kind, and its seq as id; the last event is "end", with the run. While the database cannot be used, it is "unavailable",
// with the problem, and the client asks again later.
func (a *api) follow(w http.ResponseWriter, r *http.Request) {
	caller, id := callerOf(r.Context()), r.PathValue("id")
	after, err := afterOf(r)
	if err != nil {
		write(w, problem{Status: http.StatusUnprocessableEntity, Detail: "after, or Last-Event-ID, is not the seq of an entry"})
		return
	}
	if _, err := a.Run(r.Context(), caller, id); err != nil {
		a.refuse(w, r, err)
		return
	}
	eventstream.Serve(w, r, func(ctx context.Context) iter.Seq2[eventstream.Event, error] {
		return func(yield func(eventstream.Event, error) bool) {
			for entry, err := range a.Follow(ctx, caller, id, after) {
				if outage := service.OutageOf(err); outage != nil {
					yield(eventstream.Event{Name: unavailable, Data: outageProblem(outage)}, nil)
					return
				}
				event := eventstream.Event{ID: strconv.FormatInt(entry.Seq, 10), Name: string(entry.Kind), Data: logEntryOf(entry)}
				if !yield(event, err) || err != nil {
					return
				}
			}
			if run, err := a.Run(ctx, caller, id); err == nil && run.State.Ended() {
				yield(eventstream.Event{Name: "end", Data: runSummaryOf(run)}, nil)
			}
		}
	})
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
