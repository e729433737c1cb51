package jsapi

import (
	"github.com/dop251/goja"

	"github.com/postern-dev/postern/internal/java"
)

// decimalFormatClass is java.text.DecimalFormat.
var decimalFormatClass = newClass("DecimalFormat", members{ //nolint:gochecknoglobals // a table, never changed
	"format": decimalFormatFormat,
	"parse":  decimalFormatParse,
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
	d, err := decimalOf(c, java.DecimalValueOf)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(f.Format(d)), nil
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
