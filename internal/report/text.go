package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
)

// Milliseconds returns d in milliseconds with three decimals.
func Milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}

// Plural returns "1 one" or "n many".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Indent puts by in front of every line of text but empty ones.
func Indent(text, by string) string {
	if text == "" || text[0] == '\n' {
		return hang(text, by)
	}
	return by + hang(text, by)
}

// hang puts by in front of every line of text but the first and empty ones.
func hang(text, by string) string {
	lines := strings.Split(text, "\n")
	for i := 1; i < len(lines); i++ {
		if lines[i] != "" {
			lines[i] = by + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}

// Log returns an entry of a log as lines for a terminal.
func Log(l *runtime.Log) string {
	label := "log: "
	if l.Level != hostapi.LevelInfo {
		label = "log " + string(l.Level) + ": "
	}
	message := strings.TrimSuffix(terminal.EscapeBut(l.Message, "\n\t"), "\n")
	return label + hang(message, strings.Repeat(" ", len(label)))
}
