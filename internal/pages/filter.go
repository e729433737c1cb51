package pages

import (
	"net/http"
	"net/url"
	"time"
)

// filterOf returns the fields of a filter that were filled in.
func filterOf(r *http.Request, names ...string) url.Values {
	filter := make(url.Values)
	for _, name := range names {
		if value := r.FormValue(name); value != "" {
			filter.Set(name, value)
		}
	}
	return filter
}

// nextPage returns the query for the next page of a filtered list, by the parameter that has
// its cursor; "" if there is none.
func nextPage(filter url.Values, parameter, cursor string) string {
	if cursor == "" {
		return ""
	}
	return url.Values{parameter: {cursor}}.Encode() + "&" + filter.Encode()
}

// daysOf returns the time between the fields from and to, which are days in UTC and both
// included; zero where one is empty, or no day.
func daysOf(r *http.Request) (from, before time.Time) {
	const day = 24 * time.Hour
	if t, err := time.Parse(time.DateOnly, r.FormValue("from")); err == nil {
		from = t
	}
	if t, err := time.Parse(time.DateOnly, r.FormValue("to")); err == nil {
		before = t.Add(day)
	}
	return from, before
}
