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

// repeats reports whether source contains anything that makes the parser backtrack.
func repeats(source string) bool {
	return strings.Contains(source, "=>") || strings.Contains(source, "yield")
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
