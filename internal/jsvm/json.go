package jsvm

import "github.com/dop251/goja"

// maxJSONDepth is the maximum nesting of a JSON text that a script parses. goja's parser is
// recursive, and a stack overflow of Go ends the process: a server could cause that with a
// response of a few megabytes.
const maxJSONDepth = 10_000

// guardJSON limits the nesting of JSON.parse. It is called only for programs that name
// JSON, so that others do not pay for it.
func guardJSON(vm *goja.Runtime) error {
	json, ok := vm.Get("JSON").(*goja.Object)
	if !ok {
		return nil
	}
	parse, ok := goja.AssertFunction(json.Get("parse"))
	if !ok {
		return nil
	}
	return replace(vm, json, "parse", 2, func(c goja.FunctionCall) goja.Value {
		if len(c.Arguments) > 0 {
			text := c.Arguments[0].ToString() // once: it may be the script's own code
			if s, ok := text.(goja.String); ok && nestedDeeper(s, maxJSONDepth) {
				panic(vm.NewTypeError("the JSON text is nested more than %d levels deep", maxJSONDepth))
			}
			c.Arguments[0] = text
		}
		return thrown(parse(c.This, c.Arguments...))
	})
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
