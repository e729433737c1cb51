package httpapi

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/service"
)

// problem is an error as RFC 9457 has it, with members of our own. Its type is
// about:blank: the status says what kind of problem it is, and code more exactly.
type problem struct {
	Title  string            `json:"title" doc:"the text of the status"`
	Status int               `json:"status" doc:"the status of the response"`
	Detail string            `json:"detail" doc:"what is wrong"`
	Code   hostapi.Code      `json:"code,omitempty" doc:"the kind of error, for programs"`
	Hint   string            `json:"hint,omitempty" doc:"what to do about it"`
	Causes []*report.Failure `json:"causes,omitempty" doc:"the errors, with their places in the files of a task"`
	Errors []fieldError      `json:"errors,omitempty" doc:"what is wrong with the request"`

	retryAfter time.Duration
	challenge  string
	header     http.Header // more of the response
}

// fieldError is one mistake in a request. It does not repeat the value, which may be a
// secret.
type fieldError struct {
	Location string `json:"location,omitempty" doc:"where it is, such as body.task"`
	Message  string `json:"message" doc:"what is wrong"`
}

// Error implements error.
func (p problem) Error() string { return p.Detail }

// GetStatus implements [huma.StatusError].
func (p problem) GetStatus() int { return p.Status }

// ContentType implements [huma.ContentTypeFilter].
func (p problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements [huma.HeadersError].
func (p problem) GetHeaders() http.Header {
	h := make(http.Header)
	maps.Copy(h, p.header)
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	if p.challenge != "" {
		h.Set("WWW-Authenticate", p.challenge)
	}
	return h
}

// setErrors makes huma's own errors, such as those of validation, problems too.
func setErrors() {
	once.Do(func() {
		huma.ValidateStrictCasing = true // as names in JSON are
		huma.NewError = func(status int, message string, causes ...error) huma.StatusError {
			p := problem{Title: http.StatusText(status), Status: status, Detail: message}
			for _, err := range causes {
				if err == nil {
					continue
				}
				if len(p.Errors) == maxFieldErrors {
					p.Errors = append(p.Errors, fieldError{Message: "and more"})
					break
				}
				p.Errors = append(p.Errors, fieldErrorOf(err))
			}
			return p
		}
	})
}

// Bounds of what a problem says: a request may have any number of mistakes, of any length.
const (
	maxFieldErrors = 20
	maxFieldText   = 200
)

// fieldErrorOf returns a mistake that huma found, without values.
func fieldErrorOf(err error) fieldError {
	d, ok := err.(huma.ErrorDetailer)
	if !ok {
		return fieldError{Message: shortened(err.Error())}
	}
	detail := d.ErrorDetail()
	message := shortened(detail.Message)
	if strings.HasPrefix(message, "invalid date/time") { // with a layout of Go; huma has nothing but texts
		message = "expected a date and time such as 2030-01-31T08:00:00Z, RFC 3339"
	}
	return fieldError{shortened(detail.Location), message}
}

// unmarshal decodes the body of a request. Its error never repeats a value. Text that is not UTF-8 would not be stored as
// it was sent, RFC 8259 §8.1.
func unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("is not UTF-8")
	}
	err := json.Unmarshal(data, v)
	if _, ok := errors.AsType[*json.SyntaxError](err); ok || err == nil {
		return err
	}
	return errors.New("has a number that is out of range, or a value of another type")
}

func shortened(text string) string {
	if len(text) <= maxFieldText {
		return text
	}
	return strings.ToValidUTF8(text[:maxFieldText], "") + "…"
}

// asProblem returns an error of the service as a response. What is a fault of the server
// is not told.
func asProblem(err error) problem {
	var access *authserver.AccessError
	if errors.As(err, &access) {
		return problem{
			Title: http.StatusText(access.Status), Status: access.Status, Detail: access.Description,
			Code: hostapi.Code(access.Code), challenge: access.Challenge(),
		}
	}
	if outage := service.OutageOf(err); outage != nil {
		return outageProblem(outage)
	}
	status := statusOf(err)
	if status == http.StatusInternalServerError {
		return problem{Title: http.StatusText(status), Status: status, Detail: "the server failed; its log says why", Code: hostapi.CodeInternal}
	}
	first := report.NewFailure(err, nil)
	p := problem{Title: http.StatusText(status), Status: status, Detail: first.Message, Code: first.Code, Hint: first.Hint}
	if first.File != "" || len(first.More) > 0 {
		p.Causes = append([]*report.Failure{first}, first.More...)
		first.More = nil
	}
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		p.retryAfter = e.RetryAfter
	}
	return p
}

// outageProblem is the response while the database cannot be used. The status is 503 also where a disk is full: a
// client must not repeat a request by itself after 507 (RFC 4918 §11.5), and here it may, with its idempotency key.
func outageProblem(outage *hostapi.Error) problem {
	return problem{
		Title: http.StatusText(http.StatusServiceUnavailable), Status: http.StatusServiceUnavailable, Code: unavailable,
		Detail:     "the server cannot use its database at present: " + outage.Message,
		Hint:       "try again later; if it lasts, the operator of the server has to act: " + outage.Hint,
		retryAfter: service.OutageRetryAfter,
	}
}

// unavailable is the code of a problem that is neither of the request nor of a task, and the name of the event by which
// a stream ends for it.
const unavailable = "unavailable"

func statusOf(err error) int {
	switch {
	case errors.Is(err, etag.ErrChanged):
		return http.StatusPreconditionFailed
	case service.IsDamaged(err):
		return http.StatusInternalServerError
	}
	for _, reason := range []error{catalog.ErrConflict, catalog.ErrFolder, runs.ErrConflict, authserver.ErrConflict, accounts.ErrExists, accounts.ErrLastOperator} {
		if errors.Is(err, reason) {
			return http.StatusConflict
		}
	}
	if service.IsNotFound(err) {
		return http.StatusNotFound
	}
	if errors.Is(err, runs.ErrTenantBusy) { // of this caller's making, and not of the server's
		return http.StatusTooManyRequests
	}
	switch hostapi.CodeOf(err) {
	case hostapi.CodeDenied:
		return http.StatusForbidden
	case hostapi.CodeInvalidArgument, hostapi.CodeConfig, hostapi.CodeScript, hostapi.CodeUnknownConnection, hostapi.CodeLimit:
		return http.StatusUnprocessableEntity
	case hostapi.CodeOverloaded, hostapi.CodeClosed:
		return http.StatusServiceUnavailable
	case hostapi.CodeConnection, hostapi.CodeNeedsReauth, hostapi.CodeNetwork:
		return http.StatusBadGateway
	case hostapi.CodeTimeout:
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

// failed returns an error of the service for huma, and logs what is a fault of the server.
func (a *api) failed(err error) error {
	p := asProblem(err)
	if p.Status == http.StatusInternalServerError {
		a.log.Error("a request to the API failed", "err", err)
	}
	return p
}

// refuse writes an error outside of huma.
func (a *api) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := asProblem(err)
	if p.Status == http.StatusInternalServerError {
		a.log.ErrorContext(r.Context(), "a request to the API failed", "err", err)
	}
	write(w, p)
}

func write(w http.ResponseWriter, p problem) {
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // fails only if the client has gone
}
