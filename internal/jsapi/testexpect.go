package jsapi

import (
	"errors"
	"strings"

	"github.com/dop251/goja"
)

// expectClass is the result of expect(actual). A matcher that fails throws.
var expectClass = newClass("expect", members{ //nolint:gochecknoglobals // a table, never changed
	"toEqual":        testOnly((*Testbed).toEqual),
	"toThrow":        testOnly((*Testbed).toThrow),
	"startsWith":     expectText("to start with", strings.HasPrefix),
	"endsWith":       expectText("to end with", strings.HasSuffix),
	"containsString": expectText("to contain", strings.Contains),
})

type expectedValue struct{ actual goja.Value }

func (t *Testbed) expect(c call) (goja.Value, error) {
	return t.api.object(expectClass, expectedValue{c.arg(0)}), nil
}

// matcher begins a matcher: it counts the assertion.
func (t *Testbed) matcher(c call) (actual goja.Value, err error) {
	e, err := state[expectedValue](c)
	t.assertions++
	return e.actual, err
}

func (t *Testbed) toEqual(c call) (goja.Value, error) {
	actual, err := t.matcher(c)
	if err != nil {
		return nil, err
	}
	expected := c.arg(0)
	equal, err := (&comparison{api: t.api}).equal(actual, expected)
	if err != nil || equal {
		return goja.Undefined(), err
	}
	return nil, t.differ("to equal", actual, expected)
}

// differ returns the error for two values that do not match.
func (t *Testbed) differ(relation string, actual, expected goja.Value) error {
	f := &Failure{Expected: t.api.show(expected), Actual: t.api.show(actual)}
	text := "expected " + brief(f.Actual) + " " + relation + " " + brief(f.Expected)
	if e, ok := expected.(goja.String); ok {
		if v, ok := actual.(goja.String); ok {
			f.Expected, f.Actual, f.Text = e.String(), v.String(), true
		}
	}
	if _, isObject := expected.(*goja.Object); isObject && f.Expected == f.Actual {
		text += ": these are different objects; compare what they hold"
	}
	return t.assertionError(text, f)
}

func expectText(relation string, holds func(text, part string) bool) func(*API, call) (goja.Value, error) {
	return testOnly(func(t *Testbed, c call) (goja.Value, error) {
		actual, err := t.matcher(c)
		if err != nil {
			return nil, err
		}
		text, ok := actual.(goja.String)
		part, isText := c.arg(0).(goja.String)
		if !isText {
			return nil, invalid(c.op, "the argument is "+typeName(c.arg(0))+", not text", "")
		}
		if ok && holds(text.String(), part.String()) {
			return goja.Undefined(), nil
		}
		return nil, t.differ(relation, actual, part)
	})
}

// toThrow calls the actual value, which must be a function that throws. If a message is
// expected, the exception must have it.
func (t *Testbed) toThrow(c call) (goja.Value, error) {
	actual, err := t.matcher(c)
	if err != nil {
		return nil, err
	}
	f, ok := goja.AssertFunction(actual)
	if !ok {
		return nil, invalid(c.op, "expect was given "+typeName(actual)+", not a function", "write expect(() => …).toThrow(message)")
	}
	_, err = f(goja.Undefined())
	ex, ok := errors.AsType[*goja.Exception](err)
	if err != nil && !ok {
		return nil, err // the test reached its limit of time, or its calls were nested too deep
	}
	if !ok {
		return nil, t.assertionError("expected the function to throw", nil)
	}
	expected := c.arg(0)
	if _, isText := expected.(goja.String); !isText && len(c.args) > 0 {
		return nil, invalid(c.op, "the argument is "+typeName(expected)+", not text", "give the whole message as text; to test only a part or the class, catch the exception")
	}
	message := thrownMessage(ex.Value())
	if goja.IsUndefined(expected) || message == expected.String() {
		return goja.Undefined(), nil
	}
	return nil, t.differ("as the message thrown to equal", t.api.vm.ToValue(message), expected)
}

func thrownMessage(v goja.Value) string {
	if o, ok := v.(*goja.Object); ok {
		if m := o.Get("message"); m != nil && !goja.IsUndefined(m) {
			return m.String()
		}
	}
	return v.String()
}
