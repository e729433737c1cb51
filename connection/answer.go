package connection

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
)

// answer is what a token endpoint said: an object of RFC 6749 §5.1 or §5.2, or
// what comes close to one. The form of the body decides how it is read, since
// servers send JSON as text/plain and forms as text/html. An answer that cannot
// be read is empty.
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

// canonical returns the answer as x/oauth2 understands it.
func (a answer) canonical() ([]byte, error) {
	c := answer{"access_token": a["access_token"]}
	for _, name := range []string{"token_type", "refresh_token", "scope"} {
		if s, ok := a[name].(string); ok {
			c[name] = s
		}
	}
	if seconds := wholeSeconds(a["expires_in"]); seconds > 0 {
		c["expires_in"] = seconds
	}
	return json.Marshal(c)
}

// wholeSeconds reads expires_in as servers write it: 3600, "3600", 3600.0, 1e3.
// It returns 0, for unknown, for anything that is not a time to come.
func wholeSeconds(v any) int64 {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = strings.TrimSpace(v)
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(seconds, 1) || math.IsNaN(seconds) || seconds < 1 {
		return 0
	}
	return int64(min(seconds, math.MaxInt32))
}

// isHeaderText reports whether s can stand in a header, RFC 9110 §5.5, and
// begins and ends with something visible.
func isHeaderText(s string) bool {
	return s == strings.TrimSpace(s) && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}
