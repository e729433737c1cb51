package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
)

// The tags of values whose type the receiver cannot know: those of the type any, and
// errors. They are of the range for anyone, RFC 8949 §9.2.
const (
	tagDecimal = 0x706f7300 + iota
	tagFile
	tagUser
	tagGroup
	tagTime
	tagHeader
	tagNilList   // a []any that is nil
	tagNilObject // a map[string]any that is nil
	tagError     // a *hostapi.Error
	tagPanic     // a *hostapi.PanicError, without its value
	tagKnown     // an error with a name
	tagForeign   // any other error
	tagLimit     // a *hostapi.LimitError
	tagDenial    // a *hostapi.DenialError
	tagBytes     // bytes, which otherwise are text that is not UTF-8
)

// encoder appends the encoding of a value to buf.
type encoder struct {
	buf    []byte
	known  []knownError
	files  Files
	depth  int
	causes int   // errors around the current one
	number int64 // of the current file; 0: none
}

// enter begins an array, an object or a tag.
func (e *encoder) enter() error {
	if e.depth++; e.depth > maxDepth {
		return cannot("nested too deep")
	}
	return nil
}

func (e *encoder) null() { e.buf = append(e.buf, simpleNull) }

func (e *encoder) float(f float64) {
	e.buf = binary.BigEndian.AppendUint64(append(e.buf, float64Head), math.Float64bits(f))
}

func (e *encoder) key(name string) error {
	if !utf8.ValidString(name) {
		return cannot("a key that is not UTF-8")
	}
	e.buf = appendText(e.buf, name)
	return nil
}

func cannot(what string) error {
	return &fault{text: what + " cannot be sent to another process", encoding: true}
}

func encodeObject(e *encoder, v reflect.Value) error {
	m, _ := v.Interface().(map[string]any) // it is one
	if m == nil {
		e.null()
		return nil
	}
	return e.object(m)
}

func (e *encoder) object(m map[string]any) error {
	if err := e.enter(); err != nil {
		return err
	}
	e.buf = appendHead(e.buf, majorMap, uint64(len(m)))
	for name, v := range m {
		if err := e.key(name); err != nil {
			return err
		}
		if err := e.any(v); err != nil {
			return err
		}
	}
	e.depth--
	return nil
}

func (e *encoder) list(list []any) error {
	if err := e.enter(); err != nil {
		return err
	}
	e.buf = appendHead(e.buf, majorArray, uint64(len(list)))
	for _, v := range list {
		if err := e.any(v); err != nil {
			return err
		}
	}
	e.depth--
	return nil
}

func encodeAny(e *encoder, v reflect.Value) error { return e.any(v.Interface()) }

// any encodes a value of a data item, or an argument of a function.
func (e *encoder) any(v any) error {
	switch v := v.(type) {
	case nil:
		e.null()
	case bool:
		return encodeBool(e, reflect.ValueOf(v))
	case float64:
		e.float(v)
	case string:
		e.buf = appendText(e.buf, v)
	case hostapi.Decimal:
		return e.tagged(tagDecimal, string(v))
	case *hostapi.File:
		if v == nil {
			return cannot("a *hostapi.File")
		}
		return e.tagged(tagFile, *v)
	case hostapi.User:
		return e.tagged(tagUser, v)
	case hostapi.Group:
		return e.tagged(tagGroup, v)
	case time.Time:
		return e.tagged(tagTime, v)
	case http.Header:
		return e.tagged(tagHeader, v)
	case []byte:
		return e.tagged(tagBytes, v)
	case []any:
		if v == nil {
			return e.tagged(tagNilList, nil)
		}
		return e.list(v)
	case map[string]any:
		if v == nil {
			return e.tagged(tagNilObject, nil)
		}
		return e.object(v)
	default:
		return cannot(fmt.Sprintf("a %T", v))
	}
	return nil
}

// tagged encodes x, which may be nil, with a tag.
func (e *encoder) tagged(number uint64, x any) error {
	if err := e.enter(); err != nil {
		return err
	}
	e.buf = appendHead(e.buf, majorTag, number)
	defer func() { e.depth-- }()
	if x == nil {
		e.null()
		return nil
	}
	v := reflect.ValueOf(x)
	return coderOf(v.Type()).encode(e, v)
}
