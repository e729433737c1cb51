// Package bytesize formats and parses sizes in bytes, such as "10 MiB".
package bytesize

import (
	"math"
	"strconv"
	"strings"
)

type unit struct {
	shift int
	name  string
}

// binaryUnits returns the units of IEC 80000-13 that limits are written in,
// largest first.
func binaryUnits() [3]unit { return [3]unit{{30, "GiB"}, {20, "MiB"}, {10, "KiB"}} }

// Format formats n in the largest unit that gives a whole number: "1500 bytes",
// "64 KiB", "10 MiB". A negative limit allows nothing, so a negative n is "0 bytes".
func Format(n int64) string {
	n = max(n, 0)
	for _, u := range binaryUnits() {
		if n > 0 && n%(1<<u.shift) == 0 {
			return strconv.FormatInt(n>>u.shift, 10) + " " + u.name
		}
	}
	return strconv.FormatInt(n, 10) + " bytes"
}

// Parse parses a whole number of bytes, KiB, MiB or GiB, such as "4096", "1MiB" and
// any output of [Format]. "B" or "bytes" may follow a number of bytes, and a space may
// precede a unit. It reports whether text is such a number that fits into an int64.
func Parse(text string) (int64, bool) {
	digits, name := text, ""
	if i := strings.IndexFunc(text, func(c rune) bool { return c < '0' || c > '9' }); i >= 0 {
		digits, name = text[:i], strings.TrimPrefix(text[i:], " ")
		if name == "" {
			return 0, false // a space and no unit
		}
	}
	shift := 0
	switch name {
	case "", "B", "bytes":
	default:
		for _, u := range binaryUnits() {
			if name == u.name {
				shift = u.shift
			}
		}
		if shift == 0 {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > math.MaxInt64>>shift {
		return 0, false
	}
	return n << shift, true
}
