package jsvm

import "strings"

// goja's parser first reads an opening parenthesis as an expression. If => follows, it
// backtracks and reads it again as parameters (parser/expression.go,
// parseAssignmentExpression). A default value in the parameters is read twice, and one
// nested in that four times: (a = (a = (a = 1) => 1) => 1) => 1. The same holds for async,
// and for yield with an invalid operand (parseYieldExpression). Thirty levels would take
// hours, and the parser cannot be interrupted.

// maxWork is the maximum cost of parsing a source, in tokens read. The parser reads each
// token of a usual script once or twice, and some of those in brackets a few times more.
func maxWork(source string) float64 { return 200_000 + 4*float64(len(source)) }

// maxEmitted is the maximum number of instructions, some 300 bytes each, that goja's compiler
// may emit for a source beyond those in proportion to its length: return, break and continue
// leave each block that they are in with separate instructions, and a{1,1000} in a pattern is
// a thousand times a.
func maxEmitted(source string) int { return 200_000 + 2*len(source) }

// repeats reports whether source contains anything that makes the parser backtrack, or the
// compiler repeat what it emits.
func repeats(source string) bool {
	return strings.Contains(source, "=>") || strings.Contains(source, "yield") || strings.Contains(source, "{") && counts(source)
}

// counts reports whether source contains anything that looks like a{1,1000} in a pattern.
func counts(source string) bool {
	for i := strings.IndexByte(source, '{'); i >= 0 && i+1 < len(source); {
		if c := source[i+1]; c >= '0' && c <= '9' {
			return true
		}
		next := strings.IndexByte(source[i+1:], '{')
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

// work counts the tokens that the parser reads in a level of brackets.
type work struct {
	done    float64 // in completed parts
	part    float64 // since the last position where an expression could begin
	begun   bool    // there was a token since
	arrow   bool    // read again if an arrow follows
	yielded bool    // it is the operand of a yield
}

func (w *work) sum() float64 { return w.done + w.part }

// token counts a token; parenthesis is true for an opening parenthesis.
func (w *work) token(parenthesis bool) {
	w.part++
	w.arrow = w.arrow || parenthesis && !w.begun
	w.begun = true
}

// word counts a word; a keyword may have an expression after it.
func (w *work) word(word string, keyword bool) {
	if word == "yield" {
		w.end()
		w.yielded = true
	}
	if keyword && word != "async" {
		w.part++
	} else {
		w.token(word == "async")
	}
}

func (w *work) operator(text string) {
	switch {
	case strings.Contains(text, "=>"):
		if w.arrow {
			w.part *= 2
		}
		w.end()
	case text == "*" && w.yielded && !w.begun: // yield*
		w.part++
	case text == "?", text == ":", strings.HasSuffix(text, "..."), strings.HasSuffix(text, "=") && !compares(text):
		w.end()
	default:
		w.token(false)
	}
}

func compares(operator string) bool {
	switch operator {
	case "==", "===", "!=", "!==", "<=", ">=":
		return true
	}
	return false
}

// end ends a part.
func (w *work) end() {
	if w.yielded {
		w.part *= 2
	}
	*w = work{done: w.done + w.part + 1}
}

// with returns w plus the work of nested brackets.
func (w work) with(inner work) work {
	inner.end()
	w.part += inner.done
	return w
}
