package jsapi

import (
	"maps"
	"strconv"
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/internal/java"
)

// dateFields are the fields of a date in the order of the constructors of Java: the year is
// counted from 1900 and the month from 0. Values out of range carry over to the next field.
type dateFields [7]int

var dateFieldNames = [len(dateFields{})]string{"year", "month", "date", "hours", "minutes", "seconds", "nanos"} //nolint:gochecknoglobals // never changed

func fieldsOf(t time.Time) dateFields {
	return dateFields{t.Year() - 1900, int(t.Month()) - 1, t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond()}
}

func (f dateFields) in(zone *time.Location) time.Time {
	// Months are carried over here, because the fields may be any int.
	month := (f[1]%12 + 12) % 12
	first := time.Date(1900+f[0]+(f[1]-month)/12, time.Month(month+1), 1, 0, 0, 0, 0, time.UTC)
	day, _ := addDays(first, int64(f[2])-1)
	seconds := int64(f[3])*60*60 + int64(f[4])*60 + int64(f[5])
	wall := time.Unix(day.Unix()+seconds, int64(f[6])).UTC()
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), zone)
}

// dateFromFields returns the date that the arguments of a constructor are the fields of.
func dateFromFields(a *API, c call) (time.Time, error) {
	var f dateFields
	for i := range c.args {
		var err error
		if f[i], err = c.int(i, dateFieldNames[i]); err != nil {
			return time.Time{}, err
		}
	}
	return f.in(a.javaZone()), nil
}

// dateSetters are the methods of java.util.Date that change it.
var dateSetters = members{ //nolint:gochecknoglobals // a table, never changed
	"setTime": func(_ *API, c call) (goja.Value, error) {
		if _, err := state[time.Time](c); err != nil {
			return nil, err
		}
		ms, err := c.long(0, "time")
		if err != nil {
			return nil, err
		}
		c.host.state = time.UnixMilli(ms)
		return goja.Undefined(), nil
	},
	"setYear":    dateSetter(0),
	"setMonth":   dateSetter(1),
	"setDate":    dateSetter(2),
	"setHours":   dateSetter(3),
	"setMinutes": dateSetter(4),
	"setSeconds": dateSetter(5),
}

// withSetters returns the members of a class of dates that can be changed.
func withSetters(m members) members {
	maps.Copy(m, dateSetters)
	return m
}

func dateSetter(field int) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		t, err := state[time.Time](c)
		if err != nil {
			return nil, err
		}
		f := fieldsOf(t.In(a.javaZone()))
		if f[field], err = c.int(0, dateFieldNames[field]); err != nil {
			return nil, err
		}
		c.host.state = f.in(a.javaZone())
		return goja.Undefined(), nil
	}
}

// timestampSetNanos sets the fraction of the second.
func timestampSetNanos(_ *API, c call) (goja.Value, error) {
	t, err := state[time.Time](c)
	if err != nil {
		return nil, err
	}
	n, err := c.int(0, "nanos")
	if err != nil {
		return nil, err
	}
	if n < 0 || n > 999_999_999 {
		return nil, &java.Exception{Class: "java.lang.IllegalArgumentException", Message: "nanos > 999999999 or < 0"}
	}
	c.host.state = time.Unix(t.Unix(), int64(n))
	return goja.Undefined(), nil
}

// dateArguments returns the exception for a number of arguments that no constructor has.
func dateArguments(c call, usage string) error {
	return &java.Exception{
		Class:   "java.lang.IllegalArgumentException",
		Message: "new " + c.op + " with " + strconv.Itoa(len(c.args)) + " arguments: write new " + c.op + usage,
	}
}
