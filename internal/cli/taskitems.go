package cli

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// items reads the data items of a task, in the order of the file.
func (t *table) items(to *task) {
	to.items, to.data = []hostapi.Item{}, make(map[string]any)
	names := slices.Sorted(maps.Keys(t.values))
	slices.SortStableFunc(names, func(a, b string) int {
		p, q := t.at(a), t.at(b)
		return cmp.Or(p.Line-q.Line, p.Column-q.Column)
	})
	for _, name := range names {
		sub := t.table(name)
		item, ok := sub.item(name)
		if !ok {
			continue
		}
		to.items = append(to.items, item)
		if v, ok := sub.itemValue(&item); ok {
			to.data[name] = v
		}
	}
	if _, err := hostapi.CheckItems(to.items); err != nil {
		e, _ := asHost(err)
		t.failWith(e.Name, err)
	}
}

// item reads the declaration of one item.
func (t *table) item(varName string) (hostapi.Item, bool) {
	t.only("type", "value", "name", "number", "options", "columns")
	if !t.has("type") {
		t.fail("", "has no type", `write type = "STRING"`)
		return hostapi.Item{}, false
	}
	itemType, err := hostapi.ParseItemType(t.text("type"))
	if err != nil {
		t.failWith("type", err)
		return hostapi.Item{}, false
	}
	item := hostapi.Item{
		VarName: varName, Type: itemType, Name: t.text("name"), Number: int(t.whole("number")),
		Options: t.options(),
	}
	if item.Options != nil && !itemType.Matches("SELECT") {
		t.fail("options", "only a select item has options", "")
	}
	item.Columns = t.columns()
	if _, err := hostapi.CheckItems([]hostapi.Item{item}); err != nil {
		t.failWith("columns", err)
		item.Columns = nil
	}
	return item, true
}

// itemValue reads the value of an item that has one.
func (t *table) itemValue(item *hostapi.Item) (any, bool) {
	raw, ok := t.any("value")
	if !ok {
		return nil, false
	}
	if _, isDate := raw.(time.Time); isDate {
		t.fail("value", "is a date without quotes", "write it in quotes")
		return nil, false
	}
	v, err := checkItem(*item, raw)
	if err != nil {
		t.failWith("value", err)
	}
	return v, err == nil
}

// options reads what there is to choose: values, or values with what people see.
func (t *table) options() []hostapi.Option {
	const want = `a list of options, such as ["a", { value = "b", display = "B" }]`
	var options []hostapi.Option
	for _, e := range t.list("options", want) {
		raw, _ := e.any("")
		switch v := raw.(type) {
		case string:
			options = append(options, hostapi.Option{Value: v, Display: v})
		case map[string]any:
			o := e.table("")
			o.only("value", "display")
			if !o.has("value") {
				o.fail("value", "is missing", "")
			}
			value := o.text("value")
			options = append(options, hostapi.Option{Value: value, Display: cmp.Or(o.text("display"), value)})
		default:
			e.fail("", "is neither text nor a table", "write "+want)
		}
	}
	return options
}

// columns reads the columns of a LIST.
func (t *table) columns() []hostapi.Column {
	var columns []hostapi.Column
	for _, c := range t.tables("columns", `a list of tables, such as [{ var_name = "price", type = "DECIMAL", scale = 2 }]`) {
		c.only("var_name", "name", "type", "scale", "options")
		column := hostapi.Column{
			VarName: c.text("var_name"), Name: c.text("name"), Type: hostapi.ItemType(c.text("type")), Options: c.options(),
		}
		if c.has("scale") {
			scale := int(min(c.whole("scale"), 100))
			column.Scale = &scale
		}
		columns = append(columns, column)
	}
	return columns
}
