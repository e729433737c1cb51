package authserver

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// oauthError is an error response, RFC 6749 §4.1.2.1 and §5.2.
type oauthError struct {
	status      int // of a response with a body; 0: 400
	code        string
	description string        // without " and \, and nothing that the request had
	wait        time.Duration // before another request; 0: not said
}

// Error implements [error].
func (e *oauthError) Error() string { return e.code + ": " + e.description }

func invalidRequest(description string) *oauthError {
	return &oauthError{code: "invalid_request", description: description}
}

func invalidClient(description string) *oauthError {
	return &oauthError{status: http.StatusUnauthorized, code: "invalid_client", description: description}
}

func invalidGrant(description string) *oauthError {
	return &oauthError{code: "invalid_grant", description: description}
}

// asOAuthError returns err as a response. What is no answer to the client is logged.
func (s *Server) asOAuthError(r *http.Request, err error) *oauthError {
	if e, ok := errors.AsType[*oauthError](err); ok {
		return e
	}
	if database.OutageOf(err) == "" { // which the server logs once for all
		s.logFailure(r, err)
	}
	if e, ok := errors.AsType[*hostapi.Error](err); ok && e.Temporary() {
		return &oauthError{
			status: http.StatusServiceUnavailable, code: "temporarily_unavailable", description: "the server cannot use its database at present", wait: database.RetryAfter,
		}
	}
	return &oauthError{status: http.StatusInternalServerError, code: "server_error", description: "the server failed; its log says why"}
}

func (s *Server) logFailure(r *http.Request, err error) {
	if r.Context().Err() == nil { // else the client has gone
		s.cfg.Log.ErrorContext(r.Context(), "authorization server failed", "path", r.URL.Path, "error", err)
	}
}

// writeError responds with an error.
func writeError(w http.ResponseWriter, e *oauthError) {
	if e.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.wait.Seconds())))
	}
	status := e.status
	setDefault(&status, http.StatusBadRequest)
	if status == http.StatusUnauthorized { // RFC 9110 §15.5.2
		w.Header().Set("WWW-Authenticate", `Basic realm="postern"`)
	}
	writeJSON(w, status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{e.code, e.description})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // fails only if the client has gone
}

// protect sets the headers of all responses but the metadata.
func protect(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Cache-Control", "no-store") // RFC 6749 §5.1
	h.Set("Pragma", "no-cache")
	h.Set("Referrer-Policy", "no-referrer") // RFC 9700 §4.2.4
	h.Set("X-Content-Type-Options", "nosniff")
}
