package rewrite

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"
)

// The names of global functions that rewritten code calls where a script names eval.
const (
	// CodeFunction is called with what a script calls as eval, and its argument, which
	// it returns.
	CodeFunction = string(codeName)
	// EvalFunction is what a script has that does not call eval by its name, as in
	// (0, eval)(code): it runs code in the global scope.
	EvalFunction = string(evalName)
)

const evalID unistring.String = "eval"

// evals are the places where a script names eval. In eval(code) the code sees what is
// around it, and goja has to run that itself: it becomes eval(CodeFunction(eval, code)).
// Any other eval becomes EvalFunction. A script that declares eval has another in mind.
type evals struct {
	calls    []*ast.CallExpression
	values   []*ast.Identifier
	declared bool
}

// call notes a call of eval by its name, and reports whether it is one.
func (s *evals) call(e *ast.CallExpression) bool {
	name, ok := e.Callee.(*ast.Identifier)
	if !ok || name.Name != evalID {
		return false
	}
	if len(e.ArgumentList) == 1 {
		if _, spread := e.ArgumentList[0].(*ast.SpreadElement); !spread {
			s.calls = append(s.calls, e)
		}
	}
	return true
}

func (s *evals) rewrite() {
	if s.declared {
		return
	}
	for _, e := range s.calls {
		e.ArgumentList[0] = &ast.CallExpression{
			Callee: load(codeName), ArgumentList: []ast.Expression{load(evalID), e.ArgumentList[0]},
			LeftParenthesis: e.LeftParenthesis, RightParenthesis: e.RightParenthesis,
		}
	}
	for _, name := range s.values {
		name.Name = evalName
	}
}
