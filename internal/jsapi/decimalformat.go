package jsapi

import (
	"math"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/internal/java"
)

// decimalFormatClass is java.text.DecimalFormat.
var decimalFormatClass = newClass("DecimalFormat", members{ //nolint:gochecknoglobals // a table, never changed
	"format":          decimalFormatFormat,
	"parse":           decimalFormatParse,
	"setRoundingMode": decimalFormatSetRoundingMode,
})

func newDecimalFormat(a *API, c call) (goja.Value, error) {
	pattern, err := c.text(0, "pattern")
	if err != nil {
		return nil, err
	}
	f, err := java.NewDecimalFormat(pattern)
	if err != nil {
		return nil, err
	}
	return a.object(decimalFormatClass, f), nil
}

func decimalFormatFormat(a *API, c call) (goja.Value, error) {
	f, err := state[*java.DecimalFormat](c)
	if err != nil {
		return nil, err
	}
	if x, ok := fractionOf(c.arg(0)); ok {
		return a.vm.ToValue(f.FormatFloat(x)), nil
	}
	d, err := decimalOf(c, java.DecimalValueOf)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(f.Format(d)), nil
}

func decimalFormatSetRoundingMode(_ *API, c call) (goja.Value, error) {
	f, err := state[*java.DecimalFormat](c)
	if err != nil {
		return nil, err
	}
	if err := c.need(1, "(mode)"); err != nil {
		return nil, err
	}
	mode, err := roundingMode(c.args[0])
	if err != nil {
		return nil, err
	}
	if mode == java.RoundUnnecessary {
		return nil, invalid(c.op, "the mode UNNECESSARY is not supported here", "use setScale of java.math.BigDecimal")
	}
	f.Rounding = mode
	return goja.Undefined(), nil
}

// fractionOf returns a number that is not whole.
func fractionOf(v goja.Value) (x float64, ok bool) {
	v = primitive(v)
	if _, isObject := v.(*goja.Object); isObject || v == nil {
		return 0, false
	}
	x, ok = v.Export().(float64)
	return x, ok && (x != math.Trunc(x) || math.IsInf(x, 0))
}

func decimalFormatParse(a *API, c call) (goja.Value, error) {
	f, err := state[*java.DecimalFormat](c)
	if err != nil {
		return nil, err
	}
	text, err := c.text(0, "text")
	if err != nil {
		return nil, err
	}
	d, err := f.Parse(text)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(d.Float64()), nil
}
