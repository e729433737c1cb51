package jsapi

import (
	"strconv"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// definitionClass is the definition of a data item: what scripts read and write
// the item's value by.
var (
	definitionClass = newClass("data definition", members{ //nolint:gochecknoglobals // a table, never changed
		"getName":               getter(func(a *API, d *definition) goja.Value { return a.vm.ToValue(d.Name) }),
		"getNumber":             getter(func(a *API, d *definition) goja.Value { return a.vm.ToValue(d.Number) }),
		"getVarName":            getter(func(a *API, d *definition) goja.Value { return a.orNull(d.VarName) }),
		"matchDataType":         definitionMatchDataType,
		"getSubDataDefinitions": definitionGetSubDataDefinitions,
		"createListArray":       definitionCreateListArray,
	})
	testDefinitionClass = newSubclass(definitionClass, "data definition", members{ //nolint:gochecknoglobals // a table, never changed
		"addSubDataDefinition":        definitionAddSubDataDefinition,
		"addDecimalSubDataDefinition": definitionAddDecimalSubDataDefinition,
		"addSelectSubDataDefinition":  definitionAddSelectSubDataDefinition,
	})
)

// definition is a data item. In a test it also holds the item's value, so that
// two definitions never share one.
type definition struct {
	hostapi.Item
	object *goja.Object
	value  goja.Value
}

// definitions returns those of the task.
func (a *API) definitions() []*definition {
	w := a.workflow()
	if w.definitions == nil && a.tests == nil {
		for _, item := range a.host.Items() {
			d := &definition{Item: item}
			d.object = a.object(definitionClass, d)
			w.definitions = append(w.definitions, d)
		}
	}
	return w.definitions
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
		return nil, invalid(c.op, "the data item "+strconv.Quote(d.Name)+" is no table", "")
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

// addColumn adds the column that the first two arguments of c name.
func addColumn(c call, column hostapi.Column) (goja.Value, error) {
	d, err := state[*definition](c)
	if err != nil {
		return nil, err
	}
	column.Name, column.VarName = c.arg(0).String(), textOrEmpty(c.arg(1))
	if _, err := hostapi.CheckItems([]hostapi.Item{{VarName: "table", Type: hostapi.TypeList, Columns: []hostapi.Column{{VarName: "column", Type: column.Type}}}}); err != nil {
		return nil, c.wrong(err)
	}
	d.Columns = append(d.Columns, column)
	return goja.Undefined(), nil
}

func definitionAddSubDataDefinition(_ *API, c call) (goja.Value, error) {
	kind, err := c.text(2, "type")
	if err != nil {
		return nil, err
	}
	return addColumn(c, hostapi.Column{Type: hostapi.ItemType(kind)})
}

// definitionAddDecimalSubDataDefinition takes the scale as its third argument;
// the two switches after it say how the product shows the number.
func definitionAddDecimalSubDataDefinition(_ *API, c call) (goja.Value, error) {
	column := hostapi.Column{Type: hostapi.TypeDecimal}
	if v := c.arg(2); !absent(v) {
		scale, err := c.count(2, "scale", 100)
		if err != nil {
			return nil, err
		}
		column.Scale = &scale
	}
	return addColumn(c, column)
}

func definitionAddSelectSubDataDefinition(_ *API, c call) (goja.Value, error) {
	column := hostapi.Column{Type: hostapi.TypeSelectSingle}
	for _, v := range c.args[min(2, len(c.args)):] {
		column.Options = append(column.Options, hostapi.Option{Value: v.String(), Display: v.String()})
	}
	return addColumn(c, column)
}

// textOrEmpty returns v as text, and nothing for null and undefined.
func textOrEmpty(v goja.Value) string {
	if absent(v) {
		return ""
	}
	return v.String()
}
