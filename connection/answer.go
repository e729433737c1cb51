package connection

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// answer is what an authorization server said: an object of RFC 6749 §5.1 or
// §5.2, or what comes close to one. The form of the body decides how it is read,
// since servers send JSON as text/plain and forms as text/html. An answer that
// cannot be read is empty.
type answer map[string]any

func parseAnswer(body []byte) answer {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))) // a byte order mark
	if bytes.HasPrefix(body, []byte("{")) {
		var a answer
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		if decoder.Decode(&a) != nil {
			return nil
		}
		return a
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	a := make(answer, len(form))
	for name := range form {
		a[name] = form.Get(name)
	}
	return a
}

// isError reports whether the answer is an error whatever its status says.
func (a answer) isError() bool {
	e := a["error"]
	return e != nil && e != "" && e != false
}

// errorCode returns the error code if it looks like one: some servers put
// prose, or what was sent to them, in its place.
func (a answer) errorCode() string {
	code, _ := a["error"].(string)
	if len(code) > 64 || strings.ContainsFunc(code, func(c rune) bool { return c != '_' && (c < 'a' || c > 'z') }) {
		return ""
	}
	return code
}

// responsePaths say where in an answer its parts stand, see [steps].
type responsePaths struct {
	accessToken, refreshToken, expiresIn string
	expiresUnit                          string

	fields []string // that tasks may see
}

// The units of expires_in. RFC 6749 knows the first; the last is not how long but
// until when, as RFC 3339 or as the seconds or milliseconds since 1970.
const (
	unitSeconds      = "s"
	unitMilliseconds = "ms"
	unitDate         = "date"
)

// isPointer reports whether a path is a JSON Pointer, RFC 6901.
func isPointer(path string) bool { return strings.HasPrefix(path, "/") }

// steps returns what a path leads along: names, and numbers for the elements of
// lists. They have dots between, unless the path is a JSON Pointer.
func steps(path string) []string {
	if !isPointer(path) {
		return strings.Split(path, ".")
	}
	names := strings.Split(path[1:], "/")
	for i, name := range names {
		names[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
	}
	return names
}

// checkPath says what is wrong with a path.
func checkPath(path string) *problem {
	escapes := strings.Count(path, "~0") + strings.Count(path, "~1")
	if isPointer(path) && strings.Count(path, "~") != escapes {
		return &problem{"is not a JSON Pointer", "write ~ as ~0 and / within a name as ~1"}
	}
	return nil
}

// at returns what stands at a path.
func (a answer) at(path string) any {
	if v, ok := a[path]; ok && !isPointer(path) {
		return v // a name may have a dot in it
	}
	var v any = map[string]any(a)
	for _, name := range steps(path) {
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

// canonical returns the answer as x/oauth2 understands it.
func (a answer) canonical(paths responsePaths) answer {
	c := answer{"access_token": a.at(paths.accessToken)}
	for name, path := range map[string]string{"token_type": "token_type", "refresh_token": paths.refreshToken, "scope": "scope", "id_token": "id_token"} {
		if s, ok := a.at(path).(string); ok {
			c[name] = s
		}
	}
	if seconds := lifetime(a.at(paths.expiresIn), paths.expiresUnit); seconds > 0 {
		c["expires_in"] = seconds
	}
	if len(paths.fields) > 0 {
		c["fields"] = a.fieldsText(paths.fields)
	}
	return c
}

// lifetime reads how long a token lives, in seconds.
func lifetime(v any, unit string) int64 {
	switch unit {
	case unitMilliseconds:
		return wholeSeconds(v, 1000)
	case unitDate:
		return secondsUntil(v)
	}
	return wholeSeconds(v, 1)
}

// wholeSeconds reads a time as servers write it: 3600, "3600", 3600.0, 1e3, with
// so many units in a second. It returns 0, for unknown, for anything that is not a
// time to come.
func wholeSeconds(v any, units float64) int64 {
	seconds := number(v) / units
	if math.IsNaN(seconds) || seconds < 1 {
		return 0
	}
	return int64(min(seconds, math.MaxInt32))
}

func number(v any) float64 {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = strings.TrimSpace(v)
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(n, 1) {
		return math.NaN()
	}
	return n
}

// secondsUntil reads a moment.
func secondsUntil(v any) int64 {
	if text, ok := v.(string); ok {
		if at, err := time.Parse(time.RFC3339, strings.TrimSpace(text)); err == nil {
			return int64(min(max(time.Until(at).Seconds(), 0), math.MaxInt32))
		}
	}
	const year5000 = 1e11 // in seconds: what is above are milliseconds
	n := number(v)
	if n > year5000 {
		n /= 1000
	}
	if math.IsNaN(n) || n < 1 {
		return 0
	}
	return int64(min(max(time.Until(time.Unix(int64(min(n, year5000)), 0)).Seconds(), 0), math.MaxInt32))
}

// isHeaderText reports whether s can stand in a header, RFC 9110 §5.5, and
// begins and ends with something visible.
func isHeaderText(s string) bool {
	return s == strings.TrimSpace(s) && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}
