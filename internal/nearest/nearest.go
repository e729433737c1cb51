// Package nearest suggests known names that are similar to a misspelt one.
package nearest

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// maxCompared is the maximum length in bytes of a name to compare, since the cost grows
// with its length.
const maxCompared = 400

// Names returns up to three of known that are similar to name, the most similar first.
// Names are similar if at most a third of the characters, or one, differ. Case is
// ignored. A name of more than 400 bytes is similar to none.
func Names(name string, known []string) []string {
	if len(name) > maxCompared {
		return nil
	}
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	for _, k := range known {
		if len(k) > maxCompared {
			continue
		}
		d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(k))
		if d <= max(1, utf8.RuneCountInString(k)/3) {
			near = append(near, candidate{k, d})
		}
	}
	slices.SortFunc(near, func(a, b candidate) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	names := make([]string, 0, 3)
	for _, c := range near[:min(len(near), 3)] {
		names = append(names, c.name)
	}
	return names
}

// Hint returns hint, preceded by the names of known that are similar to name, each with
// prefix.
func Hint(prefix, name string, known []string, hint string) string {
	near := Names(name, known)
	if len(near) == 0 {
		return hint
	}
	for i := range near {
		near[i] = prefix + near[i]
	}
	return strings.TrimSuffix("did you mean "+List(near)+"? "+hint, " ")
}

// List returns items as "a, b or c".
func List(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + " or " + items[last]
}
