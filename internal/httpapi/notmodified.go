package httpapi

import (
	"net/http"
	"strings"
)

// notModified makes of a response that the client has already, by its If-None-Match, one
// with the status 304 and without a body (RFC 9110 §13.1.2).
type notModified struct {
	http.ResponseWriter

	tags string // of the request
	same bool   // the client has it
}

// orNotModified returns w, or a writer that responds 304 if r asks for that. Only a task has an ETag of the whole
// response: that of a connection, for example, leaves out its state.
func orNotModified(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	tags := r.Header.Get("If-None-Match")
	if tags == "" || r.Pattern != "GET /v1/tasks/{name}" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return w
	}
	return &notModified{ResponseWriter: w, tags: tags}
}

// WriteHeader implements [http.ResponseWriter].
func (w *notModified) WriteHeader(status int) {
	if w.same = status == http.StatusOK && hasTag(w.tags, w.Header().Get("ETag")); w.same {
		status = http.StatusNotModified
		w.Header().Del("Content-Type")
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *notModified) Write(p []byte) (int, error) {
	if w.same {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets [http.ResponseController] find the writer of the server.
func (w *notModified) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// hasTag reports whether a list of entity tags has tag, by weak comparison. None of the
// server's own has a comma.
func hasTag(list, tag string) bool {
	if tag == "" {
		return false
	}
	for element := range strings.SplitSeq(list, ",") {
		element = strings.TrimPrefix(strings.TrimSpace(element), "W/")
		if element == "*" || element == tag {
			return true
		}
	}
	return false
}
