package rewrite

import (
	"strconv"
	"strings"
)

// PatternSize estimates into how many instructions a pattern is compiled beyond its length: an
// item with {…} behind it counts as often as it may occur. That holds for Go's package regexp,
// which refuses an item that occurs more than a thousand times; regexp2, the other engine,
// counts while it matches.
func PatternSize(pattern string) int {
	if !strings.Contains(pattern, "{") {
		return 0
	}
	var (
		groups []int // the size before each group that is open
		size   int   // of all
		last   int   // of the last item
		class  classState
	)
	for rest := pattern; rest != ""; {
		var token string
		token, rest = nextToken(rest)
		inside := class.inside
		class.next(token)
		switch {
		case inside:
		case token == "(":
			groups, last = append(groups, size), 0
		case token == ")" && len(groups) > 0:
			before := groups[len(groups)-1]
			groups, last = groups[:len(groups)-1], size-before
		case token == "{":
			times := repetition(rest)
			size += last * max(times-1, 0)
			last *= max(times, 1)
		case token != "|":
			size, last = size+1, 1
		}
		if size > maxTimes*len(pattern) {
			return 0
		}
	}
	return max(size-len(pattern), 0)
}

// maxTimes is how often an item may occur in Go's package regexp.
const maxTimes = 1000

// repetition returns the larger number of what follows the brace of {2} or {2,3}.
func repetition(rest string) int {
	inside, _, found := strings.Cut(rest, "}")
	if !found || len(inside) > len("1000,1000") {
		return 1
	}
	low, high, _ := strings.Cut(inside, ",")
	least, _ := strconv.Atoi(low) // 0 if it is not a number
	most, _ := strconv.Atoi(high)
	if most = max(least, most); most > maxTimes {
		return 1
	}
	return most
}
