package jsapi

import (
	"cmp"
	"errors"
	"strconv"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/java"
)

// table is the value of a LIST item: rows of text cells under the columns of a definition.
// A table of the older dialect has no columns; its cells are identified by index only.
type table struct {
	definition *definition
	rows       []*row
}

type row struct {
	table  *table // nil: a row of the older dialect
	cells  []string
	object *goja.Object // created once, so that a row is always the same object for a script
}

// size returns the number of cells of the row. A test may have added columns after the row
// was created.
func (r *row) size() int {
	for len(r.cells) < len(r.table.columns()) {
		r.cells = append(r.cells, "")
	}
	return len(r.cells)
}

func (t *table) columns() []hostapi.Column {
	if t == nil || t.definition == nil {
		return nil
	}
	return t.definition.Columns
}

// tableClass is a table.
var tableClass = newClass("ScriptListArray", members{ //nolint:gochecknoglobals // a table, never changed
	"size":    getter(func(a *API, t *table) goja.Value { return a.vm.ToValue(len(t.rows)) }),
	"isEmpty": getter(func(a *API, t *table) goja.Value { return a.vm.ToValue(len(t.rows) == 0) }),
	"addRow":  getter(tableAddRow),
	"getRow":  tableGetRow,
	"get":     tableGet,
})

func tableAddRow(a *API, t *table) goja.Value {
	r := &row{table: t}
	t.rows = append(t.rows, r)
	return a.row(r)
}

func (a *API) row(r *row) *goja.Object {
	if r.object == nil {
		r.object = a.object(rowClass, r)
	}
	return r.object
}

func (t *table) row(c call) (*row, error) {
	i, err := listIndex(c, 0, int64(len(t.rows)))
	if err != nil {
		return nil, err
	}
	return t.rows[i], nil
}

func tableGetRow(a *API, c call) (goja.Value, error) {
	t, err := state[*table](c)
	if err != nil {
		return nil, err
	}
	r, err := t.row(c)
	if err != nil {
		return nil, err
	}
	return a.row(r), nil
}

func tableGet(a *API, c call) (goja.Value, error) {
	t, err := state[*table](c)
	if err != nil {
		return nil, err
	}
	r, err := t.row(c)
	if err != nil {
		return nil, err
	}
	i, err := r.column(c, 1)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(r.cells[i]), nil
}

// rowClass is a row of a table.
var rowClass = newClass("row", members{ //nolint:gochecknoglobals // a table, never changed
	"size":      getter(func(a *API, r *row) goja.Value { return a.vm.ToValue(r.size()) }),
	"get":       rowGet,
	"getObject": rowGetObject,
	"setCol":    rowPut,
	"put":       rowPut,
})

// column returns the index of a column; argument i is its number or variable name.
func (r *row) column(c call, i int) (int, error) {
	size := r.size()
	if name, ok := c.arg(i).(goja.String); ok {
		for n, column := range r.table.columns() {
			if column.VarName == name.String() {
				return n, nil
			}
		}
		if _, err := strconv.Atoi(name.String()); err != nil {
			return 0, &java.Exception{Class: "java.lang.IllegalArgumentException", Message: "the table has no column " + strconv.Quote(name.String())}
		}
	}
	n, err := listIndex(c, i, int64(size))
	return int(n), err
}

func rowGet(a *API, c call) (goja.Value, error) {
	r, err := state[*row](c)
	if err != nil {
		return nil, err
	}
	i, err := r.column(c, 0)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(r.cells[i]), nil
}

// rowGetObject returns a cell as a value of its column's type, null if it is empty.
func rowGetObject(a *API, c call) (goja.Value, error) {
	r, err := state[*row](c)
	if err != nil {
		return nil, err
	}
	i, err := r.column(c, 0)
	if err != nil {
		return nil, err
	}
	text := r.cells[i]
	if text == "" {
		return goja.Null(), nil
	}
	switch column := r.columnAt(i); {
	case column.Type == hostapi.TypeDecimal:
		d, err := java.ParseDecimal(text)
		if err != nil {
			return nil, err
		}
		return a.bigDecimal(d), nil
	case column.Type.Matches("DATE"):
		t, err := java.ParseDate(text, a.javaZone())
		if err != nil {
			return nil, err
		}
		return a.object(sqlDateClass, t), nil
	}
	return a.vm.ToValue(text), nil
}

func (r *row) columnAt(i int) hostapi.Column {
	if columns := r.table.columns(); i < len(columns) {
		return columns[i]
	}
	return hostapi.Column{Type: hostapi.TypeString}
}

// rowPut sets a cell.
func rowPut(_ *API, c call) (goja.Value, error) {
	r, err := state[*row](c)
	if err != nil {
		return nil, err
	}
	i, err := r.column(c, 0)
	if err != nil {
		return nil, err
	}
	text, err := cellText(r.columnAt(i), textOrEmpty(c.arg(1)))
	if err != nil {
		return nil, err
	}
	r.cells[i] = text
	return goja.Undefined(), nil
}

// cellText returns text in the form of a cell of the column: a number is rounded half up
// to the digits after the point that the column shows.
func cellText(column hostapi.Column, text string) (string, error) {
	if text == "" || column.Type != hostapi.TypeDecimal || column.Scale == nil {
		return text, nil
	}
	d, err := java.ParseDecimal(text)
	if e, ok := errors.AsType[*java.Exception](err); ok {
		return "", &java.Exception{Class: e.Class, Message: "column " + strconv.Quote(cmp.Or(column.VarName, column.Name)) + ": " + brief(strconv.Quote(text)) + " is not a number: " + e.Message}
	}
	if d, err = d.SetScale(*column.Scale, java.RoundHalfUp); err != nil {
		return "", err
	}
	return d.Plain()
}

// listArrayClass and listRowClass are the tables of the older dialect.
var (
	listArrayClass = newSubclass(tableClass, "ListArray", members{ //nolint:gochecknoglobals // a table, never changed
		"addRow": listArrayAddRow,
	})
	listRowClass = newSubclass(rowClass, "ListRow", members{ //nolint:gochecknoglobals // a table, never changed
		"addCol": listRowAddCol,
	})
)

func newListArray(a *API, _ call) (goja.Value, error) { return a.object(listArrayClass, &table{}), nil }

func newListRow(a *API, _ call) (goja.Value, error) {
	r := &row{}
	r.object = a.object(listRowClass, r)
	return r.object, nil
}

func listArrayAddRow(_ *API, c call) (goja.Value, error) {
	t, err := state[*table](c)
	if err != nil {
		return nil, err
	}
	r, ok := stateOf[*row](c.arg(0))
	if !ok {
		return nil, invalid(c.op, "needs a row, got "+typeName(c.arg(0)), "")
	}
	t.rows = append(t.rows, r)
	return goja.Undefined(), nil
}

func listRowAddCol(_ *API, c call) (goja.Value, error) {
	r, err := state[*row](c)
	if err != nil {
		return nil, err
	}
	r.cells = append(r.cells, textOrEmpty(c.arg(0)))
	return goja.Undefined(), nil
}

// table returns t as the value of a data item with these columns. A row may occur in
// it several times.
func (e *exporter) table(t *table, columns []hostapi.Column) (any, error) {
	rows := make([]any, len(t.rows))
	for i, r := range t.rows {
		if err := e.spend(8); err != nil {
			return nil, err
		}
		if err := e.api.goesOn(e.op, 0); err != nil { // a long number takes long to round
			return nil, err
		}
		cells := make(map[string]any, min(r.size(), len(columns)))
		for n, text := range r.cells {
			if n >= len(columns) {
				return nil, invalid("setData", "row "+strconv.Itoa(i+1)+" has more cells than the table has columns", "")
			}
			if err := e.spend(8 + int64(len(text))); err != nil {
				return nil, err
			}
			text, err := cellText(columns[n], text)
			if err != nil {
				return nil, err
			}
			cells[columns[n].VarName] = text
		}
		rows[i] = cells
	}
	return rows, nil
}

// tableOf returns the value of a LIST item as a table.
func tableOf(d *definition, value any) *table {
	t := &table{definition: d}
	rows, _ := value.([]any)
	for _, v := range rows {
		cells, _ := v.(map[string]any)
		r := &row{table: t, cells: make([]string, len(d.Columns))}
		for i, column := range d.Columns {
			text, _ := cells[column.VarName].(string)
			if shown, err := cellText(column, text); err == nil {
				text = shown
			}
			r.cells[i] = text
		}
		t.rows = append(t.rows, r)
	}
	return t
}
