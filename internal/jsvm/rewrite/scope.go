package rewrite

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// scope is a part of the script that may run more or less often than the enclosing part,
// with the names that it declares.
type scope struct {
	outer       *scope
	kind        scopeKind
	names       map[unistring.String]struct{}
	temporaries *temporaries // nil if there is no room for any

	caught         unistring.String              // the parameter of a catch clause, if it is a name
	lexical        map[unistring.String]struct{} // names that are not variables
	parameters     map[unistring.String]struct{} // of a function
	blockFunctions []blockFunction               // of a function, in all of its blocks
}

type scopeKind int

const (
	blockScope scopeKind = iota
	loopScope
	functionScope
)

func (w *walker) enter(kind scopeKind) {
	inner := &scope{outer: w.scope, kind: kind}
	if kind != functionScope {
		inner.temporaries = w.scope.temporaries
	}
	w.scope = inner
}

func (w *walker) leave() { w.scope = w.scope.outer }

// enterLoop visits the parts that run once, before the loop; slot is the statement's slot in
// its parent.
func (w *walker) enterLoop(slot *ast.Statement, once func()) {
	w.enter(blockScope)
	if t := w.scope.temporaries; t == nil || t.loop == nil {
		w.scope.temporaries = &temporaries{loop: slot}
	}
	once()
	w.enter(loopScope)
}

// leaveLoop visits the body and ends the loop.
func (w *walker) leaveLoop(body *ast.Statement) {
	w.statement(body)
	w.leave()
	w.leave()
}

func (w *walker) declare(name unistring.String) {
	w.scope.declare(name)
	w.hides(name)
}

// hides records that a script declares a name.
func (w *walker) hides(name unistring.String) {
	switch name {
	case evalID:
		w.evals.declared = true
	case jsonID:
		w.parses.other = true
	}
}

func (s *scope) declare(name unistring.String) {
	if s.names == nil {
		s.names = make(map[unistring.String]struct{})
	}
	s.names[name] = struct{}{}
}

func (s *scope) function() *scope {
	for s.kind != functionScope {
		s = s.outer
	}
	return s
}

// repeats reports whether code in s may run several times for the same target, because an
// enclosing loop or function does not outlive the target. Only then can the text grow large
// by small appends.
func (s *scope) repeats(target ast.Expression) bool {
	name, isName := target.(*ast.Identifier)
	repeats := false
	for ; s != nil; s = s.outer {
		if isName {
			if _, declared := s.names[name.Name]; declared {
				return repeats
			}
		}
		repeats = repeats || s.kind == loopScope || s.kind == functionScope && s.outer != nil
	}
	return repeats
}

// temporaries are the hidden variables of a function, or of a block that is added around a
// loop. They hold a value only between two steps of one append, so one of each is enough.
type temporaries struct {
	variables *[]*ast.VariableDeclaration
	loop      *ast.Statement
	declared  bool
}

func (t *temporaries) declare() {
	if t.declared {
		return
	}
	t.declared = true
	list := []*ast.Binding{{Target: &ast.Identifier{Name: valueName}}, {Target: &ast.Identifier{Name: keyName}}}
	if t.variables != nil {
		*t.variables = append(*t.variables, &ast.VariableDeclaration{List: list})
		return
	}
	*t.loop = &ast.BlockStatement{List: []ast.Statement{
		&ast.LexicalDeclaration{Token: token.LET, List: list},
		&ast.LexicalDeclaration{Token: token.CONST, List: []*ast.Binding{{
			Target: &ast.Identifier{Name: localName}, Initializer: &ast.Identifier{Name: appendName},
		}}},
		*t.loop,
	}}
}

// appender returns the name of the appender. In a loop it is a local constant, which is
// faster.
func (t *temporaries) appender() unistring.String {
	if t.loop != nil {
		return localName
	}
	return appendName
}
