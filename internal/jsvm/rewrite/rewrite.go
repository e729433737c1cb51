// Package rewrite changes the syntax tree of a script before it is compiled, for
// what scripts count on and goja does not have: text that grows by small pieces
// without being copied each time, \p{…} in regular expressions, their empty matches,
// lines and words, functions declared in blocks, defaults in nested array patterns,
// and a < b < c.
//
// A script that has none of it keeps its tree as it is. What changes for the others
// cannot be seen from the inside: not in values, nor in the order of evaluation,
// nor in the places that errors name. The code of eval(code) is compiled by goja alone
// and is not rewritten; see [CodeFunction].
package rewrite

import (
	"errors"
	"fmt"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
	"github.com/dop251/goja/unistring"
)

// The names that rewritten code uses. A lone byte above 0x7F is in no JavaScript
// string, so no script can write them, compute them or find them.
const (
	appendName unistring.String = "\xffappend" // constant: the appender
	regExpName unistring.String = "\xffregexp" // constant: regExps.constructor
	localName  unistring.String = "\xfflocal"  // constant of a loop: the appender
	lentName   unistring.String = "\xfflent"   // global for as long as a constant is made from it
	valueName  unistring.String = "\xffvalue"  // variable, see temporaries
	keyName    unistring.String = "\xffkey"    // variable, see temporaries
	catchName  unistring.String = "\xffcatch"  // global function, see CatchFunction
	codeName   unistring.String = "\xffcode"   // global function, see CodeFunction
	evalName   unistring.String = "\xffeval"   // global function, see EvalFunction
	setterName unistring.String = "\xffset"    // with a number: variable, see visibleFunction
)

// Changes says what a rewritten program needs when it runs; see [Hooks.Bind].
type Changes struct {
	appends  bool              // it refers to appendName
	regExps  bool              // it refers to regExpName
	sources  map[string]string // patterns of its literals, as written, by what they became
	expanded int               // bytes of what they became
}

// None reports whether the program was left as it was.
func (c *Changes) None() bool { return !c.appends && !c.regExps && c.sources == nil }

// Size returns an estimate of the bytes that the program keeps for what it did not
// have before.
func (c *Changes) Size() int64 { return 24 * int64(c.expanded) }

// SyntaxError is an error that goja would not see: in a regular expression, or that a
// script is nested too deep.
type SyntaxError struct {
	Position file.Position
	Message  string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s: %s", e.Position, e.Message) }

// Program rewrites tree in place. parsed is the error that goja's parser had, which is
// no longer one if all that it refused is restored: see patterns.go. An error of
// Program is that, or a *[SyntaxError].
func Program(tree *ast.Program, parsed error) (Changes, error) {
	return newWalker(tree).rewrite(tree, parsed)
}

// Check returns an error if goja could not compile the tree as it is: it is nested too
// deep, or one of its expressions is too long. It may change the tree.
func Check(tree *ast.Program, parsed error) error {
	w := newWalker(tree)
	w.maxChain = maxChainAsIs
	_, err := w.rewrite(tree, parsed)
	return err
}

// Visit calls visit with every expression of tree, before it rewrites it as Program does.
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
	if parsed != nil && !w.restoredAll(parsed) {
		return Changes{}, parsed
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
	// These move statements, of which the appends may know the place.
	for i := range w.visible {
		w.visible[i].show(i)
	}
	for i := range w.catches {
		w.catches[i].tell()
	}
	w.evals.rewrite()
	return w.changes, nil
}

// restoredAll reports whether each error of the parser is one of what was restored.
func (w *walker) restoredAll(parsed error) bool {
	errs, ok := errors.AsType[parser.ErrorList](parsed)
	if !ok || len(errs) != len(w.restored) {
		return false
	}
	refused := make(map[file.Position]bool)
	for _, e := range errs {
		refused[e.Position] = true
	}
	for _, at := range w.restored {
		if !refused[w.file.Position(int(at)-w.file.Base())] {
			return false
		}
	}
	return true
}
