package jsvm

import "github.com/dop251/goja/ast"

// declarations are what a script declares in the global scope.
type declarations struct {
	names []string
	only  bool // the script does nothing else
}

// Declares reports whether the script declares name in the global scope: as a
// function, a class, a variable or a constant.
func (p *Program) Declares(name string) bool {
	for _, n := range p.declared.names {
		if n == name {
			return true
		}
	}
	return false
}

// OnlyDeclares reports whether the script declares things and does nothing else:
// somebody has to call one of its functions for anything to happen.
func (p *Program) OnlyDeclares() bool { return p.declared.only }

func declarationsOf(tree *ast.Program) declarations {
	d := declarations{only: true}
	for _, statement := range tree.Body {
		switch s := statement.(type) {
		case *ast.FunctionDeclaration:
			d.names = append(d.names, s.Function.Name.Name.String())
		case *ast.ClassDeclaration:
			d.names = append(d.names, s.Class.Name.Name.String())
		case *ast.LexicalDeclaration:
			d.bindings(s.List)
		case *ast.VariableStatement:
			d.bindings(s.List)
		case *ast.EmptyStatement:
		case *ast.ExpressionStatement:
			if _, ok := s.Expression.(*ast.StringLiteral); !ok { // "use strict"
				d.only = false
			}
		default:
			d.only = false
		}
	}
	return d
}

func (d *declarations) bindings(list []*ast.Binding) {
	for _, b := range list {
		if name, ok := b.Target.(*ast.Identifier); ok {
			d.names = append(d.names, name.Name.String())
		}
	}
}
