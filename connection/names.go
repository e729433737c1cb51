package connection

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// maxCompared bounds the length of a name that is compared with others, since
// the effort grows with its square.
const maxCompared = 100

// nearest returns those of known, at most three, that someone who wrote name
// is likely to have meant, the likeliest first.
func nearest(name string, known []string) []string {
	if len(name) > 4*maxCompared {
		return nil
	}
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	for _, k := range known {
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

// shorten keeps a name that a script made up from filling an error.
func shorten(name string) string {
	if len(name) <= 4*maxCompared {
		return name
	}
	return strings.ToValidUTF8(name[:4*maxCompared], "") + "…"
}
