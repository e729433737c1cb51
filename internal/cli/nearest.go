package cli

import (
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// nearest returns the one of known that someone who wrote name is likely to
// have meant, or "".
func nearest(name string, known []string) string {
	best, least := "", 0
	for _, k := range known {
		d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(k))
		if d <= max(1, utf8.RuneCountInString(k)/3) && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best
}
