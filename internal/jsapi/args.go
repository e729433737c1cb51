package jsapi

import (
	"math"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// need refuses a call with fewer arguments than usage shows.
func (c call) need(n int, usage string) error {
	if len(c.args) >= n {
		return nil
	}
	return invalid(c.op, "needs "+usage, "write "+c.op+usage)
}

// text returns argument i as text: numbers and booleans are converted as
// String(…) would; null and undefined are refused, they are nearly always a
// value that was not found.
func (c call) text(i int, name string) (string, error) {
	v := c.arg(i)
	if s, ok := v.(goja.String); ok {
		return s.String(), nil
	}
	if absent(v) {
		return "", invalid(c.op, name+" is "+v.String(), "give it as text")
	}
	if o, ok := v.(*goja.Object); ok && o.ClassName() == "Array" {
		return "", invalid(c.op, name+" is a list, not text", "call it once for each element")
	}
	s := v.ToString().String()
	if _, ok := v.(*goja.Object); ok && strings.HasPrefix(s, "[object ") {
		return "", invalid(c.op, name+" is an object, not text", "write JSON.stringify(…), or the field you mean")
	}
	return s, nil
}

// count returns argument i as a whole number from 0 to limit.
func (c call) count(i int, name string, limit int) (int, error) {
	f := c.arg(i).ToFloat()
	if f < 0 || f > float64(limit) || f != math.Trunc(f) {
		return 0, invalid(c.op, name+" is not a whole number from 0 to "+strconv.Itoa(limit), "")
	}
	return int(f), nil
}

func (c call) arg(i int) goja.Value {
	if i < len(c.args) {
		return c.args[i]
	}
	return goja.Undefined()
}

// absent reports whether v is undefined or null, which are the same here.
func absent(v goja.Value) bool { return v == nil || goja.IsUndefined(v) || goja.IsNull(v) }

// isNumber reports whether v is a number. An object is none: it is not even
// exported, because that copies it.
func isNumber(v goja.Value) bool {
	if _, ok := v.(*goja.Object); ok {
		return false
	}
	switch v.Export().(type) {
	case int64, float64:
		return true
	}
	return false
}
