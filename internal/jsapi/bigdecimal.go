package jsapi

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/java"
)

// bigDecimalClass is java.math.BigDecimal: exact decimal numbers.
var bigDecimalClass = newClass("BigDecimal", members{ //nolint:gochecknoglobals // a table, never changed
	"toString":              getter(func(a *API, d java.Decimal) goja.Value { return a.vm.ToValue(d.String()) }),
	"toPlainString":         bigDecimalToPlainString,
	"intValue":              getter(func(a *API, d java.Decimal) goja.Value { return a.vm.ToValue(int32(d.Int64())) }), // the low 32 bits
	"longValue":             getter(func(a *API, d java.Decimal) goja.Value { return a.vm.ToValue(d.Int64()) }),
	"longValueExact":        bigDecimalInt64Exact(math.MinInt64, math.MaxInt64),
	"intValueExact":         bigDecimalInt64Exact(math.MinInt32, math.MaxInt32),
	"doubleValue":           getter(func(a *API, d java.Decimal) goja.Value { return a.vm.ToValue(d.Float64()) }),
	"floatValue":            getter(func(a *API, d java.Decimal) goja.Value { return a.vm.ToValue(float32(d.Float64())) }),
	"scale":                 getter(func(a *API, d java.Decimal) goja.Value { return a.vm.ToValue(d.Scale()) }),
	"precision":             getter(func(a *API, d java.Decimal) goja.Value { return a.vm.ToValue(d.Precision()) }),
	"signum":                getter(func(a *API, d java.Decimal) goja.Value { return a.vm.ToValue(d.Sign()) }),
	"negate":                bigDecimalFunction(java.Decimal.Neg),
	"abs":                   bigDecimalFunction(java.Decimal.Abs),
	"stripTrailingZeros":    bigDecimalFunction(java.Decimal.StripTrailingZeros),
	"add":                   bigDecimalOperator(java.Decimal.Add),
	"subtract":              bigDecimalOperator(java.Decimal.Sub),
	"multiply":              bigDecimalOperator(java.Decimal.Mul),
	"remainder":             bigDecimalOperator(java.Decimal.Rem),
	"divide":                bigDecimalDivide,
	"divideToIntegralValue": bigDecimalOperator(java.Decimal.DivInt),
	"pow":                   bigDecimalByInt(java.Decimal.Pow),
	"movePointLeft":         bigDecimalByInt(java.Decimal.MovePointLeft),
	"movePointRight":        bigDecimalByInt(java.Decimal.MovePointRight),
	"scaleByPowerOfTen":     bigDecimalByInt(java.Decimal.ScaleByPowerOfTen),
	"setScale":              bigDecimalSetScale,
	"max":                   bigDecimalOperator(func(d, e java.Decimal) (java.Decimal, error) { return d.Max(e), nil }),
	"min":                   bigDecimalOperator(func(d, e java.Decimal) (java.Decimal, error) { return d.Min(e), nil }),
	"compareTo":             bigDecimalCompareTo,
	"equals":                objectEquals,
	"toJSON":                getter(bigDecimalToJSON),
}).countedBy(func(state any) float64 {
	d, _ := state.(java.Decimal)
	return d.Float64()
})

// bigDecimalToJSON returns the value for JSON.stringify: a number if that is exact, else
// the digits as text.
func bigDecimalToJSON(a *API, d java.Decimal) goja.Value {
	if f, holds := floatOf(hostapi.Decimal(d.String())); holds {
		return a.vm.ToValue(f)
	}
	return a.vm.ToValue(d.String())
}

func (a *API) bigDecimal(d java.Decimal) *goja.Object { return a.object(bigDecimalClass, d) }

// newBigDecimal is the constructor. It takes text, or a number, whose exact binary value
// it keeps.
func newBigDecimal(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(number)"); err != nil {
		return nil, err
	}
	d, err := decimalOf(c, java.DecimalFromFloat)
	if err != nil {
		return nil, err
	}
	return a.bigDecimal(d), nil
}

// bigDecimalValueOf is valueOf(number) and valueOf(unscaled, scale).
func bigDecimalValueOf(a *API, c call) (goja.Value, error) {
	if len(c.args) < 2 {
		d, err := decimalOf(c, java.DecimalValueOf)
		if err != nil {
			return nil, err
		}
		return a.bigDecimal(d), nil
	}
	unscaled, err := c.long(0, "unscaledVal")
	if err != nil {
		return nil, err
	}
	scale, err := c.int(1, "scale")
	if err != nil {
		return nil, err
	}
	d, err := java.DecimalFromInt(unscaled).MovePointLeft(scale)
	if err != nil {
		return nil, err
	}
	return a.bigDecimal(d), nil
}

// decimalOf returns the first argument as a decimal number; fraction converts one
// that is not a whole number.
func decimalOf(c call, fraction func(float64) (java.Decimal, error)) (java.Decimal, error) {
	v := c.arg(0)
	if d, ok := stateOf[java.Decimal](v); ok {
		return d, nil
	}
	v = primitive(v)
	switch x := v.(type) {
	case goja.String:
		return java.ParseDecimal(x.String())
	case *goja.Object: // exporting it would copy it
		return java.Decimal{}, c.notANumber()
	}
	switch x := v.Export().(type) {
	case int64:
		return java.DecimalFromInt(x), nil
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 1<<63 {
			return java.DecimalFromInt(int64(x)), nil
		}
		return fraction(x)
	case *big.Int:
		return java.ParseDecimal(x.String())
	}
	return java.Decimal{}, c.notANumber()
}

func (c call) notANumber() error {
	return &java.Exception{Class: "java.lang.IllegalArgumentException", Message: c.title() + ": not a number: " + typeName(c.arg(0))}
}

// typeName names the type of a value for a message that must not show it.
func typeName(v goja.Value) string {
	switch {
	case goja.IsUndefined(v):
		return "undefined"
	case goja.IsNull(v):
		return "null"
	}
	switch x := v.(type) {
	case goja.String:
		return "text"
	case *goja.Symbol:
		return "a symbol"
	case *goja.Object:
		if host := hostObject(x); host != nil {
			return article(host.class.name) + host.class.name
		}
		return "an object"
	}
	if _, ok := v.Export().(bool); ok {
		return "a boolean"
	}
	return "a number"
}

func article(name string) string {
	if strings.ContainsRune("AEIOaeio", rune(name[0])) {
		return "an "
	}
	return "a "
}

func bigDecimalToPlainString(a *API, c call) (goja.Value, error) {
	d, err := state[java.Decimal](c)
	if err != nil {
		return nil, err
	}
	text, err := d.Plain()
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(text), nil
}

func bigDecimalInt64Exact(least, most int64) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		d, err := state[java.Decimal](c)
		if err != nil {
			return nil, err
		}
		n, err := d.Int64Exact()
		if err != nil {
			return nil, err
		}
		if n < least || n > most {
			return nil, &java.Exception{Class: "java.lang.ArithmeticException", Message: "Overflow"}
		}
		return a.vm.ToValue(n), nil
	}
}

func bigDecimalFunction(f func(java.Decimal) java.Decimal) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		d, err := state[java.Decimal](c)
		if err != nil {
			return nil, err
		}
		return a.same(c, f(d)), nil
	}
}

// operands returns the number that c was called on and its first argument.
func operands(c call) (d, e java.Decimal, err error) {
	if d, err = state[java.Decimal](c); err != nil {
		return d, e, err
	}
	e, err = decimalOf(c, java.DecimalValueOf)
	return d, e, err
}

func bigDecimalOperator(f func(d, e java.Decimal) (java.Decimal, error)) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		d, e, err := operands(c)
		if err != nil {
			return nil, err
		}
		result, err := f(d, e)
		if err != nil {
			return nil, err
		}
		return a.same(c, result), nil
	}
}

// bigDecimalByInt returns a method that takes an int.
func bigDecimalByInt(f func(d java.Decimal, n int) (java.Decimal, error)) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		d, err := state[java.Decimal](c)
		if err != nil {
			return nil, err
		}
		n, err := c.int(0, "n")
		if err != nil {
			return nil, err
		}
		if d, err = f(d, n); err != nil {
			return nil, err
		}
		return a.same(c, d), nil
	}
}

// bigDecimalDivide is divide(n), divide(n, rounding) and divide(n, scale, rounding).
func bigDecimalDivide(a *API, c call) (goja.Value, error) {
	d, e, err := operands(c)
	if err != nil {
		return nil, err
	}
	var quotient java.Decimal
	switch len(c.args) {
	case 1:
		quotient, err = d.Div(e)
	default:
		scale, last := d.Scale(), 1
		if len(c.args) > 2 {
			if scale, err = c.int(1, "scale"); err != nil {
				return nil, err
			}
			last = 2
		}
		var mode java.RoundingMode
		if mode, err = roundingMode(c.args[last]); err == nil {
			quotient, err = d.DivScale(e, scale, mode)
		}
	}
	if err != nil {
		return nil, err
	}
	return a.same(c, quotient), nil
}

func bigDecimalSetScale(a *API, c call) (goja.Value, error) {
	d, err := state[java.Decimal](c)
	if err != nil {
		return nil, err
	}
	if err := c.need(1, "(scale, roundingMode)"); err != nil {
		return nil, err
	}
	mode := java.RoundUnnecessary
	if len(c.args) > 1 {
		if mode, err = roundingMode(c.args[1]); err != nil {
			return nil, err
		}
	}
	scale, err := c.int(0, "newScale")
	if err != nil {
		return nil, err
	}
	if d, err = d.SetScale(scale, mode); err != nil {
		return nil, err
	}
	return a.same(c, d), nil
}

func bigDecimalCompareTo(a *API, c call) (goja.Value, error) {
	d, e, err := operands(c)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(d.Cmp(e)), nil
}

// roundingModes are the constants of java.math.RoundingMode.
var roundingModes = map[string]string{ //nolint:gochecknoglobals // a table, never changed
	"UP": "UP", "DOWN": "DOWN", "CEILING": "CEILING", "FLOOR": "FLOOR",
	"HALF_UP": "HALF_UP", "HALF_DOWN": "HALF_DOWN", "HALF_EVEN": "HALF_EVEN", "UNNECESSARY": "UNNECESSARY",
}

// oldRoundingModes are the constants that BigDecimal itself has for them.
var oldRoundingModes = map[string]string{ //nolint:gochecknoglobals // a table, never changed
	"ROUND_UP": "UP", "ROUND_DOWN": "DOWN", "ROUND_CEILING": "CEILING", "ROUND_FLOOR": "FLOOR",
	"ROUND_HALF_UP": "HALF_UP", "ROUND_HALF_DOWN": "HALF_DOWN", "ROUND_HALF_EVEN": "HALF_EVEN", "ROUND_UNNECESSARY": "UNNECESSARY",
}

// bigDecimalFields are the constants of java.math.BigDecimal that are numbers.
var bigDecimalFields = map[string]func(*API) goja.Value{ //nolint:gochecknoglobals // a table, never changed
	"ZERO": bigDecimalField(0), "ONE": bigDecimalField(1), "TEN": bigDecimalField(10),
}

func bigDecimalField(n int64) func(*API) goja.Value {
	return func(a *API) goja.Value { return a.bigDecimal(java.DecimalFromInt(n)) }
}

// roundingMode returns the mode of a name, or of one of BigDecimal's old constants.
func roundingMode(v goja.Value) (java.RoundingMode, error) {
	if !isNumber(v) {
		return java.ParseRoundingMode(v.String())
	}
	for mode := java.RoundUp; mode <= java.RoundUnnecessary; mode++ {
		if float64(mode) == v.ToFloat() {
			return mode, nil
		}
	}
	return 0, &java.Exception{Class: "java.lang.IllegalArgumentException", Message: "Invalid rounding mode"}
}

// roundingModeValueOf is RoundingMode.valueOf(name).
func roundingModeValueOf(a *API, c call) (goja.Value, error) {
	name, err := c.text(0, "name")
	if err != nil {
		return nil, err
	}
	if _, err := java.ParseRoundingMode(name); err != nil {
		return nil, err
	}
	return a.vm.ToValue(name), nil
}

// decimalValue returns d as a value of a data item.
func decimalValue(d java.Decimal) (hostapi.Decimal, error) {
	text := d.String()
	v, ok := hostapi.ParseDecimal(text)
	if !ok {
		return "", &java.Exception{Class: "java.lang.NumberFormatException", Message: strconv.Quote(text)}
	}
	return v, nil
}
