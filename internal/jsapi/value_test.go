package jsapi_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/java"
	"github.com/postern-dev/postern/runtime"
)

// entropy reads values out of bytes; when they end it reads zeros.
type entropy []byte

func (s *entropy) byte() byte {
	if len(*s) == 0 {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return b
}

func (s *entropy) below(n int) int { return int(s.byte()) % n }

func (s *entropy) int64() int64 {
	var n int64
	for range 8 {
		n = n<<8 | int64(s.byte())
	}
	return n
}

func (s *entropy) text() string {
	n := min(s.below(9), len(*s))
	text := string((*s)[:n])
	*s = (*s)[n:]
	return string([]rune(text)) // a value is valid UTF-8, or it does not come back as it was
}

func (s *entropy) decimal() hostapi.Decimal {
	text := strconv.FormatInt(s.int64()>>s.below(64), 10)
	if at := s.below(20); at > 0 && at < len(text) && text[at-1] != '-' {
		text = text[:at] + "." + text[at:]
	}
	d, _ := hostapi.ParseDecimal(text)
	return d
}

// value makes a value that an item of no type may hold.
func (s *entropy) value(depth int) any {
	switch kind := s.below(10); {
	case kind == 0:
		return nil
	case kind == 1:
		return s.byte() > 127
	case kind == 2:
		f := math.Float64frombits(uint64(s.int64())) // any bits will do
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return 1.5
		}
		return f
	case kind == 3:
		return s.int64()
	case kind == 4:
		return s.decimal()
	case kind == 5:
		return &hostapi.File{Name: s.fileName(), ContentType: "text/plain", Content: []byte(s.text())}
	case kind < 8 || depth > 5:
		return s.text()
	case kind == 8:
		list := []any{}
		for range s.below(5) {
			list = append(list, s.value(depth+1))
		}
		return list
	}
	object := map[string]any{}
	for range s.below(5) {
		object[s.text()] = s.value(depth + 1)
	}
	return object
}

// fileName is a text that may be the name of a file.
func (s *entropy) fileName() string {
	return "n" + strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune("/\\\u2028\u2029", r) {
			return '_'
		}
		return r
	}, s.text())
}

// plain writes a value with every number as JavaScript has it, or as a BigDecimal
// where that would lose digits.
func plain(v any) any {
	switch v := v.(type) {
	case hostapi.Decimal:
		f, err := strconv.ParseFloat(string(v), 64)
		exact, wrong := java.ParseDecimal(string(v))
		if wrong != nil {
			return f
		}
		if kept, wrong := java.ParseDecimal(strconv.FormatFloat(f, 'g', -1, 64)); err != nil || wrong != nil || kept.Cmp(exact) != 0 {
			return hostapi.Decimal(exact.String())
		}
		return f + 0 // no negative zero
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = plain(v[k])
		}
		return out
	}
	return v
}

// FuzzValue moves values to JavaScript and back: nothing is lost but zeros after the
// point, and a typed item loses nothing at all.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{"", "\x08\x04abcdefghijk", "\x09\x03\x03key\x04valuevalue\x02\xff", "\x05\x03abc\x03def", "\x04zzzzzzzzz", "\x08\x04\x09\x01\x09__proto__\x01"} {
		f.Add([]byte(seed))
	}
	items := append(declared(), hostapi.Item{VarName: "q_in", Type: hostapi.TypeJSON, Number: 200}, hostapi.Item{VarName: "q_out", Type: hostapi.TypeJSON, Number: 201})
	engine := runtime.New(runtime.Config{})
	script, err := engine.Compile(f.Context(), runtime.Source{Name: "f.js", Code: []byte(`
		engine.setDataByVarName("q_out", engine.findDataByVarName("q_in"));
		for (const name of ["text", "line", "area", "n", "day", "at", "one", "some", "any", "files", "table", "user", "group"]) {
			const def = engine.findDataDefinitionByVarName("q_" + name);
			engine.setData(def, engine.findData(def));
		}`)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := entropy(data)
		in := s.value(0)
		at := time.Unix(s.int64()%(1<<33), 0).UTC()
		sum := strconv.FormatFloat(float64(s.int64()%1e6)/100, 'f', 2, 64)
		task := runtime.Task{
			Script: script, Items: items, Process: &hostapi.Process{TimeZone: "Asia/Tokyo"},
			Data: map[string]any{
				"q_in": in, "q_text": s.text(), "q_area": s.text(), "q_n": s.decimal(), "q_day": at.Format(time.DateOnly), "q_at": at.Format(time.RFC3339),
				"q_one": []any{"a"}, "q_some": []any{"b", "a"}[:s.below(3)], "q_any": []any{s.text()},
				"q_files": []any{&hostapi.File{Name: s.fileName(), ContentType: "a/b", Content: []byte(s.text())}},
				"q_table": []any{map[string]any{"name": s.text(), "sum": sum, "on": at.Format(time.DateOnly), "kind": "b"}},
				"q_user":  hostapi.User{ID: s.int64(), Name: s.text(), Email: s.text()}, "q_group": hostapi.Group{ID: s.int64(), Name: s.text()},
			},
		}
		result, err := engine.Run(t.Context(), task)
		if err != nil {
			t.Fatalf("%s of %#v", detail(err), task.Data)
		}
		for name, want := range task.Data {
			got := result.Data[name]
			switch name {
			case "q_in":
				continue
			case "q_at":
				text, _ := got.(string)
				if moment, err := time.Parse(time.RFC3339, text); err != nil || !moment.Equal(at) {
					t.Errorf("q_at = %v, want %v", got, want)
				}
				continue
			}
			if a, b := asJSON(t, got), asJSON(t, want); a != b {
				t.Errorf("%s = %s, want %s", name, a, b)
			}
		}
		normal, _, err := hostapi.Normalize(in, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := asJSON(t, result.Data["q_out"]), asJSON(t, plain(normal)); got != want {
			t.Errorf("q_out = %s, want %s", got, want)
		}
	})
}
