package rewrite

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"
)

// The names of global functions that rewritten code calls where a script names eval.
const (
	// CodeFunction is called with the function that a script calls as eval and its argument,
	// and returns the argument.
	CodeFunction = string(codeName)
	// EvalFunction replaces eval where it is not called directly, as in (0, eval)(code): it
	// runs code in the global scope.
	EvalFunction = string(evalName)
)

const evalID unistring.String = "eval"

// evals are the references to eval in a script. Direct eval(code) has access to the
// enclosing scopes, so goja must run it: it becomes eval(CodeFunction(eval, code)). Any
// other eval becomes EvalFunction. A script that declares eval itself is not changed.
type evals struct {
	calls    []*ast.CallExpression
	values   []*ast.Identifier
	declared bool
}

// call records a direct call of eval, and reports whether it is one.
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
