// Package rewrite changes the syntax tree of a script before it is compiled, for features
// that scripts rely on and goja lacks: appending to a string without copying it each time,
// \p{…}, empty matches, line ends, word boundaries and classes of surrogates in regular
// expressions, functions declared in blocks, variables with the name of a caught exception, defaults in nested array
// patterns, a < b < c, and "9.0" == 9. One change is for
// speed alone, see [ParseFunction].
//
// A script that uses none of them keeps its tree unchanged. For others the changes are not
// observable: neither values nor the order of evaluation nor the positions of errors
// differ. The code of eval(code) is not rewritten; see [CodeFunction].
package rewrite

import (
	"errors"
	"fmt"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
	"github.com/dop251/goja/unistring"
)

// The names that rewritten code uses. They have a lone byte above 0x7F, which no JavaScript
// string can contain, so no script can write, compute or find them.
const (
	appendName unistring.String = "\xffappend" // constant: the appender
	regExpName unistring.String = "\xffregexp" // constant: regExps.constructor
	localName  unistring.String = "\xfflocal"  // constant of a loop: the appender
	lentName   unistring.String = "\xfflent"   // global, only while a constant is created from it
	valueName  unistring.String = "\xffvalue"  // variable, see temporaries
	keyName    unistring.String = "\xffkey"    // variable, see temporaries
	catchName  unistring.String = "\xffcatch"  // global function, see CatchFunction
	caughtName unistring.String = "\xffcaught" // parameter of a catch clause that had a pattern
	codeName   unistring.String = "\xffcode"   // global function, see CodeFunction
	evalName   unistring.String = "\xffeval"   // global function, see EvalFunction
	parseName  unistring.String = "\xffparse"  // global function, see ParseFunction
	setterName unistring.String = "\xffset"    // with a number: variable, see visibleFunction
)

// Changes describes what a rewritten program needs at run time; see [Hooks.Bind].
type Changes struct {
	appends  bool              // it refers to appendName
	parses   bool              // it refers to parseName
	regExps  bool              // it refers to regExpName
	sources  map[string]string // original patterns of literals by rewritten pattern
	expanded int               // total length of the rewritten patterns
}

// Parses reports whether the program calls [ParseFunction], and uses JSON in no other way.
func (c *Changes) Parses() bool { return c.parses }

// None reports whether the program needs nothing of [Hooks.Bind].
func (c *Changes) None() bool { return !c.appends && !c.regExps && c.sources == nil }

// Size returns an estimate of the additional memory of the program in bytes.
func (c *Changes) Size() int64 { return 24 * int64(c.expanded) }

// SyntaxError is an error that goja does not detect: in a regular expression, or a script
// that is nested too deep.
type SyntaxError struct {
	Position file.Position
	Message  string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s: %s", e.Position, e.Message) }

// Program rewrites tree in place. parsed is the error of goja's parser, which is ignored if
// everything that the parser rejected can be restored, see patterns.go. Program returns
// what is left of that error, or a *[SyntaxError].
func Program(tree *ast.Program, parsed error) (Changes, error) {
	return newWalker(tree).rewrite(tree, parsed)
}

// Check returns an error if goja cannot compile the tree without rewriting: it is nested
// too deep, or one of its expressions is too long. It may change the tree.
func Check(tree *ast.Program, parsed error) error {
	w := newWalker(tree)
	w.maxChain = maxChainAsIs
	_, err := w.rewrite(tree, parsed)
	return err
}

// Visit is Program, and calls visit for every expression before it is rewritten.
func Visit(tree *ast.Program, parsed error, visit func(ast.Expression)) error {
	w := newWalker(tree)
	w.visit = visit
	_, err := w.rewrite(tree, parsed)
	return err
}

func newWalker(tree *ast.Program) *walker {
	return &walker{
		file: tree.File, scope: &scope{kind: functionScope}, seen: make(map[unistring.String]evidence), strict: isStrict(tree.Body),
		maxChain: maxChain,
	}
}

func (w *walker) rewrite(tree *ast.Program, parsed error) (Changes, error) {
	w.statements(tree.Body)
	w.leaveBody(functionBody{list: &tree.Body, variables: &tree.DeclarationList, program: true})
	if parsed != nil {
		if err := w.notRestored(parsed); err != nil {
			return Changes{}, err
		}
	}
	if w.err != nil {
		return Changes{}, w.err
	}
	for i := range w.appends {
		if a := &w.appends[i]; w.growsText(a) && a.rewrite() {
			w.changes.appends = true
		}
	}
	for _, chain := range w.chains {
		breakChain(chain)
	}
	// These move statements, so they must come after the appends, which keep the positions
	// of statements.
	for i := range w.visible {
		w.visible[i].show(i)
	}
	for i := range w.catches {
		w.catches[i].tell()
	}
	w.evals.rewrite()
	w.changes.regExps = w.changes.regExps || w.needsMethods()
	w.changes.parses = w.parses.rewrite(tree.File.Source())
	return w.changes, nil
}

// notRestored returns the errors of the parser that are not about a restored pattern.
func (w *walker) notRestored(parsed error) error {
	errs, ok := errors.AsType[parser.ErrorList](parsed)
	if !ok {
		return parsed
	}
	restored := make(map[file.Position]int)
	for _, at := range w.restored {
		restored[w.file.Position(int(at)-w.file.Base())]++
	}
	var rest parser.ErrorList
	for _, e := range errs {
		if restored[e.Position]--; restored[e.Position] < 0 {
			rest = append(rest, e)
		}
	}
	return rest.Err()
}
