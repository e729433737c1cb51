package jsapi

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// definitionClass is the definition of a data item, by which scripts read and write the
// item's value.
var definitionClass = newClass("data definition", members{ //nolint:gochecknoglobals // a table, never changed
	"getName":               getter(func(a *API, d *definition) goja.Value { return a.vm.ToValue(d.Name) }),
	"getNumber":             getter(func(a *API, d *definition) goja.Value { return a.vm.ToValue(d.Number) }),
	"getVarName":            getter(func(a *API, d *definition) goja.Value { return a.orNull(d.VarName) }),
	"matchDataType":         definitionMatchDataType,
	"getSubDataDefinitions": definitionGetSubDataDefinitions,
	"createListArray":       definitionCreateListArray,
})

// definition is the Go value of a data definition.
type definition struct {
	hostapi.Item
	object *goja.Object
}

// definitions returns the definitions of the task's data items.
func (a *API) definitions() []*definition {
	w := a.runState()
	if w.definitions == nil {
		for _, item := range a.host.Items() {
			item.Options = displayed(item.Options)
			d := &definition{Item: item}
			d.object = a.object(definitionClass, d)
			w.definitions = append(w.definitions, d)
		}
	}
	return w.definitions
}

// displayed returns options with their displays set; the default is the value.
func displayed(options []hostapi.Option) []hostapi.Option {
	if !slices.ContainsFunc(options, func(o hostapi.Option) bool { return o.Display == "" }) {
		return options
	}
	options = slices.Clone(options)
	for i := range options {
		options[i].Display = cmp.Or(options[i].Display, options[i].Value)
	}
	return options
}

func definitionMatchDataType(a *API, c call) (goja.Value, error) {
	d, err := state[*definition](c)
	if err != nil {
		return nil, err
	}
	query, err := c.text(0, "type")
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(d.Type.Matches(query)), nil
}

func definitionGetSubDataDefinitions(a *API, c call) (goja.Value, error) {
	d, err := state[*definition](c)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(d.Columns))
	for i, column := range d.Columns {
		items[i] = a.object(columnClass, column)
	}
	return a.newList(items), nil
}

func definitionCreateListArray(a *API, c call) (goja.Value, error) {
	d, err := state[*definition](c)
	if err != nil {
		return nil, err
	}
	if d.Type != hostapi.TypeList {
		return nil, invalid(c.op, "the data item "+strconv.Quote(d.Name)+" is not a table", "")
	}
	return a.object(tableClass, &table{definition: d}), nil
}

// columnClass is the definition of a column of a table.
var columnClass = newClass("column definition", members{ //nolint:gochecknoglobals // a table, never changed
	"getName":    getter(func(a *API, d hostapi.Column) goja.Value { return a.vm.ToValue(d.Name) }),
	"getVarName": getter(func(a *API, d hostapi.Column) goja.Value { return a.orNull(d.VarName) }),
	"matchDataType": func(a *API, c call) (goja.Value, error) {
		d, err := state[hostapi.Column](c)
		if err != nil {
			return nil, err
		}
		query, err := c.text(0, "type")
		return a.vm.ToValue(d.Type.Matches(query)), err
	},
})

// textOrEmpty returns v as text, "" for null and undefined.
func textOrEmpty(v goja.Value) string {
	if absent(v) {
		return ""
	}
	return v.String()
}
