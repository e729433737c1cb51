// Package eventstream sends server-sent events,
// https://html.spec.whatwg.org/multipage/server-sent-events.html.
package eventstream

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"time"
)

// Type is the media type.
const Type = "text/event-stream"

const (
	aliveEvery = 15 * time.Second // so that proxies keep the connection
	writeTime  = 30 * time.Second // of one event, for clients that do not read
)

// Event is an event with data, which is sent as JSON.
type Event struct {
	ID   string // by which a client goes on after it; "": none
	Name string
	Data any
}

// String returns the event as it is sent. JSON has no line breaks.
func (e Event) String() string {
	text, err := json.Marshal(e.Data)
	if err != nil {
		return ": an event cannot be shown\n\n"
	}
	id := ""
	if e.ID != "" {
		id = "id: " + e.ID + "\n"
	}
	return fmt.Sprintf("%sevent: %s\ndata: %s\n\n", id, e.Name, text)
}

// Serve sends events until there are no more, the client has gone, or there is an error: then the client asks again.
// The function returns the events; its context ends with the response.
func Serve(w http.ResponseWriter, r *http.Request, events func(ctx context.Context) iter.Seq2[Event, error]) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	texts := make(chan string)
	go func() {
		defer close(texts)
		for event, err := range events(ctx) {
			if err != nil {
				return
			}
			select {
			case texts <- event.String():
			case <-ctx.Done():
				return
			}
		}
	}()
	w.Header().Set("Content-Type", Type)
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
	for going := send(": events\n\n"); going; {
		select {
		case text, more := <-texts:
			going = more && send(text)
		case <-alive.C:
			going = send(": alive\n\n")
		case <-ctx.Done():
			return
		}
	}
}
