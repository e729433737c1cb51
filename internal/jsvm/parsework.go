package jsvm

import "strings"

// goja's parser takes what begins with a parenthesis for an expression, and when => comes
// after it goes back and reads it again, as parameters (parser/expression.go,
// parseAssignmentExpression). A default among the parameters is read twice, and one
// inside of that four times: (a = (a = (a = 1) => 1) => 1) => 1. So it is with async, and
// with yield if what follows it is wrong (parseYieldExpression). Thirty levels would take
// hours, and nothing can stop the parser.

// maxWork is how much work a source may be for the parser, in tokens that it reads. It
// reads each token of a script that people write once or twice, and some of those in
// brackets a few times more.
func maxWork(source string) float64 { return 200_000 + 4*float64(len(source)) }

// repeats reports whether source has anything that the parser may read again.
func repeats(source string) bool {
	return strings.Contains(source, "=>") || strings.Contains(source, "yield")
}

// work is how many tokens the parser reads in a level of brackets.
type work struct {
	done    float64 // in what has ended
	part    float64 // since the last place where an expression could begin
	begun   bool    // there was a token since
	arrow   bool    // it is read again if => follows
	yielded bool    // it is the operand of a yield
}

func (w *work) sum() float64 { return w.done + w.part }

// token counts a token; parenthesis says whether it is an opening one.
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

// with returns w with the work of brackets inside of it.
func (w work) with(inner work) work {
	inner.end()
	w.part += inner.done
	return w
}
