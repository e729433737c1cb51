// Package brief shortens user input that a message quotes.
package brief

import (
	"fmt"
	"strings"

	"github.com/postern-dev/postern/internal/nearest"
)

// Text returns text on one line, cut to its first 80 bytes.
func Text(text string) string {
	return Cut(strings.Join(strings.Fields(text), " "), 80)
}

// Cut returns text, or of a longer one the first bytes, at most that many.
func Cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// List returns names as "a, b or c". Of more than twelve names it has the first twelve
// and the number of the others.
func List(names []string) string {
	const most = 12
	if len(names) > most {
		return fmt.Sprintf("%s or one of %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return nearest.List(names)
}
