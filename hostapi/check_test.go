package hostapi_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestItemTypeMatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		item  hostapi.ItemType
		query string
		want  bool
	}{
		{hostapi.TypeTextfield, "STRING", true},
		{hostapi.TypeTextfield, "STRING_TEXTFIELD", true},
		{hostapi.TypeTextfield, "STRING_TEXTAREA", false},
		{hostapi.TypeTextfield, "STRING_MULTILINE", false},
		{hostapi.TypeTextarea, "STRING_MULTILINE", true},
		{hostapi.TypeMarkdown, "STRING_MULTILINE", true},
		{hostapi.TypeString, "STRING", true},
		{hostapi.TypeString, "STRING_TEXTFIELD", false},
		{hostapi.TypeDateYMD, "DATE", true},
		{hostapi.TypeDate, "DATE", true},
		{hostapi.TypeDatetime, "DATE", false},
		{hostapi.TypeDatetime, "DATETIME", true},
		{hostapi.TypeSelectCheckbox, "SELECT", true},
		{hostapi.TypeSelectCheckbox, "SELECT_SINGLE", false},
		{hostapi.TypeFile, "LIST|FILE", true},
		{hostapi.TypeFile, "LIST | QUSER", false},
		{hostapi.TypeUser, "", false},
		{"STRING_", "STRING", true},
	}
	for _, tt := range tests {
		if got := tt.item.Matches(tt.query); got != tt.want {
			t.Errorf("%s matches %q: %v", tt.item, tt.query, got)
		}
	}
}

func TestCheckItems(t *testing.T) {
	t.Parallel()
	got, err := hostapi.CheckItems([]hostapi.Item{
		{VarName: "q_a", Type: hostapi.TypeString},
		{VarName: "q_t", Type: hostapi.TypeList, Number: 7, Name: "Table", Columns: []hostapi.Column{{VarName: "n", Type: hostapi.TypeDecimal}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := got[0]; a.Number != 1 || a.Name != "q_a" {
		t.Errorf("defaults: %+v", a)
	}
	if table := got[1]; table.Number != 7 || table.Name != "Table" || table.Columns[0].Name != "n" {
		t.Errorf("as given, and the column's name: %+v", table)
	}
	column := func(c hostapi.Column) []hostapi.Item {
		return []hostapi.Item{{VarName: "q_t", Type: hostapi.TypeList, Columns: []hostapi.Column{c, c}}}
	}
	bad := []struct {
		items []hostapi.Item
		want  string
	}{
		{[]hostapi.Item{{Type: hostapi.TypeString}}, "has no variable name"},
		{[]hostapi.Item{{VarName: "q_a", Type: "TEXT"}}, "no such type"},
		{[]hostapi.Item{{VarName: "q_a", Type: "STRING"}, {VarName: "q_a", Type: "STRING"}}, "declared twice"},
		{[]hostapi.Item{{VarName: "q_a", Type: "STRING", Number: 2}, {VarName: "q_b", Type: "STRING"}}, "has the number 2 as well"},
		{[]hostapi.Item{{VarName: "q_a", Type: "STRING", Columns: []hostapi.Column{{VarName: "c"}}}}, "only a LIST has columns"},
		{column(hostapi.Column{Type: hostapi.TypeString}), "no variable name"},
		{column(hostapi.Column{VarName: "c", Type: hostapi.TypeFile}), `no column has the type "FILE"`},
		{column(hostapi.Column{VarName: "c", Type: hostapi.TypeString}), "q_t.c: the column is declared twice"},
	}
	for _, tt := range bad {
		if _, err := hostapi.CheckItems(tt.items); hostapi.CodeOf(err) != hostapi.CodeConfig || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: error %v, want %q", tt.items, err, tt.want)
		}
	}
}

func TestItemCheck(t *testing.T) {
	t.Parallel()
	file := &hostapi.File{Name: "a.txt", ContentType: "text/plain", Content: []byte("abc")}
	two := 2
	options := []hostapi.Option{{Value: "a"}, {Value: "b"}}
	table := hostapi.Item{VarName: "q_x", Type: hostapi.TypeList, Columns: []hostapi.Column{
		{VarName: "name", Type: hostapi.TypeString},
		{VarName: "n", Type: hostapi.TypeDecimal},
		{VarName: "day", Type: hostapi.TypeDateYMD},
		{VarName: "kind", Type: hostapi.TypeSelectSingle, Options: options},
	}}
	rows := func(cell string, value any) []any { return []any{map[string]any{cell: value}} }
	tests := []struct {
		name  string
		item  hostapi.Item
		value any
		want  any
		err   string
	}{
		{"option", hostapi.Item{Type: hostapi.TypeSelectSingle, Options: options}, []any{"b"}, []any{"b"}, ""},
		{"unknown option", hostapi.Item{Type: hostapi.TypeSelectSingle, Options: options}, []any{"c"}, nil, `no such option; the options are "a", "b"`},
		{"required", hostapi.Item{Type: hostapi.TypeString, Bounds: hostapi.Bounds{Required: true}}, nil, nil, "is required"},
		{"required list", hostapi.Item{Type: hostapi.TypeSelectCheckbox, Bounds: hostapi.Bounds{Required: true}}, []any{}, nil, "is required"},
		{"length in characters", hostapi.Item{Type: hostapi.TypeString, Bounds: hostapi.Bounds{MaxLength: 2}}, "日本", "日本", ""},
		{"too long", hostapi.Item{Type: hostapi.TypeString, Bounds: hostapi.Bounds{MaxLength: 2}}, "abc", nil, "more than 2 characters"},
		{"scale", hostapi.Item{Type: hostapi.TypeDecimal, Bounds: hostapi.Bounds{Scale: &two}}, hostapi.Decimal("1.250"), hostapi.Decimal("1.250"), ""},
		{"too fine", hostapi.Item{Type: hostapi.TypeDecimal, Bounds: hostapi.Bounds{Scale: &two}}, 1.255, nil, "more than 2 digits after the point"},
		{"in range", hostapi.Item{Type: hostapi.TypeDecimal, Bounds: hostapi.Bounds{Min: "-1", Max: "1e1"}}, 10.0, 10.0, ""},
		{"below", hostapi.Item{Type: hostapi.TypeDecimal, Bounds: hostapi.Bounds{Min: "0"}}, -0.1, nil, "below 0"},
		{"above", hostapi.Item{Type: hostapi.TypeDecimal, Bounds: hostapi.Bounds{Max: "9.99"}}, "10", nil, "above 9.99"},
		{"huge exponent", hostapi.Item{Type: hostapi.TypeDecimal, Bounds: hostapi.Bounds{Max: "1"}}, hostapi.Decimal("1e999999999"), nil, "exponent"},
		{"file", hostapi.Item{Type: hostapi.TypeFile}, []any{file}, []any{file}, ""},
		{"file as an object", hostapi.Item{Type: hostapi.TypeFile}, []any{map[string]any{"name": "a.txt", "contentType": "text/plain", "content": "YWJj"}}, []any{file}, ""},
		{"not base64", hostapi.Item{Type: hostapi.TypeFile}, []any{map[string]any{"name": "a", "content": "%"}}, nil, "not base64"},
		{"file without name", hostapi.Item{Type: hostapi.TypeFile}, []any{map[string]any{"content": ""}}, nil, "has no name"},
		{"file with more", hostapi.Item{Type: hostapi.TypeFile}, []any{map[string]any{"name": "a", "size": "1"}}, nil, `has no "size"`},
		{"one file", hostapi.Item{Type: hostapi.TypeFile}, file, nil, "needs a list of files, got a file"},
		{"too many files", hostapi.Item{Type: hostapi.TypeFile, Bounds: hostapi.Bounds{MaxFiles: 1}}, []any{file, file}, nil, "at most 1 files"},
		{"too many bytes", hostapi.Item{Type: hostapi.TypeFile, Bounds: hostapi.Bounds{MaxBytes: 5}}, []any{file, file}, nil, "more than 5 bytes"},
		{"table", table, rows("name", "x"), rows("name", "x"), ""},
		{"cells become text", table, rows("n", 1.5), rows("n", "1.5"), ""},
		{"empty cell", table, rows("n", nil), rows("n", ""), ""},
		{"no number", table, rows("n", "x"), nil, `row 1, column "n": not a number`},
		{"no day", table, rows("day", "1/2"), nil, "not a date"},
		{"no option", table, rows("kind", "z"), nil, "no such option"},
		{"no column", table, rows("foo", "z"), nil, `column "foo": there is no such column`},
		{"no rows", table, "x", nil, "needs a list of rows, got text"},
		{"user", hostapi.Item{Type: hostapi.TypeUser}, map[string]any{"id": 3.0, "name": "Ada", "email": "a@example.com"}, hostapi.User{ID: 3, Name: "Ada", Email: "a@example.com"}, ""},
		{"no user", hostapi.Item{Type: hostapi.TypeUser}, map[string]any{"name": "Ada"}, nil, "needs a user"},
		{"group", hostapi.Item{Type: hostapi.TypeGroup}, hostapi.Group{ID: 1}, hostapi.Group{ID: 1}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.item.VarName = "q_x"
			got, err := tt.item.Check(tt.value)
			if tt.err != "" {
				if hostapi.CodeOf(err) != hostapi.CodeInvalidArgument || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), "q_x") {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v, %v; want %#v", got, err, tt.want)
			}
		})
	}
}
