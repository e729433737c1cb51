package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/fxamacker/cbor/v2"

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

func (e *encoder) err(err error, at string) (any, error) { return e.chain(err, at, maxErrors) }

func (e *encoder) chain(err error, at string, most int) (any, error) {
	if err == nil || reflect.ValueOf(err).Kind() == reflect.Pointer && reflect.ValueOf(err).IsNil() {
		return nil, nil
	}
	for _, k := range e.known {
		if err == k.err { //nolint:errorlint // that very error, whose text need not be sent
			return cbor.Tag{Number: tagKnown, Content: k.name}, nil
		}
	}
	var number uint64
	var tree any
	var failed error
	switch x := err.(type) { //nolint:errorlint // an error around one of these is foreign
	case *hostapi.Error:
		if most == 0 {
			return e.foreign(err, at, 0)
		}
		number = tagError
		tree, failed = e.hostError(reflect.ValueOf(*x), at, most)
	case *hostapi.DenialError:
		if most == 0 {
			return e.foreign(err, at, 0)
		}
		number = tagDenial
		tree, failed = e.hostError(reflect.ValueOf(*x), at, most)
	case *hostapi.LimitError:
		number = tagLimit
		tree, failed = e.tree(reflect.ValueOf(*x), at)
	case *hostapi.PanicError:
		number = tagPanic
		tree, failed = e.tree(reflect.ValueOf(x.Stack), at)
	default:
		return e.foreign(err, at, most)
	}
	return cbor.Tag{Number: number, Content: tree}, failed
}

// hostError is fields, with one less for the chain of its causes.
func (e *encoder) hostError(v reflect.Value, at string, most int) (any, error) {
	list := make([]any, v.NumField())
	for i := range list {
		f := v.Type().Field(i)
		var err error
		if cause, ok := v.Field(i).Interface().(error); ok && v.Field(i).Kind() == reflect.Interface {
			list[i], err = e.chain(cause, at+"."+f.Name, most-1)
		} else {
			list[i], err = e.tree(v.Field(i), at+"."+f.Name)
		}
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (e *encoder) foreign(err error, at string, most int) (any, error) {
	x := foreign{Text: err.Error()}
	for _, k := range e.known {
		if errors.Is(err, k.err) {
			x.Matches = append(x.Matches, k.name)
		}
	}
	var inner any
	if h, ok := errors.AsType[*hostapi.Error](err); ok && h != nil && most > 0 {
		var failed error
		if inner, failed = e.chain(h, at, most-1); failed != nil {
			return nil, failed
		}
	}
	matches, failed := e.tree(reflect.ValueOf(x.Matches), at)
	return cbor.Tag{Number: tagForeign, Content: []any{text(x.Text), matches, inner}}, failed
}

func (d *decoder) err(tree any, at string) (error, error) {
	if tree == nil {
		return nil, nil
	}
	tag, ok := tree.(cbor.Tag)
	if !ok {
		return nil, malformed("%s: a %T is not an error", at, tree)
	}
	switch tag.Number {
	case tagKnown:
		name, _ := tag.Content.(string) // "" is not known
		return d.named(name, at)
	case tagError:
		e, err := decodeAs[hostapi.Error](d, tag.Content, at)
		return &e, err
	case tagDenial:
		e, err := decodeAs[hostapi.DenialError](d, tag.Content, at)
		return &e, err
	case tagLimit:
		e, err := decodeAs[hostapi.LimitError](d, tag.Content, at)
		return &e, err
	case tagPanic:
		stack, err := decodeAs[[]byte](d, tag.Content, at)
		return &hostapi.PanicError{Stack: stack}, err
	case tagForeign:
		f, err := decodeAs[foreign](d, tag.Content, at)
		if err != nil {
			return nil, err
		}
		r := &remoteError{text: f.Text, inner: f.Inner}
		for _, name := range f.Matches {
			match, err := d.named(name, at)
			if err != nil {
				return nil, err
			}
			r.matches = append(r.matches, match)
		}
		return r, nil
	}
	return nil, malformed("%s: tag %d is not one of an error", at, tag.Number)
}

func (d *decoder) named(name, at string) (known, err error) {
	for _, k := range d.known {
		if k.name == name {
			return k.err, nil
		}
	}
	return nil, malformed("%s: no known error has the name %q", at, name)
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
