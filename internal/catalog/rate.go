package catalog

import (
	"strconv"
	"strings"
	"time"
)

// Rate is how many runs of a task may begin within a time, such as "100/1h"; "": any number.
type Rate string

// Parse returns both, 0 and 0 for "". It is false if the text is not a rate: 1 to 10,000 runs, and a
// time from 1 s to 720 h.
func (r Rate) Parse() (runs int, per time.Duration, ok bool) {
	if r == "" {
		return 0, 0, true
	}
	number, text, _ := strings.Cut(string(r), "/")
	runs, err := strconv.Atoi(number)
	if err != nil || runs < 1 || runs > 10_000 {
		return 0, 0, false
	}
	per, err = time.ParseDuration(text)
	if err != nil || per < time.Second || per > 720*time.Hour || per%time.Millisecond != 0 {
		return 0, 0, false
	}
	return runs, per, true
}
