package pages

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/service"
)

// functions are those of the templates.
func functions() template.FuncMap {
	return template.FuncMap{
		"browser": nameOf,
		"ago":     func(t time.Time) string { return ago(t, time.Now()) },
		"moment":  moment,
		"inZone":  inZone,
		"held":    held,
		"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"clock":   func(t time.Time) string { return t.UTC().Format("15:04:05.000") },
		"kind":    kind,
		"millis":  millis,
		"size":    size,
		"span":    span,
		"took":    took,
		"about":   about,
		"words":   words,
		"path":    url.PathEscape,

		"needsUser": needsUser,
		"may":       func(u *accounts.User, role string) bool { return u != nil && u.Role.Includes(accounts.Role(role)) },
	}
}

// held says what a run waits for.
func held(h runs.Hold) string {
	what := map[runs.HeldBy]string{
		runs.HeldByDatabase:    "the database, which cannot be used at present",
		runs.HeldByTime:        "its time",
		runs.HeldByConcurrency: "another run of its task to end",
		runs.HeldByTenant:      "another run of its tenant to end",
		runs.HeldByRate:        "the rate of its task",
		runs.HeldByWorkers:     "a free worker",
	}[h.By]
	if h.Until.IsZero() {
		return what
	}
	return what + ", until " + moment(h.Until)
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// inZone returns a time by the clock of its zone, and in UTC.
func inZone(t time.Time) string {
	if _, offset := t.Zone(); offset == 0 {
		return moment(t)
	}
	return t.Format("2006-01-02 15:04:05 -07:00") + " (" + moment(t) + ")"
}

// about says for what a grant is.
func about(grant string) string {
	return map[string]string{ //nolint:gosec // names of grants
		"authorization_code": "a person agrees in the browser, and tasks act for that person",
		"client_credentials": "this server acts for itself, with a client ID and a secret",
		"device_code":        "a person agrees on another device",
		"jwt_bearer":         "this server signs with a private key whose public key the server has",
		"token_exchange":     "a token is exchanged for another",
		"password":           "user name and password of an account, for servers that offer nothing better",
		"static":             "a personal access token or an API key",
		"basic":              "a user name and a password that the API itself accepts",
	}[grant]
}

// kind says what a task is.
func kind(k service.TaskKind) string {
	return map[service.TaskKind]string{
		service.JavaScript:  "a script in JavaScript",
		service.WebAssembly: "a WebAssembly module",
		service.Request:     "a request without a script",
		service.ServiceTask: "an add-on: a step of a process",
		service.StartEvent:  "an add-on that starts processes, by a schedule",
		service.Webhook:     "an add-on that starts processes, by a webhook",
	}[k]
}

func millis(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}

// words makes the name of a key one that is read, such as "Token endpoint".
func words(key string) string {
	text := strings.ReplaceAll(key, "_", " ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// ago says how long ago, or in how long, a time is.
func ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	switch {
	case d.Abs() < time.Second:
		return "now"
	case d < 0:
		return "in " + roughly(-d)
	}
	return roughly(d) + " ago"
}

// roughly rounds to a whole number of the largest unit: one hour, a moment later, is not 59
// minutes.
func roughly(d time.Duration) string {
	const day = 24 * time.Hour
	for _, unit := range []struct {
		of, below time.Duration
		name      string
	}{{day, time.Hour, "day"}, {time.Hour, time.Minute, "hour"}, {time.Minute, time.Second, "minute"}} {
		if d.Round(unit.below) >= unit.of {
			return counted(int(d.Round(unit.of)/unit.of), unit.name)
		}
	}
	return counted(int(d/time.Second), "second")
}

// counted returns a number of things: "1 byte", "2 bytes".
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// took is the time between two moments; nothing if one of them has not come.
func took(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return ""
	}
	return span(to.Sub(from))
}

func span(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return d.Round(100 * time.Millisecond).String()
}

// size is a number of bytes.
func size(n int64) string {
	const step = 1024
	if n < step {
		return counted(int(n), "byte")
	}
	v, unit := float64(n)/step, 0
	for v >= step && unit < 3 {
		v, unit = v/step, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", v, "KMGT"[unit])
}
