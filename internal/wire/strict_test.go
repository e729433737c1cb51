package wire_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/postern-dev/postern/hostapi"
)

func TestDecodeIsStrict(t *testing.T) {
	t.Parallel()
	c := newCodec(t, 1<<20)
	param, err := c.Encode(hostapi.Param{Name: "a", Value: "b"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		data []byte
		to   any
	}{
		{"nothing", nil, new(any)},
		{"data after the end", append(bytes.Clone(param), 0xf6), new(hostapi.Param)},
		{"cut off", param[:len(param)-1], new(hostapi.Param)},
		{"fields of another type", param, new(hostapi.User)},
		{"a field too few", []byte{0x82, 3, 0x61, 'a'}, new(hostapi.Param)},
		{"a field too many", []byte{0x83, 1, 0x61, 'a', 0x61, 'b'}, new(hostapi.Param)},
		{"a field that the type does not have", []byte{0x82, 4, 0x61, 'a'}, new(hostapi.Param)},
		{"nothing that says which fields", []byte{0x80}, new(hostapi.Param)},
		{"text that says which fields", []byte{0x82, 0x61, 'a', 0x61, 'b'}, new(hostapi.Param)},
		{"a number for text", []byte{0x83, 3, 0x61, 'a', 1}, new(hostapi.Param)},
		{"null for text", []byte{0x83, 3, 0x61, 'a', 0xf6}, new(hostapi.Param)},
		{"bytes for text that is UTF-8", []byte{0x83, 3, 0x61, 'a', 0x41, 'b'}, new(hostapi.Param)},
		{"text that is not UTF-8", []byte{0x83, 3, 0x61, 'a', 0x61, 0xff}, new(hostapi.Param)},
		{"a key twice", []byte{0xa2, 0x61, 'a', 0xf6, 0x61, 'a', 0xf6}, new(map[string]any)},
		{"a key that is a number", []byte{0xa1, 1, 0xf6}, new(map[string]any)},
		{"indefinite length", []byte{0x9f, 0xff}, new([]any)},
		{"undefined", []byte{0x81, 0xf7}, new([]any)},
		{"another simple value", []byte{0x81, 0xf0}, new([]any)},
		{"an integer as a value", []byte{0x81, 1}, new([]any)},
		{"bytes as a value", []byte{0x81, 0x41, 'b'}, new([]any)},
		{"a tag for a date", []byte{0x81, 0xc1, 0}, new([]any)},
		{"an unknown tag", []byte{0x81, 0xd9, 0xff, 0xff, 0xf6}, new([]any)},
		{"a number above int64", append([]byte{0x1b}, bytes.Repeat([]byte{0xff}, 8)...), new(int64)},
		{"not a pointer", param, hostapi.Param{}},
		{"nested too deep", append(bytes.Repeat([]byte{0x81}, 1000), 0xf6), new([]any)},
		{"an array longer than the data", []byte{0x9a, 0x7f, 0xff, 0xff, 0xff}, new([]any)},
		{"too large", make([]byte, 1<<20+1), new([]any)},
	} {
		if err := c.Decode(tt.data, tt.to); err == nil {
			t.Errorf("%s: accepted as %#v", tt.name, reflect.ValueOf(tt.to))
		}
	}
}

// A message may not take many times its size in memory.
func TestDecodeIsBounded(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	c := newCodec(t, size)
	some := make([]string, 100_000) // one byte each, and 16 in memory
	data, err := cbor.Marshal([][]string{some, some})
	if err != nil {
		t.Fatal(err)
	}
	structs, err := c.Encode(make([]hostapi.User, 40_000)) // two bytes each, and in memory as many as with all fields
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		data []byte
		to   any
	}{
		{data, new([]any)},
		{structs, new([]hostapi.User)},
	} {
		if err := c.Decode(tt.data, tt.to); err == nil || !strings.Contains(err.Error(), "more than 131072 values") {
			t.Errorf("%T: error %v, want one about the number of values", tt.to, err)
		}
	}
}

// What a message leaves out is not what was there before.
func TestDecodeSetsEveryField(t *testing.T) {
	t.Parallel()
	c := newCodec(t, 1<<20)
	sent := hostapi.Param{Name: "a"}
	data, err := c.Encode(sent)
	if err != nil {
		t.Fatal(err)
	}
	received := hostapi.Param{Name: "b", Value: "before"}
	if err := c.Decode(data, &received); err != nil || received != sent {
		t.Errorf("received %+v, %v, want %+v", received, err, sent)
	}
}

// An error says where in the message it is.
func TestMalformedFieldHasItsPlace(t *testing.T) {
	t.Parallel()
	const want = "decode: .Setting.Name: an item of major type 0 where a string is expected"
	data := []byte{0x82, 1, 0x82, 1, 7}
	var to struct{ Setting hostapi.Param }
	if err := newCodec(t, 1<<20).Decode(data, &to); err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

// Every reason that hostapi exports is matched after decoding too.
func TestEveryReasonIsKnown(t *testing.T) {
	t.Parallel()
	c := newCodec(t, 1<<20)
	found := 0
	files, err := filepath.Glob("../../hostapi/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for name, object := range topLevel(parsed) {
			if !strings.HasPrefix(name, "Err") || object != token.VAR {
				continue
			}
			found++
			tag := cbor.Tag{Number: 0x706f730a, Content: "hostapi." + name}
			data, err := cbor.Marshal(tag)
			if err != nil {
				t.Fatal(err)
			}
			var decoded error
			if err := c.Decode(data, &decoded); err != nil {
				t.Errorf("hostapi.%s is not known, add it to knownErrors: %v", name, err)
			}
		}
	}
	if found < 3 {
		t.Errorf("found %d reasons", found)
	}
}

func topLevel(f *ast.File) map[string]token.Token {
	names := make(map[string]token.Token)
	for _, d := range f.Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range group.Specs {
			if v, ok := s.(*ast.ValueSpec); ok {
				for _, n := range v.Names {
					names[n.Name] = group.Tok
				}
			}
		}
	}
	return names
}

// FuzzDecode decodes any bytes as each type. What is accepted must be the encoding of
// the value that it is decoded as.
func FuzzDecode(f *testing.F) {
	c := newCodec(f, 1<<16)
	for i, zero := range types() {
		v := reflect.New(reflect.TypeOf(zero)).Elem()
		fill(rand.New(rand.NewPCG(uint64(i), 2)), v, 3)
		data, err := c.Encode(v.Interface())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, data)
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		all := types()
		if i < 0 || i >= len(all) {
			return
		}
		of := reflect.TypeOf(all[i])
		first, second := reflect.New(of), reflect.New(of)
		if c.Decode(data, first.Interface()) != nil {
			return
		}
		again, err := c.Encode(first.Elem().Interface())
		if err != nil {
			t.Fatalf("%#v was decoded and cannot be encoded: %v", first.Elem(), err)
		}
		if err := c.Decode(again, second.Interface()); err != nil {
			t.Fatalf("%x: %v", again, err)
		}
		third, err := c.Encode(second.Elem().Interface())
		if err != nil || len(third) != len(again) {
			t.Fatalf("%x became %x, %v", again, third, err)
		}
	})
}

// What is left out of a message is zero, and -0 is not.
func TestNegativeZero(t *testing.T) {
	t.Parallel()
	type number struct{ F float64 }
	type outer struct{ Number number }
	sent := outer{number{math.Copysign(0, -1)}}
	c := newCodec(t, 1<<20)
	data, err := c.Encode(sent)
	if err != nil {
		t.Fatal(err)
	}
	var received outer
	if err := c.Decode(data, &received); err != nil || !math.Signbit(received.Number.F) {
		t.Errorf("received %v, %v, want %v", received, err, sent)
	}
}
