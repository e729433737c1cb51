package jsapi

import (
	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// testDefinitionClass is the definition of a data item that a test has created.
var testDefinitionClass = newSubclass(definitionClass, "data definition", members{ //nolint:gochecknoglobals // a table, never changed
	"addSubDataDefinition":        definitionAddSubDataDefinition,
	"addDecimalSubDataDefinition": definitionAddDecimalSubDataDefinition,
	"addSelectSubDataDefinition":  definitionAddSelectSubDataDefinition,
})

// testItemDaoClass is the global itemDao of a test.
var testItemDaoClass = newSubclass(itemDaoClass, "itemDao", members{ //nolint:gochecknoglobals // a table, never changed
	"addItem": itemDaoAddItem,
})

func (*Testbed) anyItem() bool { return false }

func (t *Testbed) findData(d *definition) (goja.Value, error) {
	if v := t.values[d]; v != nil {
		return v, nil
	}
	return goja.Null(), nil
}

func (t *Testbed) setData(c call, d *definition, v goja.Value) error {
	value, err := t.stored(c.op, v)
	if err == nil {
		err = t.countStored(c.op, value)
	}
	if err == nil {
		t.values[d] = value
	}
	return err
}

func (t *Testbed) findByName(c call, _ string) (goja.Value, error) {
	d, err := t.api.definitionOf(c)
	if err != nil {
		return nil, err
	}
	return t.findData(d)
}

func (t *Testbed) setByName(c call, _ string, v goja.Value) error {
	d, err := t.api.definitionOf(c)
	if err != nil {
		return err
	}
	return t.setData(c, d, v)
}

// stored returns v in the form in which a test stores it: an array becomes a list. Other
// values are not converted to the type of the item.
func (t *Testbed) stored(op string, v goja.Value) (goja.Value, error) {
	if goja.IsUndefined(v) {
		return goja.Null(), nil
	}
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "Array" || isList(t.api, v) {
		return v, nil
	}
	items, err := elementsOf(op, o)
	if err != nil {
		return nil, err
	}
	return t.api.newList(items), nil
}

// countStored counts the text and the files of a value towards the limit of a test, see
// limitOfTest.
func (t *Testbed) countStored(op string, v goja.Value) error {
	size, err := storedBytes(op, v)
	if err != nil {
		return err
	}
	usual := hostapi.DefaultLimits().DataBytes
	if t.api.dataBytes < usual {
		t.written += size
		size = t.written
	}
	if most := limitOfTest(t.api.dataBytes, usual); size > most {
		return reached(op, "data_bytes", hostapi.Limits{DataBytes: most})
	}
	return nil
}

// storedBytes returns the size of text, a file or a list of them.
func storedBytes(op string, v goja.Value) (int64, error) {
	if text, ok := v.(goja.String); ok {
		return int64(text.Length()), nil
	}
	if f, ok := stateOf[*hostapi.File](v); ok {
		return f.Length(), nil
	}
	list, ok := v.(*goja.Object)
	if !ok || list.ClassName() != "Array" {
		return 0, nil
	}
	length := list.Get("length").ToInteger()
	if err := walkable(op, length); err != nil {
		return 0, err
	}
	size := int64(0)
	for i := range length {
		switch e := at(list, i).(type) {
		case goja.String:
			size += int64(e.Length())
		case *goja.Object:
			if f, ok := stateOf[*hostapi.File](e); ok {
				size += f.Length()
			}
		}
	}
	return size, nil
}

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

// definitionAddDecimalSubDataDefinition takes the scale as its third argument. It ignores
// the two after it, which are about the display of the number.
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

func itemDaoAddItem(_ *API, c call) (goja.Value, error) {
	d, ok := stateOf[*definition](c.arg(0))
	if !ok {
		return nil, invalid(c.op, "the first argument is "+typeName(c.arg(0))+", not a data definition", "")
	}
	option, ok := stateOf[*hostapi.Option](c.arg(1))
	if !ok {
		return nil, invalid(c.op, "the second argument is "+typeName(c.arg(1))+", not an item", "write engine.createItem(value, display)")
	}
	d.Options = append(d.Options, *option)
	return goja.Undefined(), nil
}
