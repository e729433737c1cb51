package rewrite

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// goja refuses a variable with the name of a caught exception. ECMA-262, B.3.4 allows it if
// the exception is a name and no pattern: the variable belongs to the function, and what is
// assigned where it is declared goes to the exception:
//
//	catch (e) { var e = f() }   becomes   catch (e) { e = f() }
//
// goja's tree lists the variables of a function separately, so e remains one of them.

// variableStatement visits the var statement in a slot.
func (w *walker) variableStatement(slot *ast.Statement, s *ast.VariableStatement) {
	if !w.redeclaresCaught(s.List) {
		w.variables(s.List)
		return
	}
	assignments := assignmentsOf(s.List)
	if assignments == nil {
		*slot = &ast.EmptyStatement{Semicolon: s.Var}
		return
	}
	*slot = &ast.ExpressionStatement{Expression: assignments}
	w.expression(assignments)
}

// caughtForInitializer does the same for the variables of for (var e = …; …; …).
func (w *walker) caughtForInitializer(slot *ast.ForLoopInitializer) {
	i, ok := (*slot).(*ast.ForLoopInitializerVarDeclList)
	if !ok || !w.redeclaresCaught(i.List) {
		return
	}
	*slot = nil
	if assignments := assignmentsOf(i.List); assignments != nil {
		*slot = &ast.ForLoopInitializerExpression{Expression: assignments}
	}
}

// caughtForInto does the same for the variable of for (var e in …). One of for (var e of …)
// is an error by B.3.4 too.
func (w *walker) caughtForInto(slot *ast.ForInto) {
	i, ok := (*slot).(*ast.ForIntoVar)
	if ok && i.Binding.Initializer == nil && w.redeclaresCaught([]*ast.Binding{i.Binding}) {
		*slot = &ast.ForIntoExpression{Expression: i.Binding.Target}
	}
}

// redeclaresCaught reports whether one of the variables has the name of the exception of an
// enclosing catch clause. Patterns are left to goja, which refuses them.
func (w *walker) redeclaresCaught(list []*ast.Binding) bool {
	found := false
	for _, b := range list {
		name, ok := b.Target.(*ast.Identifier)
		if !ok {
			return false
		}
		found = found || w.scope.catches(name.Name)
	}
	return found
}

// catches reports whether a name means the exception of an enclosing catch clause.
func (s *scope) catches(name unistring.String) bool {
	for ; s.kind != functionScope; s = s.outer {
		if _, hidden := s.lexical[name]; hidden {
			return false
		}
		if s.caught == name {
			return true
		}
	}
	return false
}

// assignmentsOf returns the initializers of variables as assignments, nil if there are none.
func assignmentsOf(list []*ast.Binding) ast.Expression {
	var all []ast.Expression
	for _, b := range list {
		if b.Initializer != nil {
			all = append(all, &ast.AssignExpression{Operator: token.ASSIGN, Left: b.Target, Right: b.Initializer})
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return &ast.SequenceExpression{Sequence: all}
}
