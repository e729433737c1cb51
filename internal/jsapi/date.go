package jsapi

import (
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/internal/java"
)

// The date classes differ in their text form and in their methods that add. None has
// toJSON, because scripts detect them with instanceof in a replacer of JSON.stringify.
var (
	dateClass = newClass("Date", members{ //nolint:gochecknoglobals // a table, never changed
		"getTime":    getter(func(a *API, t time.Time) goja.Value { return a.vm.ToValue(t.UnixMilli()) }),
		"before":     dateCompare(func(order int) bool { return order < 0 }),
		"after":      dateCompare(func(order int) bool { return order > 0 }),
		"equals":     objectEquals,
		"compareTo":  dateCompareTo,
		"toString":   dateToString("EEE MMM dd HH:mm:ss z yyyy"),
		"getYear":    datePart(func(t time.Time) int { return t.Year() - 1900 }),
		"getMonth":   datePart(func(t time.Time) int { return int(t.Month()) - 1 }),
		"getDate":    datePart(time.Time.Day),
		"getDay":     datePart(func(t time.Time) int { return int(t.Weekday()) }),
		"getHours":   datePart(time.Time.Hour),
		"getMinutes": datePart(time.Time.Minute),
		"getSeconds": datePart(time.Time.Second),
	})
	sqlDateClass = newSubclass(dateClass, "Date", members{ //nolint:gochecknoglobals // a table, never changed
		"toString": dateText(java.FormatDate),
	})
	timestampClass = newSubclass(dateClass, "Timestamp", members{ //nolint:gochecknoglobals // a table, never changed
		"toString": dateText(java.FormatTimestamp),
		"getNanos": getter(func(a *API, t time.Time) goja.Value { return a.vm.ToValue(t.Nanosecond()) }),
	})
	addableDateClass      = newSubclass(sqlDateClass, "AddableDate", addableDate)    //nolint:gochecknoglobals // a table, never changed
	addableTimestampClass = newSubclass(timestampClass, "AddableTimestamp", addable) //nolint:gochecknoglobals // a table, never changed
)

// newDate returns the constructor of a date class. It takes the milliseconds since 1970;
// default: now.
func newDate(of *class) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		if len(c.args) == 0 {
			return a.object(of, time.Now().Truncate(time.Millisecond)), nil
		}
		ms, err := c.long(0, "the milliseconds since 1970")
		if err != nil {
			return nil, err
		}
		return a.object(of, time.UnixMilli(ms)), nil
	}
}

// timeOf returns the time of a date object, if v is one.
func timeOf(v goja.Value) (time.Time, bool) { return stateOf[time.Time](v) }

// dateOf returns argument i, a date object or a Date of JavaScript.
func dateOf(c call, i int) (time.Time, error) {
	t, ok := timeOf(c.arg(i))
	if o, isObject := c.arg(i).(*goja.Object); isObject && o.ClassName() == "Date" {
		t, ok = o.Export().(time.Time) // not ok for an invalid one
	}
	if !ok {
		return t, &java.Exception{Class: "java.lang.IllegalArgumentException", Message: c.title() + " needs a date, got " + typeName(c.arg(i))}
	}
	return t, nil
}

func dateOrder(c call) (int, error) {
	t, err := state[time.Time](c)
	if err != nil {
		return 0, err
	}
	u, err := dateOf(c, 0)
	return t.Compare(u), err
}

func dateCompare(answer func(order int) bool) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		order, err := dateOrder(c)
		return a.vm.ToValue(answer(order)), err
	}
}

func dateCompareTo(a *API, c call) (goja.Value, error) {
	order, err := dateOrder(c)
	return a.vm.ToValue(order), err
}

func dateText(format func(time.Time, *time.Location) string) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		t, err := state[time.Time](c)
		if err != nil {
			return nil, err
		}
		return a.vm.ToValue(format(t, a.javaZone())), nil
	}
}

func dateToString(pattern string) func(*API, call) (goja.Value, error) {
	return dateText(func(t time.Time, zone *time.Location) string {
		f, err := java.NewSimpleDateFormat(pattern, java.Locale{}, zone)
		if err != nil {
			return ""
		}
		return f.Format(t)
	})
}

func datePart(part func(time.Time) int) func(*API, call) (goja.Value, error) {
	return getter(func(a *API, t time.Time) goja.Value { return a.vm.ToValue(part(t.In(a.javaZone()))) })
}

func timestampValueOf(a *API, c call) (goja.Value, error) {
	t, err := java.ParseTimestamp(c.arg(0).String(), a.javaZone())
	if err != nil {
		return nil, err
	}
	return a.object(timestampClass, t), nil
}

func sqlDateValueOf(a *API, c call) (goja.Value, error) {
	t, err := java.ParseDate(c.arg(0).String(), a.javaZone())
	if err != nil {
		return nil, err
	}
	return a.object(sqlDateClass, t), nil
}
