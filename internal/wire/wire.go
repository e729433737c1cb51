// Package wire encodes the values that a task and its host exchange, so that both can
// be in different processes: requests, responses, grants, items, settings, values of
// data items and errors. What is decoded equals what was encoded, down to nil against
// empty, [hostapi.Decimal] against float64 and text that is not UTF-8.
//
// The encoding is CBOR, RFC 8949. A struct is an array of its exported fields in their
// order, so both processes must be the same program: only then do they agree on the
// fields. A kind of value that CBOR lacks is a tag, see the constants.
//
// What cannot cross is an error and is never left out: a callback, a jar, a cycle.
// Pointers to the same value become copies, and a time loses its monotonic part and the
// name of its zone.
package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"reflect"

	"github.com/fxamacker/cbor/v2"

	"github.com/postern-dev/postern/hostapi"
)

// Codec encodes and decodes. It is safe for concurrent use.
type Codec struct {
	encode   cbor.EncMode
	decode   cbor.DecMode
	maxBytes int
	maxItems int
	known    []knownError
}

// maxDepth bounds how deeply arrays, objects and tags are nested: a value of a data item
// within the fields of a struct. An array or object and its tag are two levels.
const maxDepth = 2*hostapi.MaxValueDepth + 28

// itemBytes is how many bytes of a message each item counts as. An empty
// text takes one byte in CBOR and sixteen in memory, so the size alone would not bound
// the memory. hostapi.Normalize counts the same for every value.
const itemBytes = 8

// New returns a Codec for messages of at most maxBytes bytes and maxBytes/8 values.
// reasons are errors that [errors.Is] still matches after decoding, by the names that
// they have in the encoding, in addition to those of the standard library and of
// hostapi.
func New(maxBytes int, reasons map[string]error) (*Codec, error) {
	c := &Codec{maxBytes: maxBytes, maxItems: max(maxBytes/itemBytes, 1024), known: knownErrors(reasons)}
	var err error
	c.encode, err = cbor.EncOptions{
		ShortestFloat: cbor.ShortestFloatNone, NaNConvert: cbor.NaNConvertNone, InfConvert: cbor.InfConvertNone,
		IndefLength: cbor.IndefLengthForbidden, NilContainers: cbor.NilContainerAsNull,
	}.EncMode()
	if err != nil {
		return nil, err
	}
	simple, err := cbor.NewSimpleValueRegistryFromDefaults(cbor.WithRejectedSimpleValue(undefined))
	if err != nil {
		return nil, err
	}
	c.decode, err = cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, UTF8: cbor.UTF8RejectInvalid,
		MaxNestedLevels: maxDepth, MaxArrayElements: max(c.maxItems, 16), MaxMapPairs: max(c.maxItems, 16),
		IntDec: cbor.IntDecConvertSignedOrFail, DefaultMapType: reflect.TypeFor[map[string]any](), SimpleValues: simple,
	}.DecMode()
	return c, err
}

const undefined = 23 // simple value, RFC 8949 §3.3

// Encode returns the encoding of v.
func (c *Codec) Encode(v any) ([]byte, error) {
	data, err := c.appendTo(nil, v)
	if err != nil {
		return nil, err
	}
	return data, nil
}

func (c *Codec) appendTo(prefix []byte, v any) ([]byte, error) {
	e := encoder{known: c.known}
	tree, err := e.tree(reflect.ValueOf(v), "")
	if err != nil {
		return nil, err
	}
	buffer := bytes.NewBuffer(prefix)
	if err := c.encode.NewEncoder(buffer).Encode(tree); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	if size := buffer.Len() - len(prefix); size > c.maxBytes {
		return nil, &hostapi.Error{
			Code: hostapi.CodeLimit, Op: "encode", Message: fmt.Sprintf("the message has %d bytes, more than %d", size, c.maxBytes),
		}
	}
	return buffer.Bytes(), nil
}

// Decode decodes data into what to points to, whose type must be that of the encoded
// value. It accepts only what Encode returns for that type: another number of fields,
// another kind, a key that occurs twice or data after the end is an error, and so is
// more than the Codec allows.
func (c *Codec) Decode(data []byte, to any) error {
	v := reflect.ValueOf(to)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("decode into a %T", to)
	}
	if len(data) > c.maxBytes {
		return malformed("the message has %d bytes, more than %d", len(data), c.maxBytes)
	}
	if err := c.decode.Wellformed(data); err != nil {
		return malformed("%w", err)
	}
	if n := countItems(data); n > c.maxItems {
		return malformed("the message has %d values, more than %d", n, c.maxItems)
	}
	var tree any
	if err := c.decode.Unmarshal(data, &tree); err != nil {
		return malformed("%w", err)
	}
	d := decoder{known: c.known}
	return d.value(tree, v.Elem(), "")
}

// countItems returns the number of data items in well-formed CBOR without indefinite
// lengths, RFC 8949 §3.
func countItems(data []byte) int {
	n := 0
	for i := 0; i < len(data); n++ {
		major, info := data[i]>>5, data[i]&31
		i++
		argument := uint64(info)
		if info >= 24 {
			size := 1 << (info - 24)
			var wide [8]byte
			copy(wide[8-size:], data[i:i+size])
			argument = binary.BigEndian.Uint64(wide[:])
			i += size
		}
		if major == 2 || major == 3 { // a byte or text string
			i += int(argument) // at most len(data), since it is well-formed
		}
	}
	return n
}

// headerBytes is the size of the length before each message of a stream.
const headerBytes = 4

// Write writes v as one message: its length in four bytes, big-endian, and its encoding.
// It is one call of w.Write.
func (c *Codec) Write(w io.Writer, v any) error {
	message, err := c.appendTo(make([]byte, headerBytes), v)
	if err != nil {
		return err
	}
	binary.BigEndian.PutUint32(message, uint32(len(message)-headerBytes)) //nolint:gosec // at most maxBytes
	_, err = w.Write(message)
	return err
}

// Read reads one message into what to points to, see [Codec.Decode]. The error is
// io.EOF if r ends before the message, and io.ErrUnexpectedEOF if it ends within. Memory
// is allocated as the bytes arrive, whatever length the message claims.
func (c *Codec) Read(r io.Reader, to any) error {
	var header [headerBytes]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return err
	}
	length := int64(binary.BigEndian.Uint32(header[:]))
	if length > int64(c.maxBytes) {
		return malformed("the message has %d bytes, more than %d", length, c.maxBytes)
	}
	var data bytes.Buffer
	if n, err := io.CopyN(&data, r, length); err != nil {
		if err == io.EOF && n < length { //nolint:errorlint // io.CopyN returns it as it is
			return io.ErrUnexpectedEOF
		}
		return err
	}
	return c.Decode(data.Bytes(), to)
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("decode: "+format, args...)
}
