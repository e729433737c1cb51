package oauthclient

import (
	"bytes"
	"encoding/json"

	"github.com/postern-dev/postern/hostapi"
)

// Fields are the values that response.fields lets tasks see of token responses, by
// path. A value is a string, a [hostapi.Decimal] or a bool.
type Fields map[string]any

// UnmarshalJSON reads an object and skips values of other types.
func (f *Fields) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var all map[string]any
	if err := decoder.Decode(&all); err != nil {
		return err
	}
	*f = make(Fields, len(all))
	for path, v := range all {
		(*f).set(path, v)
	}
	return nil
}

// set sets a field to a JSON value, unless it has another type.
func (f Fields) set(path string, v any) {
	switch v := v.(type) {
	case string, bool:
		f[path] = v
	case json.Number:
		f[path] = hostapi.Decimal(v)
	}
}

// fields returns the values at the paths.
func (a object) fields(paths []string) Fields {
	found := make(Fields, len(paths))
	for _, path := range paths {
		found.set(path, a.At(path))
	}
	return found
}
