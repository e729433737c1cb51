package stricttoml

import (
	"errors"

	"github.com/BurntSushi/toml"
)

// pieceTables is how many tables are decoded at once: the library spends more time on a
// key the more keys it has seen.
const pieceTables = 64

// decode returns the values in the text of an outline without a flaw.
func decode(o *outliner) (map[string]any, error) {
	if values, ok := decodePieces(o, pieceTables); ok {
		return values, nil
	}
	return decodeText(o.text)
}

// decodePieces decodes the text in pieces of that many tables. It is false if the text is
// small, if its tables depend on each other, or if a piece is not TOML: its error would
// not say where.
func decodePieces(o *outliner, tables int) (map[string]any, bool) {
	if o.linked || len(o.headers) <= tables {
		return nil, false
	}
	all := make(map[string]any)
	for from, next := 0, tables; from < len(o.text); next += tables {
		to := len(o.text)
		if next < len(o.headers) {
			to = o.headers[next]
		}
		values, err := decodeText(o.text[from:to])
		if err != nil || !merge(all, values) {
			return nil, false
		}
		from = to
	}
	return all, true
}

// merge adds the values of other. It is false if both have a value that is not a table.
func merge(values, other map[string]any) bool {
	for key, v := range other {
		before, ok := values[key]
		if !ok {
			values[key] = v
			continue
		}
		table, ok1 := before.(map[string]any)
		more, ok2 := v.(map[string]any)
		if !ok1 || !ok2 || !merge(table, more) {
			return false
		}
	}
	return true
}

// decodeText turns a panic of the library into an error: it panics for some malformed
// input.
func decodeText(text string) (values map[string]any, err error) {
	defer func() {
		if recover() != nil {
			values, err = nil, errors.New("not understood")
		}
	}()
	var v any // an any receives tables as maps
	if _, err := toml.Decode(text, &v); err != nil {
		return nil, err
	}
	values, _ = v.(map[string]any)
	return values, nil
}
