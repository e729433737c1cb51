package jsapi

import (
	"strconv"
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/java"
)

// itemValue converts the value of a data item to that of its type in a script.
func (a *API) itemValue(d *definition, value any) (goja.Value, error) {
	if value == nil {
		return goja.Null(), nil
	}
	switch t := d.Type; {
	case t == hostapi.TypeDecimal:
		n, err := decimalFrom(value)
		if err != nil {
			return nil, err
		}
		return a.bigDecimal(n), nil
	case t == hostapi.TypeDatetime:
		text, _ := value.(string)
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, mistyped(d)
		}
		return a.object(addableTimestampClass, at), nil
	case t.Matches("DATE"):
		text, _ := value.(string)
		at, err := java.ParseDate(text, a.javaZone())
		if err != nil {
			return nil, mistyped(d)
		}
		return a.object(addableDateClass, at), nil
	case t.Matches("SELECT"):
		return a.itemList(d, value, func(v any) goja.Value {
			text, _ := v.(string)
			return a.item(d.Options, text)
		})
	case t == hostapi.TypeFile:
		return a.itemList(d, value, a.value)
	case t == hostapi.TypeList:
		return a.object(tableClass, tableOf(d, value)), nil
	}
	return a.value(value), nil
}

func (a *API) itemList(d *definition, value any, convert func(any) goja.Value) (goja.Value, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, mistyped(d)
	}
	items := make([]any, len(list))
	for i, v := range list {
		items[i] = convert(v)
	}
	return a.newList(items), nil
}

func mistyped(d *definition) error {
	return &hostapi.Error{Code: hostapi.CodeInternal, Op: "findData", Name: d.VarName, Message: "the host's value is not one of " + string(d.Type)}
}

func decimalFrom(value any) (java.Decimal, error) {
	switch v := value.(type) {
	case hostapi.Decimal:
		return java.ParseDecimal(string(v))
	case float64:
		return java.ParseDecimal(strconv.FormatFloat(v, 'g', -1, 64)) // Double.toString may differ, for the smallest
	}
	return java.Decimal{}, &java.Exception{Class: "java.lang.NumberFormatException"}
}

// exportItem converts v to a value of the data item.
func (a *API) exportItem(op string, d *definition, v goja.Value) (any, error) {
	if t, ok := stateOf[*table](v); ok && d.Type == hostapi.TypeList {
		e := exporter{api: a, op: op, left: a.dataBytes}
		return e.table(t, d.Columns)
	}
	return a.export(op, v)
}

// host converts a host object to a value of a data item; ok is false if no type of data
// item has such values.
func (e *exporter) host(o *object) (value any, ok bool, err error) {
	switch s := o.state.(type) {
	case java.Decimal:
		d, err := decimalValue(s)
		e.left -= int64(len(d))
		return d, true, err
	case time.Time:
		text, err := e.time(o.class, s)
		return text, true, err
	case *hostapi.Option:
		e.left -= int64(len(s.Value))
		return s.Value, true, nil
	case *hostapi.File:
		e.left -= int64(len(s.Content))
		return s, true, nil
	case *user:
		return s.User, true, nil
	case *group:
		return s.Group, true, nil
	case *table:
		value, err := e.table(s, s.columns())
		return value, true, err
	}
	return nil, false, nil
}

// time formats a date for a data item: a day, or a time with the offset of the process's
// time zone. The year must have four digits.
func (e *exporter) time(class *class, t time.Time) (string, error) {
	zone := e.api.engineZone()
	if class.is(sqlDateClass) {
		zone = e.api.javaZone()
	}
	t = t.In(zone)
	if _, offset := t.Zone(); offset%60 != 0 && !class.is(sqlDateClass) { // as of historical zones, which RFC 3339 cannot express
		t = t.UTC()
	}
	if year := t.Year(); year < 1 || year > 9999 {
		return "", invalid(e.op, "the year of the date is not one of 1 to 9999, which a data item holds", "")
	}
	if class.is(sqlDateClass) {
		return java.FormatDate(t, zone), nil
	}
	return t.Format(time.RFC3339Nano), nil
}
