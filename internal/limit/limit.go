// Package limit maps the names that limits have in files and flags to the fields of
// [hostapi.Limits], and words the errors for limits that were reached.
package limit

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/bytesize"
	"github.com/postern-dev/postern/internal/nearest"
)

// Names returns the names of all limits, in the order of [hostapi.Limits].
func Names() []string {
	return []string{
		"time", "memory", "call_depth", "log_lines", "log_bytes", "data_bytes",
		"requests", "request_time", "request_bytes", "response_bytes", "redirects", "calls",
	}
}

// field returns a pointer to the limit of that name in l: a *time.Duration, an *int64 for
// a number of bytes, an *int for any other number; nil for an unknown name.
func field(l *hostapi.Limits, name string) any {
	switch name {
	case "time":
		return &l.Time
	case "memory":
		return &l.Memory
	case "call_depth":
		return &l.CallDepth
	case "log_lines":
		return &l.LogLines
	case "log_bytes":
		return &l.LogBytes
	case "data_bytes":
		return &l.DataBytes
	case "requests":
		return &l.Requests
	case "request_time":
		return &l.RequestTime
	case "request_bytes":
		return &l.RequestBytes
	case "response_bytes":
		return &l.ResponseBytes
	case "redirects":
		return &l.Redirects
	case "calls":
		return &l.Calls
	}
	return nil
}

// Placeholder returns the word for the value of the limit of that name in a usage line.
func Placeholder(name string) string {
	if _, ok := field(new(hostapi.Limits), name).(*time.Duration); ok {
		return "DURATION"
	}
	return "N"
}

// most returns the maximum of the limit of that name: the most that a sandbox supports.
func most(name string) int64 {
	switch name {
	case "memory":
		return 4 << 30 // all that 32 bits can address
	case "call_depth":
		return 10_000 // calls may pass through the stack of Go
	case "redirects":
		return 100
	case "log_lines", "requests", "calls":
		return math.MaxInt32
	}
	return math.MaxInt64
}

// Set sets the limit of that name to a TOML value: a duration is text such as "5s", a
// number of bytes is 4096 or "1MiB", any other number is an integer. Zero allows nothing;
// [hostapi.Limits] stores it as -1, since 0 means the default there. The error has only a
// message and a hint, and code config.
func Set(l *hostapi.Limits, name string, value any) error {
	n, isNumber := value.(int64)
	text, isText := value.(string)
	switch at := field(l, name).(type) {
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return mistake(`needs a time above zero, such as "5s" or "200ms"`, "")
		}
		*at = d
	case *int64:
		if isText {
			n, isNumber = bytesize.Parse(text)
		}
		if !isNumber {
			return mistake(`needs a number of bytes, such as 4096 or "1MiB"`, "")
		}
		if err := inRange(name, n, bytesize.Format(most(name))); err != nil {
			return err
		}
		*at = cmp.Or(n, -1)
	case *int:
		if !isNumber {
			return mistake("needs a whole number", "")
		}
		if err := inRange(name, n, strconv.FormatInt(most(name), 10)); err != nil {
			return err
		}
		*at = cmp.Or(int(n), -1)
	default:
		return mistake("unknown limit", nearest.Hint("", name, Names(), "the limits are "+strings.Join(Names(), ", ")))
	}
	return nil
}

func inRange(name string, n int64, mostText string) error {
	switch {
	case n < 0:
		return mistake("must not be negative", "")
	case n > most(name):
		return mistake("exceeds the maximum of "+mostText, "")
	}
	return nil
}

// SetText is [Set] for text, such as the value of a flag: a number is written without
// quotes.
func SetText(l *hostapi.Limits, name, text string) error {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return Set(l, name, n)
	}
	return Set(l, name, text)
}

// Format returns the limit of that name as text: "30s", "10 MiB", "100"; "0" or "0 bytes"
// if it allows nothing.
func Format(l hostapi.Limits, name string) string {
	switch at := field(&l, name).(type) {
	case *time.Duration:
		return max(*at, 0).String()
	case *int64:
		return bytesize.Format(*at)
	case *int:
		return strconv.Itoa(max(*at, 0))
	}
	panic(fmt.Sprintf("limit: no limit %q", name))
}

func mistake(message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Message: message, Hint: hint}
}
