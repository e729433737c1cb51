package hostapi_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   any
		want any
		size int64
	}{
		{"nil", nil, nil, 8},
		{"bool", true, true, 8},
		{"string", "héllo", "héllo", 8 + 6},
		{"float64", 1.5, 1.5, 8},
		{"float32", float32(1.5), 1.5, 8},
		{"int", -3, -3.0, 8},
		{"int8", int8(-3), -3.0, 8},
		{"int16", int16(3), 3.0, 8},
		{"int32", int32(3), 3.0, 8},
		{"uint", uint(3), 3.0, 8},
		{"uint8", uint8(3), 3.0, 8},
		{"uint16", uint16(3), 3.0, 8},
		{"uint32", uint32(3), 3.0, 8},
		{"uint64", uint64(1) << 53, float64(1 << 53), 8},
		{"largest uint64", uint64(math.MaxUint64), hostapi.Decimal("18446744073709551615"), 8},
		{"int64", int64(1) << 53, float64(1 << 53), 8},
		{"int64 beyond float64", int64(1)<<53 + 1, hostapi.Decimal("9007199254740993"), 8},
		{"smallest int64", int64(math.MinInt64), hostapi.Decimal("-9223372036854775808"), 8},
		{"Decimal", hostapi.Decimal("1.50"), hostapi.Decimal("1.50"), 8 + 4},
		{"json.Number", json.Number("1.50"), hostapi.Decimal("1.50"), 8 + 4},
		{"Decimal that is not set", hostapi.Decimal(""), hostapi.Decimal("0"), 8 + 1},
		{"json.Number that is not set", json.Number(""), hostapi.Decimal("0"), 8 + 1},
		{"list", []any{"a", nil, []any{}}, []any{"a", nil, []any{}}, 8 + 9 + 8 + 8},
		{"[]string", []string{"a"}, []any{"a"}, 8 + 9},
		{"map", map[string]any{"k": 1}, map[string]any{"k": 1.0}, 8 + 1 + 8},
		{"map[string]string", map[string]string{"k": "v"}, map[string]any{"k": "v"}, 8 + 1 + 9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, size, err := hostapi.Normalize(tt.in, math.MaxInt64)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("value %#v, want %#v", got, tt.want)
			}
			if size != tt.size {
				t.Errorf("size %d, want %d", size, tt.size)
			}
		})
	}
}

func TestNormalizeErrors(t *testing.T) {
	t.Parallel()
	list := []any{nil}
	list[0] = list
	object := map[string]any{}
	object["self"] = object
	deep := any("x")
	for range hostapi.MaxValueDepth + 1 {
		deep = []any{deep}
	}
	var pointer any
	pointer = &pointer
	ring := &node{Name: "a"}
	ring.Next = ring
	tests := []struct {
		name string
		in   any
		want string
	}{
		{"list in itself", list, "nested more than 100 levels"},
		{"object in itself", object, "nested more than 100 levels"},
		{"too deep", deep, "nested more than 100 levels"},
		{"NaN", math.NaN(), "NaN cannot be stored"},
		{"infinity", math.Inf(-1), "-Inf cannot be stored"},
		{"infinity in a list", []any{float32(math.Inf(1))}, "+Inf cannot be stored"},
		{"bad number", json.Number("1x"), "not a number"},
		{"function", func() {}, "a Go func() cannot be stored"},
		{"channel in a struct", struct{ C chan int }{make(chan int)}, "a Go chan int cannot be stored"},
		{"pointer to itself", &pointer, "nested more than 100 levels"},
		{"structs in a circle", ring, "nested more than 100 levels"},
		{"map of floats", map[float64]int{1: 1}, "a map whose keys are a Go float64 cannot be stored"},
		{"time without a zone of RFC 3339", time.Date(2030, 1, 2, 0, 0, 0, 0, time.FixedZone("", 1<<20)), "a time whose year"},
		{"year of five digits", time.Date(10000, 1, 2, 0, 0, 0, 0, time.UTC), "a time whose year"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := hostapi.Normalize(tt.in, math.MaxInt64)
			if code := hostapi.CodeOf(err); code != hostapi.CodeInvalidArgument {
				t.Fatalf("error %v with code %q, want invalid_argument", err, code)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want %q in it", err, tt.want)
			}
		})
	}
	deep = "x"
	for range hostapi.MaxValueDepth {
		deep = []any{deep}
	}
	if _, _, err := hostapi.Normalize(deep, math.MaxInt64); err != nil {
		t.Errorf("%d levels: %v", hostapi.MaxValueDepth, err)
	}
}

func TestNormalizeBound(t *testing.T) {
	t.Parallel()
	shared := any("x")
	for range 40 {
		shared = []any{shared, shared} // 2⁴⁰ leaves
	}
	tests := []struct {
		name string
		in   any
		most int64
		ok   bool
	}{
		{"as large as it may be", []any{"ab", map[string]any{"k": nil}}, 8 + 10 + 8 + 1 + 8, true},
		{"one byte more", []any{"ab", map[string]any{"k": nil}}, 8 + 10 + 8 + 1 + 7, false},
		{"text", "abc", 10, false},
		{"digits", hostapi.Decimal("1.5"), 10, false},
		{"JSON digits", json.Number("1.5"), 10, false},
		{"name", map[string]any{"k": nil}, 16, false},
		{"nothing at all", nil, 0, false},
		{"below zero", nil, -1, false},
		{"shared many times over", shared, 1 << 20, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := hostapi.Normalize(tt.in, tt.most)
			if tt.ok && err != nil {
				t.Errorf("error %v, want none", err)
			}
			if !tt.ok && hostapi.CodeOf(err) != hostapi.CodeLimit {
				t.Errorf("error %v, want code limit", err)
			}
		})
	}
}

func TestNormalizeSharesNothing(t *testing.T) {
	t.Parallel()
	list := []any{"a"}
	object := map[string]any{"list": list}
	got, _, err := hostapi.Normalize(object, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	list[0], object["list"] = "changed", "changed"
	if want := (map[string]any{"list": []any{"a"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("value %#v, want %#v", got, want)
	}
}

func TestParseDecimal(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0", "-0", "1", "-1", "123.450", "0.1", "1e5", "1E+5", "-1.5e-10", "123456789012345678901234567890.1", "1e400"} {
		d, ok := hostapi.ParseDecimal(text)
		if !ok || string(d) != text {
			t.Errorf("ParseDecimal(%q) = %q, %v", text, d, ok)
			continue
		}
		b, err := json.Marshal(map[string]any{"d": d})
		if want := `{"d":` + text + `}`; err != nil || string(b) != want {
			t.Errorf("JSON %s, %v; want %s", b, err, want)
		}
	}
	for _, text := range []string{"", "-", "+1", "01", ".5", "5.", "1e", " 1", "1 ", "1,5", "0x1", "1_000", "NaN", "Infinity", `"1"`, "[1]", "null", "1 2", "１"} {
		if d, ok := hostapi.ParseDecimal(text); ok {
			t.Errorf("ParseDecimal(%q) = %q, want none", text, d)
		}
	}
}

// What would come back from JSON as something else does not become a value.
func TestNormalizeRefuses(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		"M\xfcller",
		map[string]any{"\xff": 1},
		[]string{"\xff"},
		hostapi.Decimal(" "), hostapi.Decimal("1,5"), hostapi.Decimal("NaN"),
		&hostapi.File{Name: "a/b"},
		[]any{&hostapi.File{}},
	} {
		if _, _, err := hostapi.Normalize(v, 1000); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
			t.Errorf("Normalize(%#v): error %v, want invalid_argument", v, err)
		}
	}
}

func TestDecimalFromItsJSON(t *testing.T) {
	t.Parallel()
	for _, d := range []hostapi.Decimal{"0", "-1.50", "12345678901234567890.123", "1e400", "1E-400"} {
		text, err := json.Marshal(map[string]any{"d": d})
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ D hostapi.Decimal }
		if err := json.Unmarshal(text, &got); err != nil || got.D != d {
			t.Errorf("%s is read as %q, %v", text, got.D, err)
		}
	}
	if text, err := json.Marshal(struct{ D hostapi.Decimal }{}); err != nil || string(text) != `{"D":0}` {
		t.Errorf("a Decimal that is not set: %s, %v", text, err)
	}
	var d hostapi.Decimal
	for _, text := range []string{`true`, `"x"`, `"1,5"`, `[]`, `""`} {
		if err := json.Unmarshal([]byte(text), &d); err == nil {
			t.Errorf("%s is read as %q", text, d)
		}
	}
	if err := json.Unmarshal([]byte(`"1.50"`), &d); err != nil || d != "1.50" {
		t.Errorf("text is read as %q, %v", d, err)
	}
}
