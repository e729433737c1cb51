package wasmvm

import (
	"bytes"
	"context"
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

// decodeValue decodes JSON as a value of a data item of at most twice the limit of data, as
// counted by hostapi.Normalize, which fits into the memory that the host may take: this only
// bounds the work, the host enforces the limit. A number that a float64 cannot represent exactly
// becomes a hostapi.Decimal.
//
// It decodes token by token: otherwise a few megabytes of "[[[],[],…" would take hundreds on
// the host before they are counted.
func decodeValue(ctx context.Context, c *call, text []byte) (any, error) {
	if !utf8.Valid(text) { // the decoder would replace invalid bytes
		return nil, invalidArgument(c.op, "the JSON is not UTF-8")
	}
	d := valueDecoder{ctx: ctx, call: c, left: 2 * c.limits.DataBytes, room: c.room()}
	d.json = json.NewDecoder(&tokenReader{rest: text, most: d.room / 8})
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
		return nil, invalidArgument(c.op, "more than one JSON value was given")
	}
	return value, nil
}

// tokenReader reads text for a decoder, which asks for as much as it has in its buffer already:
// one long token.
type tokenReader struct {
	rest []byte
	most int64
}

var errLongToken = errors.New("the token is too long")

func (r *tokenReader) Read(p []byte) (int, error) {
	if int64(len(p)) > r.most {
		return 0, errLongToken
	}
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

type valueDecoder struct {
	ctx  context.Context //nolint:containedctx // of one call
	call *call
	json *json.Decoder
	left int64 // of the limit of data
	room int64 // of memory
	seen int   // tokens
}

// What values take in memory, once as they are decoded and once as the host copies them.
const (
	valueMemory  = 2 * 16
	listMemory   = 2 * 24
	objectMemory = 2 * 320
	memberMemory = 2 * 40
)

// count counts a value, or a key, with that many bytes and that much memory.
func (d *valueDecoder) count(bytes, memory int) error {
	const often = 1024
	if d.seen++; d.seen%often == 0 {
		d.call.stopIfOver(d.ctx)
	}
	if d.left -= int64(bytes); d.left < 0 {
		return reached(d.call.op, "data_bytes", d.call.limits)
	}
	if d.room -= int64(memory); d.room < 0 {
		return reached(d.call.op, "memory", d.call.limits)
	}
	return nil
}

func (d *valueDecoder) value(token json.Token, depth int) (any, error) {
	if depth > hostapi.MaxValueDepth {
		return nil, invalidArgument(d.call.op, fmt.Sprintf("the value is nested more than %d levels deep", hostapi.MaxValueDepth))
	}
	size, memory := 8, valueMemory
	switch token := token.(type) {
	case string:
		size += len(token)
		memory += 16 + len(token)
	case json.Number:
		size += len(token)
		memory += 16 + len(token)
	case json.Delim:
		if memory += listMemory; token == '{' {
			memory += objectMemory
		}
	}
	if err := d.count(size, memory); err != nil {
		return nil, err
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
		if err := d.count(len(key), memberMemory+len(key)); err != nil {
			return nil, err
		}
		if token, err = d.json.Token(); err != nil {
			return nil, d.malformed(err)
		}
		if object[key], err = d.value(token, depth+1); err != nil {
			return nil, err
		}
	}
}

func (d *valueDecoder) malformed(err error) error {
	if errors.Is(err, errLongToken) {
		return reached(d.call.op, "memory", d.call.limits)
	}
	return malformedJSON(d.call.op, err)
}

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
