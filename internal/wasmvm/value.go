package wasmvm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
)

// encodeJSON returns v as JSON, with <, > and & unescaped.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// decodeValue decodes JSON as a value of a data item of at most twice dataBytes, as counted by
// hostapi.Normalize: this only bounds the work, the host enforces the limit. A number that a
// float64 cannot represent exactly becomes a hostapi.Decimal.
//
// It decodes token by token: otherwise a few megabytes of "[[[],[],…" would take hundreds on
// the host before they are counted.
func decodeValue(op string, text []byte, dataBytes int64) (any, error) {
	if !utf8.Valid(text) { // the decoder would replace invalid bytes
		return nil, invalidArgument(op, "the JSON is not UTF-8")
	}
	d := valueDecoder{json: json.NewDecoder(bytes.NewReader(text)), op: op, dataBytes: dataBytes, left: 2 * dataBytes}
	d.json.UseNumber()
	token, err := d.json.Token()
	if err != nil {
		return nil, d.malformed(err)
	}
	value, err := d.value(token, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.json.Token(); !errors.Is(err, io.EOF) {
		return nil, invalidArgument(op, "more than one JSON value was given")
	}
	return value, nil
}

type valueDecoder struct {
	json      *json.Decoder
	op        string
	dataBytes int64 // the limit
	left      int64
}

func (d *valueDecoder) value(token json.Token, depth int) (any, error) {
	if depth > hostapi.MaxValueDepth {
		return nil, invalidArgument(d.op, fmt.Sprintf("the value is nested more than %d levels deep", hostapi.MaxValueDepth))
	}
	d.left -= 8
	switch token := token.(type) {
	case string:
		d.left -= int64(len(token))
	case json.Number:
		d.left -= int64(len(token))
	}
	if d.left < 0 {
		return nil, reached(d.op, "data_bytes", hostapi.Limits{DataBytes: d.dataBytes})
	}
	switch token := token.(type) {
	case json.Number:
		return number(token), nil
	case json.Delim:
		if token == '[' {
			return d.array(depth)
		}
		return d.object(depth)
	}
	return token, nil // nil, bool, string
}

func (d *valueDecoder) array(depth int) (any, error) {
	list := []any{}
	for {
		token, err := d.json.Token()
		if err != nil {
			return nil, d.malformed(err)
		}
		if token == json.Delim(']') {
			return list, nil
		}
		v, err := d.value(token, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

func (d *valueDecoder) object(depth int) (any, error) {
	object := make(map[string]any)
	for {
		token, err := d.json.Token()
		if err != nil {
			return nil, d.malformed(err)
		}
		key, ok := token.(string)
		if !ok { // the closing brace: the decoder allows nothing else here
			return object, nil
		}
		d.left -= int64(len(key))
		if token, err = d.json.Token(); err != nil {
			return nil, d.malformed(err)
		}
		if object[key], err = d.value(token, depth+1); err != nil {
			return nil, err
		}
	}
}

func (d *valueDecoder) malformed(err error) error { return malformedJSON(d.op, err) }

func number(n json.Number) any {
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		return hostapi.Decimal(n)
	}
	if text, err := json.Marshal(f); err != nil || string(text) != string(n) {
		return hostapi.Decimal(n)
	}
	return f
}

// maxObjectValues is the maximum number of values in the JSON form of a request or a message:
// each can take fifty times its size once it is a parameter or a file.
const maxObjectValues = 100_000

// decodeObject decodes JSON into v, a pointer to a struct of package hostapi.
func decodeObject(op, what string, text []byte, v any) error {
	if !utf8.Valid(text) {
		return invalidArgument(op, "the JSON is not UTF-8")
	}
	if countValues(text) > maxObjectValues {
		return &hostapi.Error{
			Code: hostapi.CodeLimit, Op: op, Message: fmt.Sprintf("%s has more than %d values", what, maxObjectValues),
			Hint: "put large data into a body or a file",
		}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	// A misspelt field must not be ignored silently.
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return malformedJSON(op, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalidArgument(op, "more than one JSON value was given")
	}
	return nil
}

// countValues counts the commas outside strings: one less than the values.
func countValues(text []byte) int {
	n, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			inString = !inString
		case c == '\\' && inString:
			i++
		case c == ',' && !inString:
			n++
		}
	}
	return n
}

func malformedJSON(op string, err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return invalidArgument(op, fmt.Sprintf("field %q cannot be a JSON %s", memberPath(t.Field), t.Value))
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return invalidArgument(op, "not well-formed JSON: "+err.Error())
}

// memberPath returns the path of a field without the names of embedded structs, the only ones
// in it that begin with a capital letter.
func memberPath(field string) string {
	names := strings.Split(field, ".")
	return strings.Join(slices.DeleteFunc(names, func(name string) bool { return name != "" && 'A' <= name[0] && name[0] <= 'Z' }), ".")
}

func invalidArgument(op, message string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Message: message}
}
