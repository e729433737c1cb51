package wire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/wire"
)

// types has a zero value of everything that a task and its host exchange.
func types() []any {
	return []any{
		hostapi.Request{},
		hostapi.Response{},
		hostapi.Grant{},
		hostapi.TokenInfo{},
		hostapi.AuthSetting{},
		hostapi.Limits{},
		hostapi.Rule{},
		hostapi.Traffic{},
		hostapi.Cookies{},
		hostapi.Item{},
		[]hostapi.Item{},
		hostapi.Setting{},
		map[string]hostapi.Setting{},
		hostapi.Process{},
		hostapi.User{},
		hostapi.Group{},
		hostapi.File{},
		hostapi.FeedPost{},
		hostapi.Email{},
		hostapi.Error{},
		hostapi.Decimal(""), hostapi.LevelInfo,
		map[string]any{},
		[]any{},
		new(string),
	}
}

func newCodec(tb testing.TB, maxBytes int) *wire.Codec {
	tb.Helper()
	return wire.New(maxBytes, map[string]error{"url.InvalidHost": errInvalidHost})
}

var errInvalidHost = errors.New("no such host")

// copied returns v after it was encoded and decoded.
func copied(c *wire.Codec, v any) (any, error) {
	data, err := c.Encode(v)
	if err != nil {
		return nil, err
	}
	if err := cbor.Wellformed(data); err != nil {
		return nil, fmt.Errorf("not CBOR: %w", err)
	}
	to := reflect.New(reflect.TypeOf(v))
	err = c.Decode(data, to.Interface())
	return to.Elem().Interface(), err
}

// TestEveryTypeIsKept sends many random values of every type, with each field set and
// not set.
func TestEveryTypeIsKept(t *testing.T) {
	t.Parallel()
	for _, zero := range types() {
		of := reflect.TypeOf(zero)
		t.Run(strings.ReplaceAll(of.String(), "/", "."), func(t *testing.T) {
			t.Parallel()
			c := newCodec(t, 1<<20)
			set := make(map[int]bool)
			for seed := range uint64(300) {
				v := reflect.New(of).Elem()
				fill(rand.New(rand.NewPCG(seed, 1)), v, 4)
				got, err := copied(c, v.Interface())
				if err != nil {
					t.Fatalf("%#v: %v", v, err)
				}
				if !reflect.DeepEqual(got, v.Interface()) {
					t.Fatalf("sent     %#v\nreceived %#v", v, got)
				}
				for i := range numField(of) {
					set[i] = set[i] || !v.Field(i).IsZero()
				}
			}
			for i := range numField(of) {
				if name := of.Field(i).Name; !set[i] && name != "Cookies" && name != "Run" && of.Field(i).Type.Kind() != reflect.Func {
					t.Errorf("the field %s was never set", name)
				}
			}
		})
	}
}

func numField(of reflect.Type) int {
	if of.Kind() != reflect.Struct {
		return 0
	}
	return of.NumField()
}

// fill sets v to a random value; a third of what can be nil, and of what can be empty,
// is.
func fill(r *rand.Rand, v reflect.Value, depth int) {
	switch v.Interface().(type) {
	case time.Time:
		at := time.Unix(r.Int64N(1<<33), r.Int64N(1e9)).UTC()
		v.Set(reflect.ValueOf(at))
		return
	case hostapi.Decimal:
		v.SetString(fmt.Sprintf("%d.%d0", r.Int64(), r.Uint64()))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(r.Int64() >> (64 - v.Type().Bits() + r.IntN(20)))
	case reflect.Float64:
		v.SetFloat(r.NormFloat64())
	case reflect.String:
		v.SetString([]string{"", "text", "zwölf", "\x00\xff", "a\r\nb", "\U0001F600"}[r.IntN(6)])
	case reflect.Pointer:
		if r.IntN(3) > 0 && v.Type() != reflect.TypeFor[*hostapi.RunState]() { // it cannot be sent
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem(), depth)
		}
	case reflect.Slice:
		if n := r.IntN(4) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				if v.Index(i).Kind() == reflect.Uint8 {
					v.Index(i).SetUint(r.Uint64N(256))
					continue
				}
				fill(r, v.Index(i), depth)
			}
		}
	case reflect.Map:
		if n := r.IntN(4) - 1; n >= 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for i := range n {
				e := reflect.New(v.Type().Elem()).Elem()
				fill(r, e, depth)
				v.SetMapIndex(reflect.ValueOf(fmt.Sprint("key ", i)), e)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i), depth)
		}
	case reflect.Interface:
		switch {
		case depth == 0:
		case v.Type() == reflect.TypeFor[any]():
			of := []reflect.Type{
				reflect.TypeFor[bool](), reflect.TypeFor[float64](), reflect.TypeFor[string](), reflect.TypeFor[hostapi.Decimal](),
				reflect.TypeFor[hostapi.User](), reflect.TypeFor[hostapi.Group](), reflect.TypeFor[[]any](),
				reflect.TypeFor[map[string]any](), reflect.TypeFor[time.Time](), reflect.TypeFor[[]byte](), reflect.TypeFor[http.Header](), reflect.TypeFor[hostapi.File](),
			}
			if n := r.IntN(len(of) + 1); n < len(of) {
				x := reflect.New(of[n])
				fill(r, x.Elem(), depth-1)
				if of[n] != reflect.TypeFor[hostapi.File]() { // of which values have pointers
					x = x.Elem()
				}
				v.Set(x)
			}
		case v.Type() == reflect.TypeFor[error]():
			errs := []error{
				context.Canceled, hostapi.ErrNoRule, errInvalidHost, &hostapi.PanicError{Stack: []byte("goroutine 1")},
				&hostapi.LimitError{Limit: "time", Value: "5s", Most: "30s"}, &hostapi.DenialError{Target: "a.example:443", Rule: "r", Reason: hostapi.ErrNoRule}, nil,
			}
			if n := r.IntN(len(errs) + 1); n < len(errs) {
				if errs[n] != nil {
					v.Set(reflect.ValueOf(errs[n]))
				}
				return
			}
			x := new(hostapi.Error)
			fill(r, reflect.ValueOf(x).Elem(), depth-1)
			v.Set(reflect.ValueOf(x))
		}
	}
}

// Floats are kept bit by bit, also those that are no values of data items.
func TestFloatsAreKept(t *testing.T) {
	t.Parallel()
	c := newCodec(t, 1<<20)
	for _, f := range []float64{0, math.Copysign(0, -1), 1, 0.1, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Inf(-1), math.NaN()} {
		got, err := copied(c, []any{f})
		list, _ := got.([]any) // nil after an error
		if err != nil || len(list) != 1 {
			t.Errorf("sent %v, received %v, %v", f, got, err)
			continue
		}
		if received, ok := list[0].(float64); !ok || math.Float64bits(received) != math.Float64bits(f) {
			t.Errorf("sent %v, received %v", f, list[0])
		}
	}
}

// A body of binary data takes its own size.
func TestBodiesAreBytes(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte{0, 1, 0xff}, 1<<20)
	c := newCodec(t, len(body)+1000)
	sent := hostapi.Request{Method: "POST", Body: body, Multipart: []hostapi.Part{{Content: []byte{}}, {}}}
	data, err := c.Encode(sent)
	if err != nil || len(data) > len(body)+200 {
		t.Fatalf("%d bytes for a body of %d, %v", len(data), len(body), err)
	}
	if got, err := copied(c, sent); err != nil || !reflect.DeepEqual(got, sent) {
		t.Errorf("the request changed, %v", err)
	}
}

func TestErrorsOfOtherTypes(t *testing.T) {
	t.Parallel()
	inner := &hostapi.Error{Code: hostapi.CodeDenied, Op: "get", Message: "not allowed", Reason: hostapi.ErrNoRule}
	tests := []struct {
		name    string
		cause   error
		matches []error
		code    hostapi.Code
	}{
		{"another type", &url.Error{Op: "Get", URL: "https://h/", Err: io.EOF}, []error{io.EOF}, hostapi.CodeInternal},
		{"wrapped", fmt.Errorf("run 7: %w", inner), []error{hostapi.ErrNoRule}, hostapi.CodeDenied},
		{"joined", errors.Join(errInvalidHost, context.DeadlineExceeded), []error{errInvalidHost, context.DeadlineExceeded}, hostapi.CodeTimeout},
	}
	c := newCodec(t, 1<<20)
	for _, tt := range tests {
		sent := hostapi.Error{Code: hostapi.CodeInternal, Message: "failed", Hint: "try again", File: "a.js", Line: 3, Column: 4, Cause: tt.cause}
		got, err := copied(c, sent)
		received, ok := got.(hostapi.Error)
		if err != nil || !ok {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if received.Detail() != sent.Detail() {
			t.Errorf("%s: received %q, want %q", tt.name, received.Detail(), sent.Detail())
		}
		for _, match := range tt.matches {
			if !errors.Is(&received, match) {
				t.Errorf("%s: %v does not match %v", tt.name, &received, match)
			}
		}
		if errors.Is(&received, context.Canceled) {
			t.Errorf("%s: it matches context.Canceled", tt.name)
		}
		if code := hostapi.CodeOf(received.Cause); code != tt.code {
			t.Errorf("%s: the cause has the code %s, want %s", tt.name, code, tt.code)
		}
	}
}

// The value of a panic may have a secret.
func TestPanicsLeaveTheirValueBehind(t *testing.T) {
	t.Parallel()
	c := newCodec(t, 1<<20)
	data, err := c.Encode(hostapi.Error{Cause: &hostapi.PanicError{Value: "secret-value", Stack: []byte("goroutine 1")}})
	if err != nil || bytes.Contains(data, []byte("secret-value")) || !bytes.Contains(data, []byte("goroutine 1")) {
		t.Errorf("encoded as %q, %v", data, err)
	}
}

type jar struct{}

func (jar) Cookie(*url.URL) string       { return "" }
func (jar) SetCookie(*url.URL, []string) {}

// What cannot be sent is an error, and is not left out.
func TestWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	c := newCodec(t, 1<<20)
	cycle := []any{nil}
	cycle[0] = cycle
	for _, tt := range []struct {
		v    any
		want string
	}{
		{hostapi.Grant{Cookies: jar{}}, "encode.Cookies: a hostapi.CookieJar cannot be sent to another process"},
		{hostapi.Grant{Run: new(hostapi.RunState)}, "encode.Run.key: an unexported field cannot be sent to another process"},
		{cycle, "encode: nested too deep cannot be sent to another process"},
		{[]any{7}, "encode: a int cannot be sent to another process"},
		{[]any{(*hostapi.File)(nil)}, "encode: a *hostapi.File cannot be sent to another process"},
		{map[string]any{"\xff": nil}, "encode: a key that is not UTF-8 cannot be sent to another process"},
		{hostapi.Setting{Text: strings.Repeat("x", 2<<20)}, "encode: the message has 2097159 bytes, more than 1048576"},
	} {
		if _, err := c.Encode(tt.v); err == nil || err.Error() != tt.want {
			t.Errorf("%T: %v, want %q", tt.v, err, tt.want)
		}
	}
}

func BenchmarkRequest(b *testing.B) {
	c := newCodec(b, 1<<20)
	sent := hostapi.Request{
		Method: "POST", URL: "https://api.example.com/v1/contacts", Header: []hostapi.Param{{Name: "Accept", Value: "application/json"}},
		Body: bytes.Repeat([]byte("x"), 1000), ContentType: "application/json",
	}
	b.ReportAllocs()
	for b.Loop() {
		data, err := c.Encode(sent)
		if err != nil {
			b.Fatal(err)
		}
		var received hostapi.Request
		if err := c.Decode(data, &received); err != nil {
			b.Fatal(err)
		}
	}
}

// numbers gives files numbers by their names.
type numbers struct{ names []string }

func (n *numbers) Number(f *hostapi.File) (int64, error) {
	if f.Open == nil && len(f.Content) < 1000 {
		return 0, nil
	}
	n.names = append(n.names, f.Name)
	return int64(len(n.names)), nil
}

func (n *numbers) Open(f *hostapi.File, number int64) error {
	if number < 1 || number > int64(len(n.names)) || n.names[number-1] != f.Name {
		return errors.New("no such file")
	}
	f.Open = func(context.Context) (io.ReadSeekCloser, error) { return nil, io.EOF }
	return nil
}

// A file by reference crosses as a number, and only where there are numbers.
func TestFilesByReference(t *testing.T) {
	t.Parallel()
	plain := newCodec(t, 1<<20)
	c := plain.With(new(numbers), 1<<20)
	f := &hostapi.File{Name: "a.txt", Size: 7, Open: func(context.Context) (io.ReadSeekCloser, error) { return nil, nil }}
	sent := hostapi.Request{BodyFile: f, Multipart: []hostapi.Part{{File: f}}}
	got, err := copied(c, sent)
	received, _ := got.(hostapi.Request) // it is one
	if err != nil || received.BodyFile.Name != "a.txt" || received.BodyFile.Size != 7 {
		t.Fatalf("received %+v, %v", received.BodyFile, err)
	}
	for _, f := range []*hostapi.File{received.BodyFile, received.Multipart[0].File} {
		if _, err := f.Open(t.Context()); err != io.EOF { //nolint:errorlint // that very error
			t.Errorf("Open of what was received: %v", err)
		}
	}
	large := &hostapi.File{Name: "large", Content: make([]byte, 1000)}
	small := &hostapi.File{Name: "small", Content: []byte("x")}
	if got, err := copied(c, []any{large, small}); err != nil {
		t.Error(err)
	} else if list, _ := got.([]any); list[0].(*hostapi.File).Content != nil || string(list[1].(*hostapi.File).Content) != "x" { //nolint:forcetypeassert,errcheck // as sent
		t.Errorf("a large file and a small one became %v", got)
	}
	data, err := c.Encode([]any{f})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.With(new(numbers), 1<<20).Decode(data, new([]any)); err == nil {
		t.Error("a file of which nothing is known was accepted")
	}
	if err := plain.Decode(data, new([]any)); err == nil {
		t.Error("a number was accepted where there are none")
	}
	if _, err := plain.Encode([]any{f}); err == nil {
		t.Error("a file by reference was sent without a number")
	}
}
