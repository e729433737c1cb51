package rewrite

import (
	"strings"

	"github.com/dop251/goja/parser"
)

// goja's second regular expression engine, regexp2, implements the syntax of .NET, which
// differs from ECMA-262, 22.2.2: letters of all scripts are word characters, so that there is
// no \b between 日 and A; lines end with \n only, so that $ with the flag m does not match
// before \r\n, as in Go's package regexp; and a sticky pattern is searched in all of the text.
const (
	boundary    = `(?:(?<!\w)(?=\w)|(?<=\w)(?!\w))`
	noBoundary  = `(?:(?<=\w)(?=\w)|(?<!\w)(?!\w))`
	lineBegin   = `(?:^|(?<=[\r\u2028\u2029]))`
	lineEnd     = `(?:$|(?=[\r\u2028\u2029]))`
	noLineBreak = `[^\n\r\u2028\u2029]`
	whereBegun  = `\G` // where the search begins
)

// forOtherEngine returns a pattern in the form for regexp2, if regexp2 is or should be used.
func forOtherEngine(pattern, flags string) string {
	sticky := strings.Contains(flags, "y")
	if !sticky && !strings.ContainsAny(pattern, `.^$\`) || !needsOtherEngine(pattern, flags) {
		return pattern
	}
	var out strings.Builder
	if sticky {
		out.WriteString(emptyLookahead + whereBegun + "(?:")
	}
	changed := sticky
	class := classState{}
	for rest := pattern; rest != ""; {
		var token string
		token, rest = nextToken(rest)
		written := token
		if !class.inside {
			written = outsideOfClass(token, flags)
		}
		changed = changed || written != token
		out.WriteString(written)
		class.next(token)
	}
	if !changed {
		return pattern
	}
	if sticky {
		out.WriteByte(')')
	}
	return out.String()
}

func outsideOfClass(token, flags string) string {
	switch {
	case token == `\b`:
		return boundary
	case token == `\B`:
		return noBoundary
	case token == "." && !strings.Contains(flags, "s"):
		return noLineBreak
	case token == "^" && strings.Contains(flags, "m"):
		return lineBegin
	case token == "$" && strings.Contains(flags, "m"):
		return lineEnd
	}
	return token
}

// needsOtherEngine reports whether a pattern needs regexp2, because Go's package does not
// support it or would find other matches. With the flag g goja uses either engine, depending
// on where the search begins. An invalid pattern does not need it.
func needsOtherEngine(pattern, flags string) bool {
	if inGo, valid := supported(pattern, flags); !inGo {
		return valid
	}
	if strings.Contains(flags, "y") {
		return true
	}
	class := classState{}
	for rest := pattern; rest != ""; {
		var token string
		token, rest = nextToken(rest)
		if !class.inside {
			switch token {
			case "^", "$":
				if strings.Contains(flags, "m") {
					return true
				}
			case `\b`, `\B`:
				if strings.Contains(flags, "g") {
					return true
				}
			}
		}
		class.next(token)
	}
	return false
}

// supported reports whether Go's package supports a pattern, and whether it is valid.
func supported(pattern, flags string) (inGo, valid bool) {
	_, err := parser.TransformRegExp(pattern, strings.Contains(flags, "s"), strings.Contains(flags, "u"))
	_, incompatible := err.(parser.RegexpErrorIncompatible) //nolint:errorlint // the parser wraps none
	return err == nil, err == nil || incompatible
}

// maxGroups is the maximum nesting of groups in a pattern. goja's parser of patterns is
// recursive, with some hundred bytes of stack for each.
const maxGroups = 100_000

// PatternTooDeep reports whether the groups of a pattern are nested too deep for goja.
func PatternTooDeep(pattern string) bool {
	if len(pattern) <= maxGroups {
		return false
	}
	depth := 0
	class := classState{}
	for rest := pattern; rest != ""; {
		var token string
		token, rest = nextToken(rest)
		switch {
		case class.inside:
		case token == "(":
			if depth++; depth > maxGroups {
				return true
			}
		case token == ")":
			depth--
		}
		class.next(token)
	}
	return false
}
