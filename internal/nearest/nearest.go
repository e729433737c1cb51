// Package nearest finds what a user who misspelt a name is likely to have
// meant.
package nearest

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// maxCompared bounds the length in bytes of a name that is compared with
// others, since the effort grows with it.
const maxCompared = 400

// Names returns those of known, at most three, that someone who wrote name is
// likely to have meant, the likeliest first: where a third of the characters
// differ at most, or one. Upper and lower case are the same. A name above 400
// bytes is like no other.
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

// Hint returns hint, and in front of it what may have been meant by name, each of known
// written with a prefix.
func Hint(prefix, name string, known []string, hint string) string {
	near := Names(name, known)
	if len(near) == 0 {
		return hint
	}
	for i := range near {
		near[i] = prefix + near[i]
	}
	return "did you mean " + List(near) + "? " + hint
}

// List returns items as "a, b or c".
func List(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + " or " + items[last]
}
