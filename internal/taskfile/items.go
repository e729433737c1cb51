package taskfile

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// readItems reads the data items of a task, in the order of the file.
func readItems(t *stricttoml.Table, to *Task) {
	to.Items, to.Data = []hostapi.Item{}, make(map[string]any)
	for _, name := range t.Keys() {
		sub := t.Table(name)
		item, ok := readItem(sub, name)
		if !ok {
			continue
		}
		to.Items = append(to.Items, item)
		if v, ok := readItemValue(sub, &item); ok {
			to.Data[name] = v
		}
	}
	if _, err := hostapi.CheckItems(to.Items); err != nil {
		e, _ := asHost(err)
		t.FailWith(e.Name, err)
	}
}

// readItem reads the declaration of one item.
func readItem(t *stricttoml.Table, varName string) (hostapi.Item, bool) {
	t.Only("type", "value", "name", "number", "options", "columns")
	if !t.Has("type") {
		t.Fail("", "has no type", `write type = "STRING"`)
		return hostapi.Item{}, false
	}
	itemType, err := hostapi.ParseItemType(t.Text("type"))
	if err != nil {
		t.FailWith("type", err)
		return hostapi.Item{}, false
	}
	item := hostapi.Item{
		VarName: varName, Type: itemType, Name: t.Text("name"), Number: int(t.Whole("number")),
		Options: readOptions(t),
	}
	if item.Options != nil && !itemType.Matches("SELECT") {
		t.Fail("options", "only a select item has options", "")
	}
	item.Columns = readColumns(t)
	if _, err := hostapi.CheckItems([]hostapi.Item{item}); err != nil {
		t.FailWith("columns", err)
		item.Columns = nil
	}
	return item, true
}

// readItemValue reads the value of an item that has one.
func readItemValue(t *stricttoml.Table, item *hostapi.Item) (any, bool) {
	raw, ok := t.Any("value")
	if !ok {
		return nil, false
	}
	if _, isDate := raw.(time.Time); isDate {
		t.Fail("value", "is a date without quotes", "write it in quotes")
		return nil, false
	}
	if hasManyDigits(raw) {
		t.Fail("value", "has more digits than a TOML number keeps", "write it in quotes")
		return nil, false
	}
	v, err := checkItem(*item, raw)
	if err != nil {
		t.FailWith("value", err)
	}
	return v, err == nil
}

// hasManyDigits reports whether a number, or one in a list or table, was probably
// written with more digits than are left of it: every number of 15 digits is exact,
// and few that need 16 or 17 were meant to be.
func hasManyDigits(raw any) bool {
	switch v := raw.(type) {
	case float64:
		const exact = 15
		mantissa, _, _ := strings.Cut(strconv.FormatFloat(v, 'e', -1, 64), "e")
		return len(strings.Trim(mantissa, "-")) > exact+len(".")
	case []any:
		return slices.ContainsFunc(v, hasManyDigits)
	case map[string]any:
		for _, e := range v {
			if hasManyDigits(e) {
				return true
			}
		}
	case []map[string]any:
		for _, e := range v {
			if hasManyDigits(e) {
				return true
			}
		}
	}
	return false
}

// readOptions reads what there is to choose: values, or values with their labels.
func readOptions(t *stricttoml.Table) []hostapi.Option {
	const want = `a list of options, such as ["a", { value = "b", display = "B" }]`
	var options []hostapi.Option
	if t.Has("options") {
		options = []hostapi.Option{} // an empty list allows no text, none at all any
	}
	for _, e := range t.List("options", want) {
		raw, _ := e.Any("")
		switch v := raw.(type) {
		case string:
			options = append(options, hostapi.Option{Value: v, Display: v})
		case map[string]any:
			o := e.Table("")
			o.Only("value", "display")
			if !o.Has("value") {
				o.Fail("value", "is missing", "")
			}
			value := o.Text("value")
			options = append(options, hostapi.Option{Value: value, Display: cmp.Or(o.Text("display"), value)})
		default:
			e.Fail("", "is neither text nor a table", "write "+want)
		}
	}
	return options
}

// readColumns reads the columns of a LIST.
func readColumns(t *stricttoml.Table) []hostapi.Column {
	var columns []hostapi.Column
	for _, c := range t.Tables("columns", `a list of tables, such as [{ var_name = "price", type = "DECIMAL", scale = 2 }]`) {
		c.Only("var_name", "name", "type", "scale", "options")
		column := hostapi.Column{
			VarName: c.Text("var_name"), Name: c.Text("name"), Type: hostapi.ItemType(c.Text("type")), Options: readOptions(c),
		}
		if c.Has("scale") {
			scale := int(min(c.Whole("scale"), 100))
			column.Scale = &scale
		}
		columns = append(columns, column)
	}
	return columns
}
