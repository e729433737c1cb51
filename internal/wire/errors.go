package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// knownError is an error that [errors.Is] matches after decoding too.
type knownError struct {
	name string
	err  error
}

// knownErrors returns the errors of the standard library and of hostapi, and those of
// other packages.
func knownErrors(others map[string]error) []knownError {
	known := []knownError{
		{"context.Canceled", context.Canceled},
		{"context.DeadlineExceeded", context.DeadlineExceeded},
		{"errors.ErrUnsupported", errors.ErrUnsupported},
		{"io.EOF", io.EOF},
		{"io.ErrUnexpectedEOF", io.ErrUnexpectedEOF},
		{"hostapi.ErrClosed", hostapi.ErrClosed},
		{"hostapi.ErrNoConnections", hostapi.ErrNoConnections},
		{"hostapi.ErrNotGranted", hostapi.ErrNotGranted},
		{"hostapi.ErrNoRule", hostapi.ErrNoRule},
		{"hostapi.ErrTimeLimit", hostapi.ErrTimeLimit},
	}
	for name, err := range others {
		known = append(known, knownError{name, err})
	}
	slices.SortFunc(known, func(a, b knownError) int { return strings.Compare(a.name, b.name) })
	return known
}

// foreign is the encoding of an error whose type only the other process has: its text,
// which may be shown, the known errors that it matches, and the *hostapi.Error in its
// chain.
type foreign struct {
	Text    string
	Matches []string
	Inner   error
}

// maxErrors bounds a chain of causes. What is beyond becomes text.
const maxErrors = 20

// encodeError encodes an error, or nil.
func encodeError(e *encoder, v reflect.Value) error {
	err, _ := v.Interface().(error) // it is one, or nil
	return e.err(err)
}

func (e *encoder) err(err error) error {
	if err == nil || reflect.ValueOf(err).Kind() == reflect.Pointer && reflect.ValueOf(err).IsNil() {
		e.null()
		return nil
	}
	for _, k := range e.known {
		if err == k.err { //nolint:errorlint // that very error, whose text need not be sent
			return e.tagged(tagKnown, k.name)
		}
	}
	e.causes++
	defer func() { e.causes-- }()
	switch x := err.(type) { //nolint:errorlint // an error around one of these is foreign
	case *hostapi.Error:
		if e.causes <= maxErrors {
			return e.tagged(tagError, *x)
		}
	case *hostapi.DenialError:
		if e.causes <= maxErrors {
			return e.tagged(tagDenial, *x)
		}
	case *hostapi.LimitError:
		return e.tagged(tagLimit, *x)
	case *hostapi.PanicError:
		return e.tagged(tagPanic, x.Stack)
	}
	return e.tagged(tagForeign, e.foreign(err))
}

func (e *encoder) foreign(err error) foreign {
	x := foreign{Text: err.Error()}
	for _, k := range e.known {
		if errors.Is(err, k.err) {
			x.Matches = append(x.Matches, k.name)
		}
	}
	if h, ok := errors.AsType[*hostapi.Error](err); ok && h != nil && e.causes <= maxErrors {
		x.Inner = h
	}
	return x
}

func decodeError(d *decoder, v reflect.Value) error {
	if d.null() {
		v.SetZero()
		return nil
	}
	err, failed := d.err()
	if failed != nil {
		return failed
	}
	v.Set(reflect.ValueOf(err))
	return nil
}

func (d *decoder) err() (error, error) {
	major, number, err := d.head()
	if err != nil {
		return nil, err
	}
	if major != majorTag {
		return nil, malformed("an item of major type %d is not an error", major)
	}
	if _, err := d.enter(1); err != nil {
		return nil, err
	}
	defer func() { d.depth-- }()
	switch number {
	case tagKnown:
		name, err := decodeAs[string](d)
		if err != nil {
			return nil, err
		}
		return d.named(name)
	case tagError:
		e, err := decodeAs[hostapi.Error](d)
		return &e, err
	case tagDenial:
		e, err := decodeAs[hostapi.DenialError](d)
		return &e, err
	case tagLimit:
		e, err := decodeAs[hostapi.LimitError](d)
		return &e, err
	case tagPanic:
		stack, err := decodeAs[[]byte](d)
		return &hostapi.PanicError{Stack: stack}, err
	case tagForeign:
		f, err := decodeAs[foreign](d)
		if err != nil {
			return nil, err
		}
		return d.remote(&f)
	}
	return nil, malformed("tag %d is not one of an error", number)
}

func (d *decoder) remote(f *foreign) (error, error) {
	r := &remoteError{text: f.Text, inner: f.Inner}
	for _, name := range f.Matches {
		match, err := d.named(name)
		if err != nil {
			return nil, err
		}
		r.matches = append(r.matches, match)
	}
	return r, nil
}

func (d *decoder) named(name string) (known, err error) {
	for _, k := range d.known {
		if k.name == name {
			return k.err, nil
		}
	}
	return nil, malformed("no known error has the name %q", name)
}

// remoteError is an error of the other process, whose type this one does not have.
type remoteError struct {
	text    string
	matches []error
	inner   error
}

func (e *remoteError) Error() string { return e.text }

func (e *remoteError) Is(target error) bool { return slices.Contains(e.matches, target) }

func (e *remoteError) Unwrap() error { return e.inner }

// Format hides what is inside, which the text may leave out on purpose.
func (e *remoteError) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.text) }
