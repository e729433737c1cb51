package jsapi

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/java"
)

// need returns an error if a call has fewer than n arguments, or more than usage shows.
func (c call) need(n int, usage string) error {
	switch {
	case len(c.args) == n: // as in most calls, which need not read usage
		return nil
	case len(c.args) < n:
		return invalid(c.op, "needs "+usage, "write "+c.op+usage)
	}
	return c.most(usage)
}

// most returns an error if a call has more arguments than usage shows, such as
// "(pattern, date) or (zone, pattern, date)". They would be ignored: a default of configs.get,
// a charset of base64. A function that takes one argument may be given to map and forEach,
// which call it with three.
func (c call) most(usage string) error {
	if len(c.args) == 0 {
		return nil
	}
	n := 0
	for way := range strings.SplitSeq(usage, " or ") {
		if way != "()" {
			n = max(n, 1+strings.Count(way, ","))
		}
	}
	if len(c.args) <= n || n == 1 && c.byArray() {
		return nil
	}
	return invalid(c.op, "takes "+usage+", and was given "+strconv.Itoa(len(c.args))+" arguments", "")
}

// byArray reports whether a method of an array has called the function for an element.
func (c call) byArray() bool {
	list, ok := c.arg(2).(*goja.Object)
	return ok && len(c.args) == 3 && isNumber(c.args[1]) && list.ClassName() == "Array"
}

// text returns argument i as text. Numbers and booleans are converted as String(…)
// converts them. null and undefined are errors, because they are nearly always a value
// that was not found.
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
	n, exact, wrong := integerOf(c.arg(i))
	if wrong != "" || !exact || n < 0 || n > int64(limit) {
		return 0, invalid(c.op, name+" is not a whole number from 0 to "+strconv.Itoa(limit), "")
	}
	return int(n), nil
}

// int returns argument i, which is an int in Java; long returns one that is a long. As in
// Nashorn, the fraction of a number is dropped, and text that is a number is converted. A
// value that Nashorn would silently change to another number, or to 0, is an
// IllegalArgumentException.
func (c call) int(i int, name string) (int, error) {
	n, err := c.long(i, name)
	if err == nil && (n < math.MinInt32 || n > math.MaxInt32) {
		err = c.unfit(name, outOfRange, "an int, a whole number from -2147483648 to 2147483647")
	}
	return int(n), err
}

func (c call) long(i int, name string) (int64, error) {
	n, _, wrong := integerOf(c.arg(i))
	if wrong != "" {
		return 0, c.unfit(name, wrong, "a whole number")
	}
	return n, nil
}

// flag returns argument i, which must be a boolean: text such as "false" would be true.
func (c call) flag(i int, name string) (bool, error) {
	if b, ok := primitive(c.arg(i)).Export().(bool); ok {
		return b, nil
	}
	return false, c.unfit(name, typeName(c.arg(i)), "true or false")
}

// unfit returns the exception for an argument of the wrong type or range.
func (c call) unfit(name, what, want string) error {
	return &java.Exception{Class: "java.lang.IllegalArgumentException", Message: c.title() + ": " + name + " is " + what + ", not " + want}
}

// title returns the method's name, preceded by that of its class if it is known.
func (c call) title() string {
	if c.host != nil {
		return c.host.class.name + "." + c.op
	}
	if o, ok := c.this.(*goja.Object); ok && o.ClassName() == "Array" {
		return "ArrayList." + c.op
	}
	return c.op
}

const outOfRange = "out of range"

// integerOf returns v as an integer, rounded towards 0; exact is false if there was a
// fraction. If v is not a number, wrong describes what it is.
func integerOf(v goja.Value) (n int64, exact bool, wrong string) {
	if o, ok := v.(*goja.Object); ok && o.ClassName() == "Date" {
		v = o.ToNumber()
	}
	if d, ok := stateOf[java.Decimal](v); ok {
		whole, err := d.SetScale(0, java.RoundDown)
		if err == nil {
			n, err = whole.Int64Exact()
		}
		if err != nil {
			return 0, false, outOfRange
		}
		return n, whole.Cmp(d) == 0, ""
	}
	v = primitive(v)
	if text, ok := v.(goja.String); ok {
		trimmed := strings.TrimSpace(text.String())
		if n, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return n, true, ""
		}
		if v = text.ToNumber(); trimmed == "" || math.IsNaN(v.ToFloat()) {
			return 0, false, "text that is not a number"
		}
	}
	if _, ok := v.(*goja.Object); ok { // exporting it would copy it
		return 0, false, typeName(v)
	}
	switch x := v.Export().(type) {
	case int64:
		return x, true, ""
	case float64:
		whole := math.Trunc(x)
		switch {
		case math.IsNaN(x):
			return 0, false, "NaN"
		case whole < -1<<63 || whole >= 1<<63:
			return 0, false, outOfRange
		}
		return int64(whole), whole == x, ""
	case *big.Int:
		if !x.IsInt64() {
			return 0, false, outOfRange
		}
		return x.Int64(), true, ""
	}
	return 0, false, typeName(v)
}

// wrong returns an error of another package about an argument as an error of this call.
func (c call) wrong(err error) error {
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		return err
	}
	message := e.Message
	if e.Name != "" {
		message = strconv.Quote(e.Name) + ": " + message
	}
	return invalid(c.op, message, e.Hint)
}

func (c call) arg(i int) goja.Value {
	if i < len(c.args) {
		return c.args[i]
	}
	return goja.Undefined()
}

// absent reports whether v is undefined or null, which the API does not distinguish.
func absent(v goja.Value) bool { return v == nil || goja.IsUndefined(v) || goja.IsNull(v) }

// isNumber reports whether v is a number. It does not export objects, because that copies
// them.
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
