package oauthclient

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// isError reports whether the response is an error regardless of its status: it has
// error, RFC 6749 §5.2, or, as some servers send with status 200, ok or success is
// false.
func (a object) isError() bool {
	switch e := a["error"].(type) {
	case nil, bool:
		if e == true {
			return true
		}
	case []any:
		return len(e) > 0
	case map[string]any:
		return len(e) > 0
	default:
		if t := text(e); t != "" && t != "0" {
			return true
		}
	}
	return a["ok"] == false || a["success"] == false
}

// errorCode returns the error code, "" if there is none: error of RFC 6749 §5.2, or an
// equivalent. Some servers send an object with a code, a type, or both.
func (a object) errorCode() string {
	switch e := a["error"].(type) {
	case string:
		return e
	case map[string]any:
		kind, code := text(e["type"]), text(e["code"])
		switch {
		case kind != "" && code != "":
			return kind + "." + code
		case kind+code != "":
			return kind + code
		}
		return text(e["error"])
	}
	for _, name := range []string{"error_code", "errorCode", "code"} {
		if code, ok := a[name].(string); ok {
			return code
		}
	}
	return ""
}

// standardCode maps a server's error code, in a response to a request of that grant, to
// the one of RFC 6749 §5.2, or of RFC 8628 §3.5 for a device code; "" if the meaning is
// unclear. invalid_grant is final for what was sent, temporarily_unavailable is not,
// and with any other code something has to be changed.
func standardCode(grantType, code string) string {
	all := words(code)
	joined := strings.Join(all, "_")
	singleUse := grantType == oauthtoml.GrantRefresh || grantType == oauthtoml.GrantCode
	switch joined {
	case "":
		return ""
	case "invalid_client", "unauthorized_client", "invalid_request", "unsupported_grant_type", "invalid_scope", "invalid_target",
		"invalid_grant", "temporarily_unavailable", "authorization_pending", "slow_down":
		return joined
	case "access_denied":
		if grantType == oauthtoml.GrantRefresh {
			return "temporarily_unavailable" // too early, or too often
		}
		return joined
	case "invalid_grant_type":
		return "unsupported_grant_type"
	case "invalid_resource":
		return "invalid_target"
	case "authorization_declined":
		return "access_denied"
	case "expired_token", "code_expired", "expired_code":
		if grantType == oauthtoml.GrantDevice {
			return "expired_token"
		}
	case "server_error", "internal_error", "internal_failure", "fatal_error", "unknown_error", "general_error", "ratelimited",
		"oauth_exception_1", "oauth_exception_2", "oauth_exception_4", "oauth_exception_17", "oauth_exception_32", "oauth_exception_341",
		"oauth_exception_368", "oauth_exception_613":
		return "temporarily_unavailable"
	case "interaction_required", "login_required", "consent_required", "account_selection_required", // OpenID Connect Core §3.1.2.6
		"invalid_code", "invalid_token", "invalid_auth", "oauth_exception_102", "oauth_exception_190":
		if singleUse {
			return "invalid_grant"
		}
		return ""
	}
	has := func(any ...string) bool {
		return slices.ContainsFunc(any, func(w string) bool { return slices.Contains(all, w) })
	}
	switch {
	case has("client", "secret"):
		return "invalid_client"
	case has("rate", "limit", "limited", "exceeded", "many", "throttled", "throttling", "quota", "busy", "internal", "unavailable", "temporarily", "timeout", "maintenance"):
		return "temporarily_unavailable"
	case has("redirect", "missing", "unsupported", "parameter"):
		return "invalid_request"
	case singleUse && (strings.Contains(joined, "refresh_token") || has("expired", "revoked", "inactive", "deactivated", "disabled")):
		return "invalid_grant"
	}
	return ""
}

// isTransient reports whether a later request may succeed, by the status where the code
// does not say.
func (r *response) isTransient(code string) bool {
	switch code {
	case "temporarily_unavailable", "slow_down":
		return true
	case "invalid_grant":
		return false
	}
	return r.status >= 500 || r.busy() || r.status == http.StatusRequestTimeout
}

// refused is the error for an error response, RFC 6749 §5.2. It shows the code and
// never the description, which may repeat what was sent.
func (c *call) refused(r *response) *Error {
	sent := r.object.errorCode()
	code := standardCode(c.grantType, sent)
	if c.grantType == oauthtoml.GrantRefresh && sent != "" && slices.Contains(c.conn.RefreshEnded, sent) {
		code = "invalid_grant"
	}
	meant := code
	if code == "" && (r.status == http.StatusUnauthorized || r.status == http.StatusForbidden) {
		meant = "invalid_client"
	}
	transient := r.isTransient(code)
	f := c.fail(hostapi.CodeConnection, !transient, c.hint(meant), "%s", strings.TrimSpace(fmt.Sprintf("answered %d %s", r.status, c.printableCode(sent))))
	f.Code, f.Err.Transient = code, transient
	if transient {
		f.Err.RetryAfter = r.retryAfter()
	}
	if r.status == http.StatusMethodNotAllowed && f.Err.Hint == "" {
		f.Err.Hint = c.methodHint(r)
	}
	if f.Err.RetryAfter > 0 && f.Err.Hint == "" {
		f.Err.Hint = "it asks not to be retried for " + f.Err.RetryAfter.String()
	}
	if c.grantType == oauthtoml.GrantRefresh && !transient && mayBeInvalidGrant(r.status) && (code == "" || code == "invalid_request" && r.object.saysRefreshTokenEnded()) {
		f.Code, f.Guessed, f.Err.Hint = "invalid_grant", true, c.hint("invalid_grant")
	}
	return f
}

// methodHint is the hint for an endpoint that does not support the method, RFC 9110
// §15.5.6.
func (c *call) methodHint(r *response) string {
	for allowed := range strings.SplitSeq(strings.Join(r.header.Values("Allow"), ","), ",") {
		allowed = strings.TrimSpace(allowed)
		if c.grantType != "" && allowed != c.conn.TokenMethod && (allowed == http.MethodGet || allowed == http.MethodPost) {
			return fmt.Sprintf("it takes %s: write token_method = %q", allowed, allowed)
		}
	}
	return "is " + c.key + " right?"
}

// mayBeInvalidGrant reports whether a refusal with that status and no clear code may
// mean that the refresh token is invalid. RFC 6749 §5.2 requires a code, but some
// servers omit it or use their own.
func mayBeInvalidGrant(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity:
		return true
	}
	return status < 300
}

// printableCode returns an error code that may be shown, or "". Some servers put prose,
// or what was sent to them, in its place.
func (c *call) printableCode(code string) string {
	const most = 64
	plain := func(c rune) bool { return c == '_' || c >= 'a' && c <= 'z' }
	if standardCode(oauthtoml.GrantRefresh, code) != "" {
		plain = func(c rune) bool {
			return c == '_' || c == '.' || c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c))
		}
	}
	if len(code) > most || strings.ContainsFunc(code, func(c rune) bool { return !plain(c) }) || c.conn.HoldsSecret(code) || c.holdsSent(code) {
		return ""
	}
	return code
}

// holdsSent reports whether text contains a secret that was sent but is not in the
// file.
func (c *call) holdsSent(text string) bool {
	for _, name := range []string{"refresh_token", "code", "device_code", "token"} {
		if sent := c.sent.Get(name); len(sent) >= redact.MinLength && strings.Contains(text, sent) {
			return true
		}
	}
	return false
}

// words returns the words of a code in lower case, so that invalid_grant, INVALID-GRANT
// and invalidGrant are equal.
func words(code string) []string {
	var b strings.Builder
	var last rune
	for _, c := range code {
		if unicode.IsUpper(c) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(c))
		last = c
	}
	return strings.FieldsFunc(b.String(), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}
