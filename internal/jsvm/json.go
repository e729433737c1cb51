package jsvm

import (
	"strings"

	"github.com/dop251/goja"
)

// maxJSONDepth is the maximum nesting of a JSON text that a script parses. goja's parser is
// recursive, and a stack overflow of Go ends the process: a server could cause that with a
// response of a few megabytes.
const maxJSONDepth = 10_000

// correctJSON replaces JSON.parse by one that is faster and limits the nesting. It is called
// only for programs that name JSON, so that others do not pay for it.
func correctJSON(vm *goja.Runtime) error {
	object, parse := jsonParse(vm)
	if parse == nil {
		return nil
	}
	return replace(vm, object, "parse", 2, func(c goja.FunctionCall) goja.Value { return parseJSON(vm, c.Arguments, parse) })
}

// jsonParse returns the object JSON and its function parse; nil if a script has replaced
// them by something else.
func jsonParse(vm *goja.Runtime) (object *goja.Object, parse goja.Callable) {
	object, ok := vm.Get("JSON").(*goja.Object)
	if !ok {
		return nil, nil
	}
	parse, _ = goja.AssertFunction(object.Get("parse"))
	return object, parse
}

// parseFunction returns the function that JSON.parse becomes in a program that uses nothing
// else of JSON, see rewrite.ParseFunction.
func parseFunction(vm *goja.Runtime) goja.Value {
	return native(vm, "parse", 2, func(c goja.FunctionCall) goja.Value {
		return parseJSON(vm, c.Arguments, func(this goja.Value, args ...goja.Value) (goja.Value, error) {
			_, parse := jsonParse(vm)
			if parse == nil {
				panic(vm.NewTypeError("JSON.parse is not a function"))
			}
			return parse(this, args...)
		})
	})
}

// parseJSON is JSON.parse. What it does not do itself, it leaves to that of goja.
func parseJSON(vm *goja.Runtime, args []goja.Value, original goja.Callable) goja.Value {
	if len(args) == 0 {
		return thrown(original(goja.Undefined()))
	}
	text, ok := args[0].ToString().(goja.String) // once: it may be the script's own code
	switch _, isObject := args[0].(*goja.Object); {
	case goja.IsUndefined(args[0]):
		throwNoJSON(vm, "undefined")
		return thrown(original(goja.Undefined(), args...))
	case !ok:
		return thrown(original(goja.Undefined(), args...)) // a symbol
	case isObject && strings.HasPrefix(text.String(), "[object "):
		throwNoJSON(vm, "an object")
	}
	if len(args) == 1 {
		t := jsonText{vm: vm, text: text.String()}
		if v, ok := t.parse(); ok {
			return v
		}
	}
	// goja knows what a reviver does and what is wrong with the text.
	if nestedDeeper(text, maxJSONDepth) {
		panic(vm.NewTypeError("the JSON text is nested more than %d levels deep", maxJSONDepth))
	}
	args[0] = text
	return thrown(original(goja.Undefined(), args...))
}

// throwNoJSON throws the error for an argument of JSON.parse that is not text: goja would
// report the first character of "undefined" or "[object Object]".
func throwNoJSON(vm *goja.Runtime, what string) {
	if e, err := vm.New(vm.Get("SyntaxError"), vm.ToValue("JSON.parse takes text, and was given "+what)); err == nil {
		panic(e)
	}
}

// nestedDeeper reports whether brackets outside of strings are nested more than most deep.
func nestedDeeper(text goja.String, most int) bool {
	n := text.Length()
	if n <= most {
		return false
	}
	depth, inString := 0, false
	for i := 0; i < n; i++ {
		switch c := text.CharAt(i); {
		case c == '"':
			inString = !inString
		case inString:
			if c == '\\' {
				i++
			}
		case c == '[' || c == '{':
			if depth++; depth > most {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}
