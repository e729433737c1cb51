package jsapi

import (
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/internal/java"
)

// simpleDateFormatClass is java.text.SimpleDateFormat.
var simpleDateFormatClass = newClass("SimpleDateFormat", members{ //nolint:gochecknoglobals // a table, never changed
	"format":      simpleDateFormatFormat,
	"parse":       simpleDateFormatParse,
	"setLenient":  simpleDateFormatSetLenient,
	"setTimeZone": simpleDateFormatSetTimeZone,
})

// simpleDateFormat keeps its arguments, because setTimeZone compiles the format again.
type simpleDateFormat struct {
	pattern string
	locale  java.Locale
	strict  bool
	*java.SimpleDateFormat
}

// localeClass is java.util.Locale, which only SimpleDateFormat uses.
var localeClass = newClass("Locale", members{ //nolint:gochecknoglobals // a table, never changed
	"getLanguage": getter(func(a *API, l java.Locale) goja.Value { return a.vm.ToValue(l.Language) }),
	"getCountry":  getter(func(a *API, l java.Locale) goja.Value { return a.vm.ToValue(l.Country) }),
	"toString":    getter(func(a *API, l java.Locale) goja.Value { return a.vm.ToValue(l.String()) }),
})

// localeFields are the constants of java.util.Locale for Japanese and English, the languages
// that SimpleDateFormat knows.
var localeFields = map[string]func(*API) goja.Value{ //nolint:gochecknoglobals // a table, never changed
	"ENGLISH":  localeField(java.Locale{Language: "en"}),
	"JAPAN":    localeField(java.Locale{Language: "ja", Country: "JP"}),
	"JAPANESE": localeField(java.Locale{Language: "ja"}),
	"ROOT":     localeField(java.Locale{}),
	"UK":       localeField(java.Locale{Language: "en", Country: "GB"}),
	"US":       localeField(java.Locale{Language: "en", Country: "US"}),
}

func localeField(l java.Locale) func(*API) goja.Value {
	return func(a *API) goja.Value { return a.object(localeClass, l) }
}

func newLocale(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(language, country, variant)"); err != nil {
		return nil, err
	}
	var parts [3]string
	for i := range c.args[:min(len(c.args), len(parts))] {
		var err error
		if parts[i], err = c.text(i, []string{"language", "country", "variant"}[i]); err != nil {
			return nil, err
		}
	}
	return a.object(localeClass, java.NewLocale(parts[0], parts[1], parts[2])), nil
}

func newSimpleDateFormat(a *API, c call) (goja.Value, error) {
	pattern, err := c.text(0, "pattern")
	if err != nil {
		return nil, err
	}
	f := &simpleDateFormat{pattern: pattern}
	if v := c.arg(1); !absent(v) {
		var ok bool
		if f.locale, ok = stateOf[java.Locale](v); !ok {
			return nil, invalid(c.op, "the second argument is "+typeName(v)+", not a Locale", "write new java.util.Locale(…)")
		}
	}
	if f.SimpleDateFormat, err = java.NewSimpleDateFormat(pattern, f.locale, a.javaZone()); err != nil {
		return nil, err
	}
	return a.object(simpleDateFormatClass, f), nil
}

func simpleDateFormatFormat(a *API, c call) (goja.Value, error) {
	f, err := state[*simpleDateFormat](c)
	if err != nil {
		return nil, err
	}
	if isNumber(c.arg(0)) { // as java.text.DateFormat does, which takes any Object
		ms, err := c.long(0, "the milliseconds since 1970")
		if err != nil {
			return nil, err
		}
		return a.vm.ToValue(f.Format(time.UnixMilli(ms))), nil
	}
	t, err := dateOf(c, 0)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(f.Format(t)), nil
}

func simpleDateFormatParse(a *API, c call) (goja.Value, error) {
	f, err := state[*simpleDateFormat](c)
	if err != nil {
		return nil, err
	}
	text, err := c.text(0, "text")
	if err != nil {
		return nil, err
	}
	parse := f.Parse
	if f.strict {
		parse = f.ParseStrict
	}
	t, err := parse(text)
	if err != nil {
		return nil, err
	}
	return a.object(dateClass, t), nil
}

func simpleDateFormatSetLenient(_ *API, c call) (goja.Value, error) {
	f, err := state[*simpleDateFormat](c)
	if err != nil {
		return nil, err
	}
	lenient, err := c.flag(0, "lenient")
	f.strict = err == nil && !lenient
	return goja.Undefined(), err
}

func simpleDateFormatSetTimeZone(_ *API, c call) (goja.Value, error) {
	f, err := state[*simpleDateFormat](c)
	if err != nil {
		return nil, err
	}
	zone, err := zoneOf(c, 0)
	if err != nil {
		return nil, err
	}
	f.SimpleDateFormat, err = java.NewSimpleDateFormat(f.pattern, f.locale, zone)
	return goja.Undefined(), err
}

// dateFormatterClass is the global dateFormatter.
var dateFormatterClass = newClass("dateFormatter", members{ //nolint:gochecknoglobals // a table, never changed
	"format": dateFormatterFormat,
	"parse":  dateFormatterParse,
})

// dateFormatterFormat is format(pattern, date) and format(zone, pattern, date).
func dateFormatterFormat(a *API, c call) (goja.Value, error) {
	f, last, err := a.dateFormatter(c, "(pattern, date) or (zone, pattern, date)")
	if err != nil {
		return nil, err
	}
	t, err := dateOf(c, last)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(f.Format(t)), nil
}

// dateFormatterParse is parse(pattern, text) and parse(zone, pattern, text).
func dateFormatterParse(a *API, c call) (goja.Value, error) {
	f, last, err := a.dateFormatter(c, "(pattern, text) or (zone, pattern, text)")
	if err != nil {
		return nil, err
	}
	text, err := c.text(last, "text")
	if err != nil {
		return nil, err
	}
	t, err := f.Parse(text)
	if err != nil {
		return nil, err
	}
	return a.object(addableTimestampClass, t), nil
}

// dateFormatter returns the format that the first one or two arguments describe,
// and the index of the one after them.
func (a *API) dateFormatter(c call, usage string) (f *java.SimpleDateFormat, last int, err error) {
	if err := c.need(2, usage); err != nil {
		return nil, 0, err
	}
	zone := a.engineZone()
	if last = min(len(c.args)-1, 2); last == 2 {
		if zone, err = zoneOf(c, 0); err != nil {
			return nil, 0, err
		}
	}
	pattern, err := c.text(last-1, "pattern")
	if err != nil {
		return nil, 0, err
	}
	f, err = java.NewSimpleDateFormat(pattern, java.Locale{}, zone)
	return f, last, err
}

// timeZoneClass is java.util.TimeZone, which only SimpleDateFormat uses.
var timeZoneClass = newClass("TimeZone", members{ //nolint:gochecknoglobals // a table, never changed
	"getID":    getter(func(a *API, z timeZone) goja.Value { return a.vm.ToValue(z.id) }),
	"toString": getter(func(a *API, z timeZone) goja.Value { return a.vm.ToValue(z.id) }),
})

type timeZone struct {
	id   string
	zone *time.Location
}

// timeZoneGet is TimeZone.getTimeZone(id).
func timeZoneGet(a *API, c call) (goja.Value, error) {
	zone, err := zoneOf(c, 0)
	if err != nil {
		return nil, err
	}
	return a.object(timeZoneClass, timeZone{c.arg(0).String(), zone}), nil
}

// zoneOf returns argument i, the name of a time zone or a TimeZone.
func zoneOf(c call, i int) (*time.Location, error) {
	if z, ok := stateOf[timeZone](c.arg(i)); ok {
		return z.zone, nil
	}
	id, err := c.text(i, "zone")
	if err != nil {
		return nil, err
	}
	return java.ParseZone(id)
}
