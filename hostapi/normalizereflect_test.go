package hostapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

type node struct {
	Name string
	Next *node `json:",omitempty"`
}

// What a Go program has at hand becomes the value that its JSON has.
type (
	level   int
	label   string
	labels  []label
	checked struct{ ok bool }
	shouted string
)

func (c *checked) MarshalJSON() ([]byte, error) { return strconv.AppendBool(nil, c.ok), nil }

func (s shouted) MarshalText() ([]byte, error) { return []byte(strings.ToUpper(string(s))), nil }

type base struct {
	ID     int64 `json:"id"`
	Hidden string
	Twice  int
}

type other struct {
	Hidden string `json:"Hidden"`
	Twice  int
}

type deepest struct{ Found bool }

type unexported struct {
	deepest
	Visible string
	secret  string
}

type optional struct {
	A int            `json:"a,omitempty"`
	B string         `json:",omitempty"`
	C []int          `json:"c,omitempty"`
	D map[string]int `json:"d,omitempty"`
	E *int           `json:"e,omitempty"`
	F [0]int         `json:"f,omitempty"`
	G struct{}       `json:"g,omitempty"`
	H time.Time      `json:"h,omitzero"`
	I any            `json:"i,omitempty"`
	J bool           `json:"j,omitempty"`
	K float64        `json:"k,omitzero"`
}

type record struct {
	base
	*other
	unexported
	Named    *node    `json:"node"`
	Skipped  func()   `json:"-"`
	Dash     int      `json:"-,"`   //nolint:staticcheck // what encoding/json makes of it counts
	BadName  int      `json:"a\"b"` //nolint:staticcheck // as above
	Quoted   int      `json:",string"`
	QuotedF  *float64 `json:",string"`
	QuotedB  bool     `json:",string"`
	QuotedS  string   `json:",string"`
	QuotedL  []int    `json:",string"` //nolint:staticcheck // as above
	QuotedN  *int     `json:",string"`
	QuotedT  shouted  `json:",string"`
	Optional optional
	Full     optional
	Level    level
	Labels   labels
	Checked  checked
	Pointer  *checked
	Nil      *checked
	Any      any
	Array    [2]byte
	Bytes    []byte
	NoBytes  []byte
	Ints     []int
	NoInts   []int
	Numbers  map[int8]string
	Levels   map[level]bool
	Shouted  map[shouted]int
	Times    []time.Time
	Big      *big.Int
	Raw      json.RawMessage
	Addr     netip.Addr
	URL      *url.URL
	Duration time.Duration
	Small    float32
}

func sample() *record {
	two, f := 2, 1.50
	return &record{
		base: base{ID: 7, Hidden: "base", Twice: 1}, other: &other{Hidden: "tagged", Twice: 2},
		unexported: unexported{deepest{true}, "yes", "no"},
		Named:      &node{"a", &node{"b", nil}}, Skipped: func() {}, Dash: 1, BadName: 2, Quoted: 3, QuotedF: &f, QuotedB: true, QuotedS: `say "x"`, QuotedL: []int{1},
		QuotedT: "quiet", Full: optional{1, "b", []int{}, map[string]int{"x": 1}, &two, [0]int{}, struct{}{}, time.Unix(1, 5).UTC(), 0, true, 1},
		Level: 3, Labels: labels{"x", "y"}, Checked: checked{true}, Pointer: &checked{true}, Any: []any{&two, label("z"), nil},
		Array: [2]byte{1, 2}, Bytes: []byte("bytes"), Ints: []int{}, Numbers: map[int8]string{-1: "m"}, Levels: map[level]bool{4: true},
		Shouted: map[shouted]int{"key": 1}, Times: []time.Time{time.Date(2030, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))},
		Big: big.NewInt(12), Raw: json.RawMessage(`{"deep": [1, "x", null]}`), Addr: netip.MustParseAddr("::1"),
		URL: &url.URL{Scheme: "https", Host: "h"}, Duration: time.Second, Small: 0.1,
	}
}

// asJSON returns the value of v by way of its JSON.
func asJSON(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// agrees fails unless Normalize converts v to the value that its JSON has.
func agrees(t *testing.T, v any) {
	t.Helper()
	got, _, err := hostapi.Normalize(v, math.MaxInt64)
	if err != nil {
		t.Fatalf("Normalize(%#v): %v", v, err)
	}
	if want := asJSON(t, v); !reflect.DeepEqual(asJSON(t, got), want) {
		t.Errorf("Normalize(%#v)\n is %#v\nnot %#v", v, got, want)
	}
}

func TestNormalizeAgreesWithJSON(t *testing.T) {
	t.Parallel()
	var pointer *int
	for _, v := range []any{
		sample(), *sample(),
		[]record{*sample()},
		[]*record{nil, sample()},
		record{},
		new(record),
		[]map[string]any{{"a": 1}, nil},
		[]int{1, 2},
		[]int(nil), []any(nil), []string(nil), map[string]any(nil), map[string]string(nil),
		[3]string{"a", "b", "c"},
		level(3), label("x"), pointer, &pointer,
		checked{true},
		&checked{true},
		[]checked{{true}},
		map[string]checked{"a": {true}},
		[]byte{},
		[]byte(nil), []byte("\x00\xff"), json.RawMessage("null"), time.Unix(0, 1), float32(0.1),
		big.NewFloat(1.5),
		struct{}{},
		struct{ A, B any }{nil, 1},
		map[level]int{1: 2},
		[][]byte{[]byte("x")},
		uintptr(3), errors.New("x"),
	} {
		agrees(t, v)
	}
}

// quick makes values of a type that has most of what a struct can have.
func TestNormalizeAgreesWithJSONOnAnything(t *testing.T) {
	t.Parallel()
	type Leaf struct {
		Text  label `json:"t,omitempty"`
		Count int32 `json:",string"`
		Ratio float64
		Bytes []byte
	}
	type Time struct{ At int64 }
	type tree struct {
		Leaf
		*Time  `json:"base,omitempty"`
		Leaves []Leaf
		Named  map[string]*Leaf `json:",omitempty"`
		Fixed  [3]uint16
		Maybe  **bool
		Keys   map[uint8][]float32
		Inline struct {
			A, B int16
			C    *label
		}
	}
	err := quick.Check(func(v tree) bool {
		agrees(t, v)
		return !t.Failed()
	}, &quick.Config{MaxCount: 300})
	if err != nil {
		t.Error(err)
	}
}

// FuzzNormalize compares any JSON with what Normalize makes of it, and of a type that
// marshals itself to it.
func FuzzNormalize(f *testing.F) {
	for _, text := range []string{`null`, `[1, 1.5, 1e400, "x", true, {"a": {}}]`, `-0`, `12345678901234567890`, `{"a": 1, "a": 2}`, `"\ud800"`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var value any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if d.Decode(&value) != nil || d.More() {
			return
		}
		for _, v := range []any{value, json.RawMessage(text)} {
			got, _, err := hostapi.Normalize(v, 1<<20)
			if err != nil {
				if code := hostapi.CodeOf(err); code != hostapi.CodeInvalidArgument && code != hostapi.CodeLimit {
					t.Fatalf("%s: %v", text, err)
				}
				continue
			}
			a, err := json.Marshal(got)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			b, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			if !sameNumbers(t, a, b) {
				t.Errorf("%s became %s", b, a)
			}
		}
	})
}

// sameNumbers compares two JSON texts by their values, numbers by their digits; no value is
// a negative zero.
func sameNumbers(t *testing.T, a, b []byte) bool {
	t.Helper()
	read := func(text []byte) any {
		text = negativeZero.ReplaceAll(text, []byte("${1}0${2}"))
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	return reflect.DeepEqual(read(a), read(b))
}

var negativeZero = regexp.MustCompile(`(^|[[,:])-0($|[],}])`)

// Files, users and groups stay what they are, however they are passed.
func TestNormalizeKeepsFilesAndUsers(t *testing.T) {
	t.Parallel()
	file := hostapi.File{Name: "a.txt", Content: []byte("x")}
	user := hostapi.User{ID: 3, Name: "Ada"}
	group := hostapi.Group{ID: 5, Name: "Sales", Members: []hostapi.Member{{UserID: 3}}}
	type form struct {
		Files []hostapi.File `json:"files"`
		Owner *hostapi.User  `json:"owner"`
		Group []*hostapi.Group
		None  *hostapi.Group
		Price hostapi.Decimal
	}
	for _, tt := range []struct{ in, want any }{
		{file, &file},
		{&file, &file},
		{[]hostapi.File{file}, []any{&file}},
		{[]*hostapi.File{&file}, []any{&file}},
		{[1]hostapi.File{file}, []any{&file}},
		{user, user},
		{&user, user},
		{[]hostapi.User{user}, []any{user}},
		{map[string]*hostapi.User{"u": &user}, map[string]any{"u": user}},
		{&group, group},
		{[]hostapi.Group{group}, []any{group}},
		{(*hostapi.File)(nil), nil},
		{(*hostapi.User)(nil), nil},
		{(*hostapi.Group)(nil), nil},
		{&form{Files: []hostapi.File{file}, Owner: &user, Group: []*hostapi.Group{&group}, Price: "1.50"}, map[string]any{
			"files": []any{&file}, "owner": user, "Group": []any{group}, "None": nil, "Price": hostapi.Decimal("1.50"),
		}},
	} {
		got, _, err := hostapi.Normalize(tt.in, 1000)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("Normalize(%#v) = %#v, %v; want %#v", tt.in, got, err, tt.want)
		}
	}
	got, _, err := hostapi.Normalize(group, 1000)
	if err != nil {
		t.Fatal(err)
	}
	group.Members[0].UserID = 4
	if members := got.(hostapi.Group).Members; members[0].UserID != 3 { //nolint:errcheck // a panic fails the test
		t.Error("a group shares its members with the caller's")
	}
}

// A value that cannot be written says which type it has, never what it holds.
func TestNormalizeFailingMarshalers(t *testing.T) {
	t.Parallel()
	for _, v := range []any{failing{}, &failing{}, []any{failing{}}, map[failing]int{{}: 1}, json.RawMessage(`{"secret`), json.RawMessage(`1 2`)} {
		_, _, err := hostapi.Normalize(v, 1000)
		if hostapi.CodeOf(err) != hostapi.CodeInvalidArgument || !strings.Contains(err.Error(), "could not be written as JSON") {
			t.Errorf("Normalize(%#v): error %v", v, err)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error has the value: %v", err)
		}
	}
	if _, _, err := hostapi.Normalize(failing{}, 1000); !errors.Is(err, errFailing) {
		t.Errorf("the error of the type is lost: %v", err)
	}
}

var errFailing = errors.New("secret")

type failing struct{}

func (failing) MarshalText() ([]byte, error) { return nil, errFailing }

func TestNormalizeCountsWhatItReflects(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   any
		size int64
	}{
		{[]byte("abc"), 8 + 4},
		{[]int{1, 2}, 8 + 2*8},
		{struct {
			A label `json:"name"`
		}{"xy"}, 8 + 4 + 8 + 2},
		{new(level), 8},
		{map[level]bool{12: true}, 8 + 2 + 8},
		{time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), 8 + 20},
	} {
		if _, size, err := hostapi.Normalize(tt.in, tt.size); err != nil || size != tt.size {
			t.Errorf("Normalize(%#v): size %d, error %v; want %d", tt.in, size, err, tt.size)
		}
		if _, _, err := hostapi.Normalize(tt.in, tt.size-1); hostapi.CodeOf(err) != hostapi.CodeLimit {
			t.Errorf("Normalize(%#v) with a byte less: %v", tt.in, err)
		}
	}
}
