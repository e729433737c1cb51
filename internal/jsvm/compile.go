// Package jsvm compiles JavaScript and runs it in a new goja VM under the limits of one
// task. It does not depend on the script API, which it gets as [Globals].
package jsvm

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/jsvm/rewrite"
)

// Program is a compiled script. It is immutable and may be run by several goroutines at
// once.
type Program struct {
	program     *goja.Program
	name        string
	text        string
	changes     rewrite.Changes
	declared    Declarations
	size        int64
	corrections correctionSet

	explained sync.Once // see places
	found     *places
}

// maxSource is the maximum length of a source in bytes. Compiling a megabyte takes about half a
// second and, for the time, 200 MB.
const maxSource = 8 << 20

// Compile compiles source. A syntax error has the file, line and column. If the parser
// found several, the error wraps them, as [errors.Join] does.
//
// Neither the parser nor the compiler can be interrupted. What they may take is bounded: by
// maxSource, the nesting, and what goja would do again and again, see tooDeep and rewrite.
func Compile(name string, source []byte) (*Program, error) {
	if len(source) > maxSource {
		return nil, &hostapi.Error{
			Code: hostapi.CodeLimit, Message: fmt.Sprintf("the script has %d bytes, more than %d", len(source), maxSource), File: name,
			Hint: "read large data from a data item or a server",
		}
	}
	text := readable(source)
	if offset, found := tooDeep(text); found {
		out := syntaxError(name, text, &rewrite.SyntaxError{Message: "nested too deep", Position: file.NewFile(name, text, 1).Position(offset)})
		out.Hint = "declare the nested parts under names, and use the names"
		return nil, out
	}
	tree, text, err := parse(name, text)
	if tree == nil {
		return nil, syntaxErrors(name, text, err)
	}
	changes, err := rewrite.Program(tree, err)
	if err != nil {
		return nil, syntaxErrors(name, text, err)
	}
	program, err := compileTree(tree)
	if err != nil {
		return nil, syntaxError(name, text, err)
	}
	// Measured: goja keeps about nine times the source, the source included.
	size := int64(1024+9*len(source)) + changes.Size()
	corrections := correctionsFor(text)
	if changes.Parses() {
		corrections &^= 1 << jsonCorrection
	}
	return &Program{
		program: program, name: name, text: text, changes: changes, declared: declarationsOf(tree), size: size, corrections: corrections,
	}, nil
}

// compileTree compiles a tree. goja panics for some that are nested deep, in bounds that
// rewrite allows.
func compileTree(tree *ast.Program) (program *goja.Program, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = &rewrite.SyntaxError{Message: "the compiler cannot compile this, probably for its nesting", Position: tree.File.Position(0)}
		}
	}()
	return goja.CompileAST(tree, false)
}

// Size returns an estimate of the program's memory in bytes.
func (p *Program) Size() int64 { return p.size }

// maxSyntaxErrors is how many syntax errors of a script are reported.
const maxSyntaxErrors = 10

// syntaxErrors returns the errors of the parser in its order, one a line: further ones on
// the same line, or at the end of the script, are mostly consequences.
func syntaxErrors(name, source string, err error) error {
	list, ok := errors.AsType[parser.ErrorList](err)
	if !ok || len(list) == 0 {
		return syntaxError(name, source, err)
	}
	var all []error
	seen := make(map[int]bool)
	for _, e := range list {
		if seen[e.Position.Line] || len(all) > 0 && e.Message == endOfInput || len(all) == maxSyntaxErrors {
			continue
		}
		seen[e.Position.Line] = true
		all = append(all, syntaxError(name, source, e))
	}
	if len(all) == 1 {
		return all[0]
	}
	return errors.Join(all...)
}

// endOfInput is goja's message for a script that ends too early.
const endOfInput = "Unexpected end of input"

func syntaxError(name, source string, err error) *hostapi.Error {
	out := &hostapi.Error{Code: hostapi.CodeScript, Message: "syntax error", File: name}
	if pe, ok := errors.AsType[*parser.Error](err); ok {
		out.Message += ": " + lowerFirst(pe.Message)
		out.Line, out.Column = pe.Position.Line, pe.Position.Column
	} else if ce, ok := errors.AsType[*goja.CompilerSyntaxError](err); ok {
		out.Message += ": " + lowerFirst(ce.Message)
		if ce.File != nil {
			at := ce.File.Position(ce.Offset)
			out.Line, out.Column = at.Line, at.Column
		}
	} else if re, ok := errors.AsType[*rewrite.SyntaxError](err); ok {
		out.Message += ": " + lowerFirst(re.Message)
		out.Line, out.Column = re.Position.Line, re.Position.Column
	}
	out.Line, out.Column = inCharacters(source, out.Line, out.Column)
	out.Hint = syntaxHint(source, out.Line, out.Column)
	return out
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
