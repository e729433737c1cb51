package client

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// list is a list of the API, which has pages.
type list struct {
	path   string
	member string // that has the elements; "": named like the path
	cursor string // parameter that goes on after a page; "": cursor
	query  url.Values
}

// queryOf returns parameters, whose names and values are given in turn, without those that are empty.
func queryOf(pairs ...string) url.Values {
	query := make(url.Values)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return query
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// pages returns the elements of a list, from the first page each time it is ranged over.
func pages[T any](ctx context.Context, c *Client, l list) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		query := make(url.Values)
		for name, values := range l.query {
			query[name] = values
		}
		for {
			items, next, err := page[T](ctx, c, l, query)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			query.Set(cmp.Or(l.cursor, "cursor"), next)
		}
	}
}

// page returns the elements of a page, and where the next one begins.
func page[T any](ctx context.Context, c *Client, l list, query url.Values) (items []*T, next string, err error) {
	var members map[string]json.RawMessage
	if err := c.do(ctx, request{method: http.MethodGet, path: []string{l.path}, query: query}, &members); err != nil {
		return nil, "", err
	}
	if err := json.Unmarshal(members[cmp.Or(l.member, l.path)], &items); err != nil {
		return nil, "", err
	}
	if members["next"] != nil {
		err = json.Unmarshal(members["next"], &next)
	}
	return items, next, err
}
