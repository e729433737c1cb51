package jsapi_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// TestRoundTrip gives a task the data of its result, by way of JSON, and it gives them
// back: nothing is lost, type by type, at the bounds of each.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	values := map[string][]any{
		"q_text":  {nil, "", "a\nb", "日本 👩‍💻 \u2028\x00", "123", "null"},
		"q_line":  {"one line"},
		"q_n":     {nil, 0.0, -1.5, 1e21, 5e-324, hostapi.Decimal("12345678901234567890.123"), hostapi.Decimal("1e400"), hostapi.Decimal("-1E-400"), hostapi.Decimal("1.500"), hostapi.Decimal("9007199254740993")},
		"q_day":   {nil, "0001-01-01", "1582-10-10", "2024-02-29", "9999-12-31"},
		"q_at":    {nil, "0001-01-02T00:00:00Z", "2024-02-29T23:59:59.999999999Z", "9999-12-31T23:59:59.999Z"},
		"q_one":   {nil, []any{}, []any{"a"}},
		"q_some":  {nil, []any{}, []any{"b", "a"}},
		"q_any":   {[]any{"", "a,b"}},
		"q_files": {nil, []any{}, []any{&hostapi.File{Name: "a", ContentType: "a/b"}, &hostapi.File{Name: "ü.bin", ContentType: "text/plain; charset=Shift_JIS", Content: []byte{0xff, 0, 0xfe}}}},
		"q_table": {nil, []any{}, []any{map[string]any{"name": "x\ny", "sum": "1.50", "on": "2024-02-29", "kind": "a"}, map[string]any{"name": "", "sum": "", "on": "", "kind": ""}}},
		"q_user":  {nil, hostapi.User{ID: 9007199254740993, Name: "Ada", Email: "ada@example.com"}, hostapi.User{ID: 1}},
		"q_group": {nil, hostapi.Group{ID: 9, Name: "Staff"}, hostapi.Group{ID: 9, Name: "Staff", Email: "staff@example.com"}},
		"q_json": {
			nil, true, "", 1.5, hostapi.Decimal("12345678901234567890.123"), hostapi.Decimal("1e400"),
			[]any{},
			map[string]any{},
			[]any{[]any{}, map[string]any{"": nil}},
			map[string]any{"id": hostapi.Decimal("9007199254740993"), "__proto__": []any{1.0}},
		},
	}
	items := append(declared(), hostapi.Item{VarName: "q_json", Type: hostapi.TypeJSON, Number: 200})
	engine := runtime.New(runtime.Config{})
	scripts := map[string]*runtime.Script{}
	for how, source := range map[string]string{
		"untouched":     ``,
		"by definition": `const d = engine.findDataDefinitionByVarName(engine.findDataByVarName("q_which")); engine.setData(d, engine.findData(d));`,
		"by name":       `const name = engine.findDataByVarName("q_which"); engine.setDataByVarName(name, engine.findDataByVarName(name));`,
	} {
		script, err := engine.Compile(t.Context(), runtime.Source{Name: how, Code: []byte(source)})
		if err != nil {
			t.Fatal(err)
		}
		scripts[how] = script
	}
	items = append(items, hostapi.Item{VarName: "q_which", Type: hostapi.TypeString, Number: 201})
	for name, list := range values {
		for _, value := range list {
			for how, script := range scripts {
				first := roundTrip(t, engine, runtime.Task{Script: script, Items: items, Data: map[string]any{name: value, "q_which": name}})
				again := roundTrip(t, engine, runtime.Task{Script: script, Items: items, Data: first.data})
				if first.json != again.json {
					t.Errorf("%s %s: %s becomes %s", how, name, first.json, again.json)
				}
				if how == "untouched" {
					continue
				}
				untouched := roundTrip(t, engine, runtime.Task{Script: scripts["untouched"], Items: items, Data: map[string]any{name: value, "q_which": name}})
				if !sameNumbers(t, first.json, untouched.json) {
					t.Errorf("%s %s: %s becomes %s", how, name, untouched.json, first.json)
				}
			}
		}
	}
}

type trip struct {
	json string
	data map[string]any // as a reader of the JSON has it
}

func roundTrip(t *testing.T, engine *runtime.Engine, task runtime.Task) trip {
	t.Helper()
	result, err := engine.Run(t.Context(), task)
	if err != nil {
		t.Fatalf("%v: %s", task.Data, detail(err))
	}
	text, err := json.Marshal(result.Data)
	if err != nil {
		t.Fatal(err)
	}
	out := trip{json: string(text)}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&out.data); err != nil {
		t.Fatal(err)
	}
	return out
}

// sameNumbers reports whether two JSON texts are equal but for how numbers are
// written: 1.500 or 1.5, 1e400 or 1E+400.
func sameNumbers(t *testing.T, a, b string) bool {
	t.Helper()
	read := func(text string) string {
		decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
		decoder.UseNumber()
		var v any
		if err := decoder.Decode(&v); err != nil {
			t.Fatal(err)
		}
		value, _, err := hostapi.Normalize(v, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		return asJSON(t, plain(value))
	}
	return read(a) == read(b)
}

// An item that may hold no text at all is not one that may hold any.
func TestEmptyOptionsAreKept(t *testing.T) {
	t.Parallel()
	item := hostapi.Item{VarName: "q_s", Type: hostapi.TypeSelect, Options: []hostapi.Option{}, Bounds: hostapi.Bounds{Min: "12345678901234567890.123"}}
	text := asJSON(t, item)
	var again hostapi.Item
	if err := json.Unmarshal([]byte(text), &again); err != nil {
		t.Fatal(err)
	}
	if again.Options == nil || again.Bounds.Min != item.Bounds.Min {
		t.Errorf("%s is read as %+v", text, again)
	}
	task := runtime.Task{Items: []hostapi.Item{again}}
	wantFailure(t, task, `engine.setDataByVarName("q_s", ["x"])`, hostapi.CodeInvalidArgument, "no such option; the item has no options")
}
