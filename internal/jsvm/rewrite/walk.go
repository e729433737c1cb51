package rewrite

import (
	"maps"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// walker visits a tree once. It rewrites regular expressions when it visits them, and
// collects the information to decide about the appends.
type walker struct {
	file    *file.File
	scope   *scope
	seen    map[unistring.String]evidence
	appends []appendTo
	with    int // depth of with statements, in which names may be properties
	changes Changes
	err     error

	visit    func(ast.Expression) // see Visit
	depth    int                  // see MaxNesting
	maxChain int
	chains   []*ast.BinaryExpression
	strict   bool
	visible  []visibleFunction
	catches  []catch
	restored []file.Idx // see pattern
	evals    evals
	parses   parses

	plain  []plainPattern
	splits bool // there may be a split by a pattern
}

func (w *walker) statements(list []ast.Statement) {
	for i := range list {
		w.statement(&list[i])
	}
}

// blockStatements visits the statements of a block.
func (w *walker) blockStatements(list *[]ast.Statement) {
	for _, s := range *list {
		if d, ok := s.(*ast.FunctionDeclaration); ok {
			w.declareInBlock(d, list)
		}
	}
	w.statements(*list)
}

// clause visits a clause of an if. A function that is declared there counts as in a block.
func (w *walker) clause(s *ast.Statement) {
	if _, ok := (*s).(*ast.FunctionDeclaration); ok {
		*s = &ast.BlockStatement{List: []ast.Statement{*s}}
	}
	w.optional(s)
}

// optional visits a statement that may be missing.
func (w *walker) optional(s *ast.Statement) {
	if *s != nil {
		w.statement(s)
	}
}

func (w *walker) block(b *ast.BlockStatement) {
	if b != nil {
		w.enter(blockScope)
		w.blockStatements(&b.List)
		w.leave()
	}
}

// statement visits the statement in a slot of its parent.
func (w *walker) statement(slot *ast.Statement) {
	if w.deeper(*slot) {
		w.inStatement(slot)
		w.depth--
	}
}

func (w *walker) inStatement(slot *ast.Statement) {
	switch s := (*slot).(type) {
	case *ast.BlockStatement:
		w.block(s)
	case *ast.ExpressionStatement:
		w.expression(s.Expression)
	case *ast.VariableStatement:
		w.variableStatement(slot, s)
	case *ast.LexicalDeclaration:
		w.lexical(s)
	case *ast.FunctionDeclaration:
		w.function(s.Function)
	case *ast.ClassDeclaration:
		if s.Class.Name != nil {
			w.declare(s.Class.Name.Name)
			w.scope.declareLexical(s.Class.Name.Name)
		}
		w.class(s.Class)
	case *ast.IfStatement:
		w.expression(s.Test)
		w.clause(&s.Consequent)
		w.clause(&s.Alternate)
	case *ast.ReturnStatement:
		w.expression(s.Argument)
	case *ast.ThrowStatement:
		w.expression(s.Argument)
	case *ast.TryStatement:
		w.try(s)
	case *ast.SwitchStatement:
		w.switching(s)
	case *ast.WithStatement:
		w.expression(s.Object)
		w.parses.other = true // its object may have one
		w.with++
		w.statement(&s.Body)
		w.with--
	case *ast.LabelledStatement, *ast.ForStatement, *ast.ForInStatement, *ast.ForOfStatement, *ast.WhileStatement, *ast.DoWhileStatement:
		w.loop(slot, s)
	}
}

func (w *walker) try(s *ast.TryStatement) {
	w.block(s.Body)
	if s.Catch != nil {
		w.enter(blockScope)
		if s.Catch.Parameter != nil {
			w.target(s.Catch.Parameter)
			if name, simple := s.Catch.Parameter.(*ast.Identifier); simple { // B.3.4
				w.scope.caught = name.Name
			} else {
				declareNames(s.Catch.Parameter, w.scope.declareLexical)
			}
		}
		w.block(s.Catch.Body)
		w.leave()
		if s.Catch.Parameter != nil {
			w.catches = append(w.catches, catch{s.Catch})
		}
	}
	w.block(s.Finally)
}

func (w *walker) switching(s *ast.SwitchStatement) {
	w.expression(s.Discriminant)
	w.enter(blockScope)
	for _, c := range s.Body {
		w.expression(c.Test)
		w.blockStatements(&c.Consequent)
	}
	w.leave()
}

// loop visits a loop with its labels; slot is the slot of the outermost label.
func (w *walker) loop(slot *ast.Statement, s ast.Statement) {
	switch s := s.(type) {
	case *ast.LabelledStatement:
		switch s.Statement.(type) {
		case *ast.LabelledStatement, *ast.ForStatement, *ast.ForInStatement, *ast.ForOfStatement, *ast.WhileStatement, *ast.DoWhileStatement:
			w.loop(slot, s.Statement)
		default:
			w.statement(&s.Statement)
		}
	case *ast.ForStatement:
		w.enterLoop(slot, func() { w.forInitializer(&s.Initializer) })
		w.expression(s.Test)
		w.expression(s.Update)
		w.leaveLoop(&s.Body)
	case *ast.ForInStatement:
		w.enterLoop(slot, func() { w.expression(s.Source) })
		w.caughtForInto(&s.Into)
		w.forInto(s.Into)
		w.leaveLoop(&s.Body)
	case *ast.ForOfStatement:
		w.enterLoop(slot, func() { w.expression(s.Source) })
		w.forInto(s.Into)
		w.leaveLoop(&s.Body)
	case *ast.WhileStatement:
		w.enterLoop(slot, func() {})
		w.expression(s.Test)
		w.leaveLoop(&s.Body)
	case *ast.DoWhileStatement:
		w.enterLoop(slot, func() {})
		w.expression(s.Test)
		w.leaveLoop(&s.Body)
	}
}

func (w *walker) forInitializer(slot *ast.ForLoopInitializer) {
	w.caughtForInitializer(slot)
	switch i := (*slot).(type) {
	case *ast.ForLoopInitializerExpression:
		w.expression(i.Expression)
	case *ast.ForLoopInitializerVarDeclList:
		w.variables(i.List)
	case *ast.ForLoopInitializerLexicalDecl:
		w.lexical(&i.LexicalDeclaration)
	}
}

func (w *walker) forInto(i ast.ForInto) {
	switch i := i.(type) {
	case *ast.ForIntoVar:
		w.target(i.Binding.Target)
	case *ast.ForDeclaration:
		w.target(i.Target)
		declareNames(i.Target, w.scope.declareLexical)
	case *ast.ForIntoExpression:
		w.expression(i.Expression)
	}
}

// variables visits a var statement. A variable without an initializer keeps its value, also
// over the iterations of a loop, so it belongs to the whole function.
func (w *walker) variables(list []*ast.Binding) {
	for _, b := range list {
		if b.Initializer == nil {
			if name, ok := b.Target.(*ast.Identifier); ok {
				w.scope.function().declare(name.Name)
				w.hides(name.Name)
				continue
			}
		}
		w.binding(b)
	}
}

func (w *walker) lexical(d *ast.LexicalDeclaration) {
	for _, b := range d.List {
		w.binding(b)
		declareNames(b.Target, w.scope.declareLexical)
	}
}

func (w *walker) binding(b *ast.Binding) {
	w.target(b.Target)
	w.expression(b.Initializer)
	w.note(b.Target, b.Initializer)
}

// target visits the target of a declaration.
func (w *walker) target(e ast.Expression) {
	if e != nil && w.deeper(e) {
		w.inTarget(e)
		w.depth--
	}
}

func (w *walker) inTarget(e ast.Expression) {
	switch e := e.(type) {
	case *ast.Identifier:
		w.declare(e.Name)
	case *ast.Binding:
		w.binding(e)
	case *ast.AssignExpression: // a default
		w.target(e.Left)
		w.expression(e.Right)
		w.note(e.Left, e.Right)
	case *ast.ArrayPattern:
		w.pattern(e)
		for _, item := range e.Elements {
			w.target(item)
		}
		w.target(e.Rest)
	case *ast.ObjectPattern:
		for _, p := range e.Properties {
			switch p := p.(type) {
			case *ast.PropertyShort:
				w.declare(p.Name.Name)
				w.expression(p.Initializer)
				w.note(&p.Name, p.Initializer)
			case *ast.PropertyKeyed:
				w.expression(p.Key)
				w.target(p.Value)
			}
		}
		w.target(e.Rest)
	}
}

func (w *walker) expressions(list []ast.Expression) {
	for _, e := range list {
		w.expression(e)
	}
}

func (w *walker) expression(e ast.Expression) {
	if e != nil && w.deeper(e) {
		if w.visit != nil {
			w.visit(e)
		}
		w.inExpression(e)
		w.depth--
	}
}

func (w *walker) inExpression(e ast.Expression) {
	switch e := e.(type) {
	case *ast.AssignExpression:
		w.assign(e)
	case *ast.BinaryExpression:
		w.binary(e)
	case *ast.Identifier:
		switch e.Name {
		case evalID:
			w.evals.values = append(w.evals.values, e)
		case jsonID:
			w.parses.other = true
		}
	case *ast.CallExpression:
		if !w.evals.call(e) && !w.parses.call(e) {
			w.expression(e.Callee)
		}
		w.expressions(e.ArgumentList)
		w.regExpCall(&e.Callee, e.ArgumentList, false)
		w.splits = w.splits || splits(e)
	case *ast.NewExpression:
		w.expression(e.Callee)
		w.expressions(e.ArgumentList)
		w.regExpCall(&e.Callee, e.ArgumentList, true)
	case *ast.RegExpLiteral:
		w.regExpLiteral(e)
	case *ast.DotExpression:
		w.expression(e.Left)
	case *ast.PrivateDotExpression:
		w.expression(e.Left)
	case *ast.BracketExpression:
		w.expression(e.Left)
		w.expression(e.Member)
	case *ast.UnaryExpression:
		w.expression(e.Operand)
		if e.Operator == token.INCREMENT || e.Operator == token.DECREMENT {
			w.noteNumber(e.Operand)
		}
	case *ast.ConditionalExpression:
		w.expression(e.Test)
		w.expression(e.Consequent)
		w.expression(e.Alternate)
	case *ast.SequenceExpression:
		w.expressions(e.Sequence)
	case *ast.TemplateLiteral:
		w.expression(e.Tag)
		w.expressions(e.Expressions)
	case *ast.ArrayLiteral:
		w.expressions(e.Value)
	case *ast.ObjectLiteral:
		for _, p := range e.Value {
			w.expression(p)
		}
	case *ast.FunctionLiteral:
		w.function(e)
	case *ast.ArrowFunctionLiteral:
		w.arrow(e)
	case *ast.ClassLiteral:
		w.class(e)
	case *ast.PropertyKeyed:
		w.expression(e.Key)
		w.expression(e.Value)
		w.noteProperty(e.Key, e.Value)
	case *ast.PropertyShort:
		w.expression(e.Initializer)
	case *ast.SpreadElement:
		w.expression(e.Expression)
	case *ast.OptionalChain:
		w.expression(e.Expression)
	case *ast.Optional:
		w.expression(e.Expression)
	case *ast.AwaitExpression:
		w.expression(e.Argument)
	case *ast.YieldExpression:
		w.expression(e.Argument)
	case *ast.ArrayPattern: // the left side of an assignment
		w.expressions(e.Elements)
		w.expression(e.Rest)
	case *ast.ObjectPattern:
		for _, p := range e.Properties {
			w.expression(p)
		}
		w.expression(e.Rest)
	}
}

func (w *walker) function(f *ast.FunctionLiteral) {
	if f == nil {
		return
	}
	if f.Name != nil {
		w.hides(f.Name.Name)
	}
	before := w.strict
	w.strict = before || isStrict(f.Body.List)
	w.enterFunction(f.ParameterList, &f.DeclarationList)
	w.statements(f.Body.List)
	w.leaveBody(functionBody{list: &f.Body.List, variables: &f.DeclarationList})
	w.strict = before
}

func (w *walker) arrow(f *ast.ArrowFunctionLiteral) {
	before := w.strict
	switch body := f.Body.(type) {
	case *ast.BlockStatement:
		w.strict = before || isStrict(body.List)
		w.enterFunction(f.ParameterList, &f.DeclarationList)
		w.statements(body.List)
		w.leaveBody(functionBody{list: &body.List, variables: &f.DeclarationList})
	case *ast.ExpressionBody:
		w.enterFunction(f.ParameterList, &f.DeclarationList)
		w.expression(body.Expression)
		w.leave()
	}
	w.strict = before
}

// enterFunction visits the parameters, which cannot use temporaries yet.
func (w *walker) enterFunction(params *ast.ParameterList, variables *[]*ast.VariableDeclaration) {
	w.enter(functionScope)
	if params != nil {
		for _, p := range params.List {
			w.binding(p)
		}
		w.target(params.Rest)
		w.scope.parameters = maps.Clone(w.scope.names)
	}
	w.scope.temporaries = &temporaries{variables: variables}
}

func (w *walker) class(c *ast.ClassLiteral) {
	before := w.strict
	w.strict = true
	defer func() { w.strict = before }()
	w.expression(c.SuperClass)
	for _, e := range c.Body {
		switch e := e.(type) {
		case *ast.MethodDefinition:
			w.expression(e.Key)
			w.function(e.Body)
		case *ast.FieldDefinition:
			w.expression(e.Key)
			w.enter(functionScope)
			w.expression(e.Initializer)
			w.leave()
			w.noteProperty(e.Key, e.Initializer)
		case *ast.ClassStaticBlock:
			w.enter(functionScope)
			w.block(e.Block)
			w.leave()
		}
	}
}
