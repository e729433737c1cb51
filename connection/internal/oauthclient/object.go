package oauthclient

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
)

// object is a response of an authorization server: an object of RFC 6749 §5.1 or §5.2,
// or a similar one. The body itself, not its content type, decides how it is parsed,
// since servers send JSON as text/plain and forms as text/html. An unreadable response
// is empty.
type object map[string]any

// ParseObject returns the object that a body is, nil if it cannot be read as one.
func ParseObject(body []byte) object {
	body = trimBody(body)
	switch {
	case bytes.HasPrefix(body, []byte("{")):
		var a object
		if newDecoder(body).Decode(&a) != nil {
			return nil
		}
		return a
	case bytes.HasPrefix(body, []byte("[{")):
		var list []object
		if newDecoder(body).Decode(&list) != nil || len(list) != 1 {
			return nil
		}
		return list[0]
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	a := make(object, len(form))
	for name := range form {
		a[name] = form.Get(name)
	}
	return a
}

func trimBody(body []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))) // a byte order mark
}

func newDecoder(body []byte) *json.Decoder {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	return decoder
}

// salvage returns the members of a response that precede a syntax error: it may have
// been truncated, or have other text around the object.
func salvage(body []byte) object {
	const deepest = 1000 // no token response is nested deeper
	begin := bytes.IndexByte(body, '{')
	if begin < 0 || bytes.Count(body, []byte("{")) > deepest {
		return nil
	}
	decoder := newDecoder(body[begin:])
	_, _ = decoder.Token() // the brace
	return salvageObject(decoder)
}

// salvageObject reads members until a syntax error. decoder is behind the opening
// brace.
func salvageObject(decoder *json.Decoder) object {
	a := make(object)
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return a
		}
		v, err := decoder.Token()
		if err != nil {
			return a
		}
		key, _ := name.(string) // every name is a string
		switch v {
		case json.Delim('{'):
			a[key] = map[string]any(salvageObject(decoder))
		case json.Delim('['):
			if !skipList(decoder) {
				return a
			}
		default:
			a[key] = v
		}
	}
	_, _ = decoder.Token() // the closing brace, if there is one
	return a
}

// skipList skips the rest of the list that decoder is in, and reports whether it is
// closed.
func skipList(decoder *json.Decoder) bool {
	for depth := 1; depth > 0; {
		v, err := decoder.Token()
		switch {
		case err != nil:
			return false
		case v == json.Delim('{') || v == json.Delim('['):
			depth++
		case v == json.Delim('}') || v == json.Delim(']'):
			depth--
		}
	}
	return true
}

// At returns the value at a path; nil if there is none.
func (a object) At(path string) any {
	if v, ok := a[path]; ok && !oauthtoml.IsPointer(path) {
		return v // a name may contain a dot
	}
	var v any = map[string]any(a)
	for _, name := range oauthtoml.Steps(path) {
		switch here := v.(type) {
		case map[string]any:
			v = here[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(here) || strconv.Itoa(i) != name {
				return nil
			}
			v = here[i]
		default:
			return nil
		}
	}
	return v
}

// tokenResponse has the parts of a token response, RFC 6749 §5.1, as far as it has
// them.
type tokenResponse struct {
	accessToken, refreshToken, tokenType, idToken string

	expiresIn int64 // seconds since the request; 0: unknown
	scope     any   // string; false if unreadable, nil if absent
}

// tokenResponse returns the parts of the response to a request that was sent at that
// time.
func (a object) tokenResponse(paths oauthtoml.Paths, sent time.Time) tokenResponse {
	where := paths.AccessToken
	t := tokenResponse{accessToken: strings.TrimSpace(text(a.At(where))), refreshToken: text(a.At(paths.RefreshToken))}
	expires, unit := a.At(paths.ExpiresIn), paths.ExpiresUnit
	if paths.OrStandard {
		if t.accessToken == "" {
			where = "access_token"
			t.accessToken = strings.TrimSpace(text(a[where]))
		}
		if t.refreshToken == "" {
			t.refreshToken = text(a["refresh_token"])
		}
		if expires == nil {
			if expires = a["expires_in"]; unit == oauthtoml.UnitDate {
				unit = oauthtoml.UnitSeconds
			}
		}
	}
	t.tokenType, t.idToken = strings.TrimSpace(text(a.beside(where, "token_type"))), text(a.beside(where, "id_token"))
	t.expiresIn, t.scope = lifetime(expires, unit, sent), scopeOf(a.beside(where, "scope"))
	return t
}

// beside returns the member next to the value at a path, or else the top-level one: the
// parts of one token response are together.
func (a object) beside(path, name string) any {
	separator := "."
	if oauthtoml.IsPointer(path) {
		separator = "/"
	}
	if i := strings.LastIndex(path, separator); i > 0 {
		if v := a.At(path[:i+1] + name); v != nil {
			return v
		}
	}
	return a[name]
}

// text returns a string, or the digits of a number; "" for any other value. A list of
// one element counts as that element.
func text(v any) string {
	switch v := single(v).(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// single returns the element of a list of one, and any other value unchanged.
func single(v any) any {
	for {
		list, ok := v.([]any)
		if !ok || len(list) != 1 {
			return v
		}
		v = list[0]
	}
}

// scopeOf returns scopes: one string, or a list of strings instead of RFC 6749 §3.3. It
// returns nil if there are none, and false if they are unreadable.
func scopeOf(v any) any {
	all, ok := appendScopes(nil, v)
	switch {
	case !ok:
		return false
	case all == nil:
		return nil
	}
	return strings.Join(all, " ")
}

// appendScopes adds the texts in v to all, and reports whether v has nothing else in it.
func appendScopes(all []string, v any) ([]string, bool) {
	switch v := v.(type) {
	case nil:
		return all, true
	case []any:
		for _, inner := range v {
			var ok bool
			if all, ok = appendScopes(all, inner); !ok {
				return all, false
			}
		}
		return all, true
	case string, json.Number:
		if t := text(v); t != "" {
			all = append(all, t)
		}
		return all, true
	}
	return all, false
}

// lifetime returns the lifetime of a token in seconds since it was requested: the
// server counts from a later moment.
func lifetime(v any, unit string, sent time.Time) int64 {
	switch v = single(v); unit {
	case oauthtoml.UnitMilliseconds:
		return WholeSeconds(v, 1000)
	case oauthtoml.UnitDate:
		return secondsUntil(v, sent)
	}
	return WholeSeconds(v, 1)
}

// WholeSeconds reads a duration in the forms that servers use: 3600, "3600", 3600.0,
// 1e3, with that many units in a second. It returns 0, for unknown, unless the result
// is positive.
func WholeSeconds(v any, units float64) int64 {
	seconds := Number(v) / units
	if math.IsNaN(seconds) || seconds < 1 {
		return 0
	}
	return int64(min(seconds, math.MaxInt32))
}

// Number returns the number that a value is, also as text; NaN if it is none.
func Number(v any) float64 {
	n, err := strconv.ParseFloat(strings.TrimSpace(text(v)), 64)
	if err != nil && !math.IsInf(n, 1) {
		return math.NaN()
	}
	return n
}

// secondsUntil returns how long a time, RFC 3339 or Unix, is after from. It returns 0,
// for unknown, for a time in the past: the clocks may differ.
func secondsUntil(v any, from time.Time) int64 {
	after := func(at time.Time) int64 {
		return int64(min(max(at.Sub(from).Seconds(), 0), math.MaxInt32))
	}
	if at, err := time.Parse(time.RFC3339, strings.TrimSpace(text(v))); err == nil {
		return after(at)
	}
	const year5000 = 1e11 // in seconds; a larger number is in milliseconds
	n := Number(v)
	if n > year5000 {
		n /= 1000
	}
	if math.IsNaN(n) || n < 1 {
		return 0
	}
	return after(time.Unix(int64(min(n, year5000)), 0))
}
