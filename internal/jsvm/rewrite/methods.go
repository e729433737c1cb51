package rewrite

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
)

// goja's methods split, replace and match find all matches of a pattern at once. These are not
// always those that ECMA-262, 22.2.6, finds one after the other: split takes an empty match at
// the end of the match before it, if regexp2 finds it; an empty match is the last one of a
// pattern with the flags gy; and a pattern with u, but not g, replaces all that regexp2 finds.

// methods are goja's methods of RegExp.prototype.
type methods struct{ split, replace, match goja.Callable }

// correctMethods replaces methods of RegExp.prototype.
func (r *regExps) correctMethods() error {
	prototype := r.original.ToObject(r.vm).Get("prototype").ToObject(r.vm)
	for _, m := range []struct {
		symbol    *goja.Symbol
		name      string
		original  *goja.Callable
		corrected func(this *goja.Object, args []goja.Value) goja.Value
	}{
		{goja.SymSplit, "[Symbol.split]", &r.methods.split, r.split},
		{goja.SymReplace, "[Symbol.replace]", &r.methods.replace, r.replace},
		{goja.SymMatch, "[Symbol.match]", &r.methods.match, r.match},
	} {
		*m.original, _ = goja.AssertFunction(prototype.GetSymbol(m.symbol))
		err := prototype.DefineDataPropertySymbol(m.symbol, r.native(m.name, func(c goja.FunctionCall) goja.Value {
			if this, ok := c.This.(*goja.Object); ok && this.ClassName() == "RegExp" {
				return m.corrected(this, c.Arguments)
			}
			return thrown((*m.original)(c.This, c.Arguments...))
		}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		if err != nil {
			return err
		}
	}
	return nil
}

// split splits a text wherever the pattern matches: the flags g and y have no effect there
// (22.2.6.14).
func (r *regExps) split(this *goja.Object, args []goja.Value) goja.Value {
	call := goja.FunctionCall{Arguments: args}
	text, isText := call.Argument(0).(goja.String)
	if !isText || text.Length() == 0 {
		return thrown(r.methods.split(this, args...))
	}
	separator := r.separator(this)
	if separator.all == nil || separator.ascii && len(text.String()) == text.Length() {
		return thrown(r.methods.split(this, args...))
	}
	var parts []any
	end := 0 // of the match before
	thrown(r.methods.replace(separator.all, text, r.vm.ToValue(func(c goja.FunctionCall) goja.Value {
		last := len(c.Arguments) - 1
		if _, named := c.Arguments[last].(*goja.Object); named {
			last--
		}
		start := int(c.Arguments[last-1].ToInteger())
		after := start + c.Arguments[0].(goja.String).Length() //nolint:errcheck // the match is a text
		if after == end || start == text.Length() {
			return goja.Undefined() // it is empty
		}
		parts = append(parts, text.Substring(end, start))
		for _, group := range c.Arguments[1 : last-1] {
			parts = append(parts, group)
		}
		end = after
		return goja.Undefined()
	})))
	parts = append(parts, text.Substring(end, text.Length()))
	if limit := call.Argument(1); !goja.IsUndefined(limit) {
		parts = parts[:min(len(parts), int(uint32(limit.ToInteger())))] //nolint:gosec // ToUint32
	}
	return r.vm.NewArray(parts...)
}

// separator is what a text is split by.
type separator struct {
	all   *goja.Object // the RegExp object whose matches separate the parts; nil if goja splits as it should
	ascii bool         // goja splits ASCII text as it should
}

func (r *regExps) separator(this *goja.Object) separator {
	source, flags := this.Get("source"), this.Get("flags").String()
	key := [2]string{source.String(), flags}
	by, known := r.separators[key]
	if known {
		return by
	}
	if isSticky := strings.Contains(flags, "y"); isSticky || splitsOtherwise(key[0], flags) {
		if written, err := corrected(key[0], flags, maxExpanded); err == nil && !isSticky {
			by.ascii, _ = supported(written, flags)
		}
		flags = strings.ReplaceAll(strings.ReplaceAll(flags, "y", ""), "g", "") + "g"
		by.all = thrown(r.make(nil, r.arguments([]goja.Value{source, r.vm.ToValue(flags)})...))
	}
	if len(r.separators) < maxMade && !strings.ContainsRune(key[0], utf8.RuneError) { // as which a lone surrogate is shown
		r.separators[key] = by
	}
	return by
}

// splitsOtherwise reports whether goja may split by a pattern in another way than it should.
func splitsOtherwise(pattern, flags string) bool {
	if inGo, _ := supported(pattern, flags); !inGo {
		return true
	}
	all, err := corrected(pattern, flags+"g", maxExpanded)
	return err == nil && all != pattern
}

// replacesOtherwise reports whether goja may replace by a pattern in another way than it should.
func replacesOtherwise(pattern, flags string) bool {
	if !strings.Contains(flags, "u") || strings.Contains(flags, "g") {
		return false
	}
	inGo, _ := supported(pattern, flags)
	return !inGo
}

func (r *regExps) replace(this *goja.Object, args []goja.Value) goja.Value {
	isSticky, isGlobal := this.Get("sticky").ToBoolean(), this.Get("global").ToBoolean()
	if isSticky || !isGlobal && this.Get("unicode").ToBoolean() {
		return thrown(r.methods.replace(r.oneByOne(this), args...))
	}
	return thrown(r.methods.replace(this, args...))
}

func (r *regExps) match(this *goja.Object, args []goja.Value) goja.Value {
	if this.Get("sticky").ToBoolean() {
		return thrown(r.methods.match(r.oneByOne(this), args...))
	}
	return thrown(r.methods.match(this, args...))
}

// oneByOne returns an object whose matches goja finds by calling the method exec of this
// (22.2.7.1), as it does for an object that is not a RegExp.
func (r *regExps) oneByOne(this *goja.Object) *goja.Object {
	o := r.vm.NewObject()
	property := func(name string) {
		get := r.vm.ToValue(func(goja.FunctionCall) goja.Value { return this.Get(name) })
		set := r.vm.ToValue(func(c goja.FunctionCall) goja.Value {
			if err := this.Set(name, c.Argument(0)); err != nil {
				panic(err)
			}
			return goja.Undefined()
		})
		_ = o.DefineAccessorProperty(name, get, set, goja.FLAG_FALSE, goja.FLAG_TRUE)
	}
	property("flags")
	property("lastIndex")
	_ = o.Set("exec", func(c goja.FunctionCall) goja.Value {
		exec, isFunction := goja.AssertFunction(this.Get("exec"))
		if !isFunction {
			panic(r.vm.NewTypeError("exec is not a function"))
		}
		return thrown(exec(this, c.Arguments...))
	})
	return o
}

// plainPattern is a pattern that needs no correcting, with its flags.
type plainPattern struct{ pattern, flags string }

// needsMethods reports whether a pattern that needs no correcting needs the corrected methods.
func (w *walker) needsMethods() bool {
	return slices.ContainsFunc(w.plain, func(p plainPattern) bool {
		return replacesOtherwise(p.pattern, p.flags) || w.splits && splitsOtherwise(p.pattern, p.flags)
	})
}

// splits reports whether a call may split a text by a pattern.
func splits(e *ast.CallExpression) bool {
	callee, ok := e.Callee.(*ast.DotExpression)
	if !ok || callee.Identifier.Name != "split" || len(e.ArgumentList) == 0 {
		return false
	}
	_, isText := e.ArgumentList[0].(*ast.StringLiteral)
	return !isText
}
