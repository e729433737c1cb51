package jsapi

import (
	"slices"
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/internal/java"
)

// The date classes differ in their text form and in their methods that add. None has
// toJSON, because scripts detect them with instanceof in a replacer of JSON.stringify.
var (
	dateClass = newClass("Date", withSetters(members{ //nolint:gochecknoglobals // a table, never changed
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

		"getTimezoneOffset": datePart(minutesBehindUTC),
		"toGMTString": dateText(func(t time.Time, _ *time.Location) string {
			return formatDate("d MMM yyyy HH:mm:ss 'GMT'", t, time.UTC)
		}),
		"toLocaleString": dateToString("MMM d, yyyy, h:mm:ss a"),
		"clone":          dateClone,
	})).countedBy(func(state any) float64 {
		t, _ := state.(time.Time)
		return float64(t.UnixMilli())
	})
	sqlDateClass = newSubclass(dateClass, "Date", members{ //nolint:gochecknoglobals // a table, never changed
		"toString": dateText(java.FormatDate),
	})
	timestampClass = newSubclass(dateClass, "Timestamp", members{ //nolint:gochecknoglobals // a table, never changed
		"toString": dateText(java.FormatTimestamp),
		"setNanos": timestampSetNanos,
		"getNanos": getter(func(a *API, t time.Time) goja.Value { return a.vm.ToValue(t.Nanosecond()) }),
	})
	addableDateClass      = newSubclass(sqlDateClass, "AddableDate", addableDate)    //nolint:gochecknoglobals // a table, never changed
	addableTimestampClass = newSubclass(timestampClass, "AddableTimestamp", addable) //nolint:gochecknoglobals // a table, never changed
)

// newDate returns the constructor of a date class. It takes the milliseconds since 1970,
// default: now; or as many fields of a date as one of the numbers in fields.
func newDate(of *class, usage string, fields ...int) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		var t time.Time
		var err error
		switch n := len(c.args); {
		case n == 0:
			t = time.Now().Truncate(time.Millisecond)
		case n == 1:
			var ms int64
			ms, err = c.long(0, "the milliseconds since 1970")
			t = time.UnixMilli(ms)
		case slices.Contains(fields, n):
			t, err = dateFromFields(a, c)
		default:
			err = dateArguments(c, usage)
		}
		if err != nil {
			return nil, err
		}
		return a.object(of, t), nil
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
	return dateText(func(t time.Time, zone *time.Location) string { return formatDate(pattern, t, zone) })
}

func formatDate(pattern string, t time.Time, zone *time.Location) string {
	f, err := java.NewSimpleDateFormat(pattern, java.Locale{}, zone)
	if err != nil {
		return ""
	}
	return f.Format(t)
}

func minutesBehindUTC(t time.Time) int {
	_, seconds := t.Zone()
	return -seconds / 60
}

// dateClone returns a copy, which setters of one do not change.
func dateClone(a *API, c call) (goja.Value, error) {
	t, err := state[time.Time](c)
	if err != nil {
		return nil, err
	}
	return a.same(c, t), nil
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
