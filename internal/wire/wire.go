// Package wire encodes the values that a task and its host exchange, so that both can
// be in different processes: requests, responses, grants, items, settings, values of
// data items and errors. What is decoded equals what was encoded, down to nil against
// empty, [hostapi.Decimal] against float64 and text that is not UTF-8.
//
// The encoding is CBOR, RFC 8949. A struct is an array: a number whose bits say which of its
// fields follow, and those in their order. A field that is zero is left out. Both processes must
// be the same program: only then do they agree on the fields. A kind of value that CBOR lacks is a
// tag, see the constants.
//
// What cannot cross is an error and is never left out: a callback, a jar, a cycle. The one
// callback that can is the Open of a [hostapi.File]: it becomes a number, see [Files].
// Pointers to the same value become copies, and a time loses its monotonic part and the
// name of its zone.
package wire

import (
	"fmt"
	"reflect"

	"github.com/postern-dev/postern/hostapi"
)

// Codec encodes and decodes. It is safe for concurrent use.
type Codec struct {
	maxBytes int
	known    []knownError
	files    Files // nil: files by reference cannot be sent
}

// Files gives files the numbers that are sent in place of their Open and content.
type Files interface {
	// Number returns the number of a file that is sent, 0 for one that is sent as it is. One
	// by reference cannot be.
	Number(f *hostapi.File) (int64, error)

	// Open makes f, which was received with that number, the file that the number stands
	// for, but for its name and type.
	Open(f *hostapi.File, number int64) error
}

// With returns a Codec like c for messages of at most maxBytes bytes that may have files by
// reference. maxBytes is not above that of c.
func (c *Codec) With(files Files, maxBytes int) *Codec {
	with := *c
	with.files, with.maxBytes = files, maxBytes
	return &with
}

func mostItems(maxBytes int) int { return max(maxBytes/itemBytes, 1024) }

// maxDepth bounds how deeply arrays, objects and tags are nested: a value of a data item
// within the fields of a struct. An array or object and its tag are two levels.
const maxDepth = 2*hostapi.MaxValueDepth + 28

// small is the size up to which the texts of a message are parts of one string, which each of them
// keeps in memory.
const small = 1 << 10

// itemBytes is how many bytes of a message each item counts as. An empty
// text takes one byte in CBOR and sixteen in memory, so the size alone would not bound
// the memory. hostapi.Normalize counts the same for every value.
const itemBytes = 8

// New returns a Codec for messages of at most maxBytes bytes and maxBytes/8 values.
// reasons are errors that [errors.Is] still matches after decoding, by the names that
// they have in the encoding, in addition to those of the standard library and of
// hostapi.
func New(maxBytes int, reasons map[string]error) *Codec {
	return &Codec{maxBytes: maxBytes, known: knownErrors(reasons)}
}

// Encode returns the encoding of v.
func (c *Codec) Encode(v any) ([]byte, error) { return c.AppendTo(nil, v) }

// AppendTo appends the encoding of v to prefix.
func (c *Codec) AppendTo(prefix []byte, v any) ([]byte, error) {
	e := encoder{buf: prefix, known: c.known, files: c.files}
	of := reflect.ValueOf(v)
	if !of.IsValid() {
		return append(prefix, simpleNull), nil
	}
	if err := coderOf(of.Type()).encode(&e, of); err != nil {
		return nil, err
	}
	if size := len(e.buf) - len(prefix); size > c.maxBytes {
		return nil, &hostapi.Error{
			Code: hostapi.CodeLimit, Op: "encode", Message: fmt.Sprintf("the message has %d bytes, more than %d", size, c.maxBytes),
		}
	}
	return e.buf, nil
}

// Decode decodes data into what to points to, whose type must be that of the encoded
// value. It accepts what Encode returns for that type, and fields that were sent though they are
// zero: fields that the type does not have, another kind, a key that occurs twice or data after the
// end is an error, and so is more than the Codec allows. The value shares no memory with data.
func (c *Codec) Decode(data []byte, to any) error {
	v := reflect.ValueOf(to)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("decode into a %T", to)
	}
	if len(data) > c.maxBytes {
		return malformed("the message has %d bytes, more than %d", len(data), c.maxBytes)
	}
	most := mostItems(c.maxBytes)
	d := decoder{data: data, items: most, most: most, known: c.known, files: c.files}
	if len(data) <= small {
		d.small = string(data)
	}
	v.Elem().SetZero() // as what is within it will be, where a message leaves out what is zero
	if err := coderOf(v.Type().Elem()).decode(&d, v.Elem()); err != nil {
		return err
	}
	if d.at < len(data) {
		return malformed("%d bytes follow the message", len(data)-d.at)
	}
	return nil
}
