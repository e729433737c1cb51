package wire

import (
	"math"
	"net/http"
	"reflect"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// decoder reads a value from data.
type decoder struct {
	data  []byte
	small string // data, if it is small; texts are parts of it
	at    int
	items int // that may still follow
	most  int
	known []knownError
	files Files
	depth int
}

// begin reads the head of an array or an object that v is set to.
func (d *decoder) begin(want byte, v reflect.Value) (int, error) {
	major, n, err := d.head()
	if err != nil {
		return 0, err
	}
	if major != want {
		return 0, mismatch(major, v)
	}
	return d.enter(n)
}

// enter begins an array or object of n elements, each of at least one byte.
func (d *decoder) enter(n uint64) (int, error) {
	if d.depth++; d.depth > maxDepth {
		return 0, malformed("nested too deep")
	}
	if n > uint64(d.items) { //nolint:gosec // not negative
		return 0, d.tooMany()
	}
	if n > uint64(len(d.data)-d.at) { //nolint:gosec // not negative
		return 0, malformed("the message ends too early")
	}
	return int(n), nil //nolint:gosec // at most len
}

func (d *decoder) key() (string, error) {
	major, n, err := d.head()
	if err != nil {
		return "", err
	}
	if major != majorText {
		return "", malformed("a key that is not text")
	}
	return d.text(major, n)
}

func mismatch(major byte, v reflect.Value) error {
	return malformed("an item of major type %d where a %s is expected", major, v.Type())
}

func decodeObject(d *decoder, v reflect.Value) error {
	if d.null() {
		v.SetZero()
		return nil
	}
	n, err := d.begin(majorMap, v)
	if err != nil {
		return err
	}
	m, err := d.object(n)
	v.Set(reflect.ValueOf(m))
	return err
}

func (d *decoder) object(n int) (map[string]any, error) {
	const few = 64 // allocated before they are there
	m := make(map[string]any, min(n, few))
	for range n {
		name, err := d.key()
		if err != nil {
			return nil, err
		}
		if m[name], err = d.any(); err != nil {
			return nil, err
		}
	}
	if len(m) != n {
		return nil, malformed("a key occurs twice")
	}
	d.depth--
	return m, nil
}

func decodeAny(d *decoder, v reflect.Value) error {
	x, err := d.any()
	if x == nil || err != nil {
		v.SetZero()
		return err
	}
	v.Set(reflect.ValueOf(x))
	return nil
}

func (d *decoder) any() (any, error) {
	start := d.at
	major, n, err := d.head()
	if err != nil {
		return nil, err
	}
	switch major {
	case majorText, majorBytes:
		return d.text(major, n)
	case majorArray:
		return d.list(n)
	case majorMap:
		count, err := d.enter(n)
		if err != nil {
			return nil, err
		}
		return d.object(count)
	case majorTag:
		return d.tagged(n)
	case majorSimple:
		switch d.data[start] {
		case simpleFalse:
			return false, nil
		case simpleTrue:
			return true, nil
		case simpleNull:
			return nil, nil
		case float64Head:
			return math.Float64frombits(n), nil
		}
	}
	return nil, malformed("an item of major type %d is not a value", major)
}

func (d *decoder) list(n uint64) ([]any, error) {
	count, err := d.enter(n)
	if err != nil {
		return nil, err
	}
	list := make([]any, count)
	for i := range list {
		if list[i], err = d.any(); err != nil {
			return nil, err
		}
	}
	d.depth--
	return list, nil
}

func (d *decoder) tagged(number uint64) (x any, err error) {
	if _, err := d.enter(1); err != nil {
		return nil, err
	}
	defer func() { d.depth-- }()
	switch number {
	case tagDecimal:
		return decodeAs[hostapi.Decimal](d)
	case tagFile:
		f, err := decodeAs[hostapi.File](d)
		return &f, err
	case tagUser:
		return decodeAs[hostapi.User](d)
	case tagGroup:
		return decodeAs[hostapi.Group](d)
	case tagTime:
		return decodeAs[time.Time](d)
	case tagHeader:
		return decodeAs[http.Header](d)
	case tagBytes:
		return decodeAs[[]byte](d)
	case tagNilList:
		if d.null() {
			return []any(nil), nil
		}
	case tagNilObject:
		if d.null() {
			return map[string]any(nil), nil
		}
	}
	return nil, malformed("tag %d is not one of a value", number)
}

func decodeAs[T any](d *decoder) (T, error) {
	var v T
	err := coderOf(reflect.TypeFor[T]()).decode(d, reflect.ValueOf(&v).Elem())
	return v, err
}
