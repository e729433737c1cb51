package connection

import (
	"bytes"
	"encoding/json"

	"github.com/postern-dev/postern/hostapi"
)

// fields are what response.fields lets tasks see of token answers, by path. A
// value is text, a [hostapi.Decimal] or a bool: nothing else is kept.
type fields map[string]any

// UnmarshalJSON reads an object and leaves out what cannot be a field's value.
func (f *fields) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var all map[string]any
	if err := decoder.Decode(&all); err != nil {
		return err
	}
	*f = make(fields, len(all))
	for path, v := range all {
		(*f).set(path, v)
	}
	return nil
}

// set sets a field to a value as JSON has it, if it can be a field's.
func (f fields) set(path string, v any) {
	switch v := v.(type) {
	case string, bool:
		f[path] = v
	case json.Number:
		f[path] = hostapi.Decimal(v)
	}
}

// fields returns the values at the paths.
func (a answer) fields(paths []string) fields {
	found := make(fields, len(paths))
	for _, path := range paths {
		found.set(path, a.at(path))
	}
	return found
}
