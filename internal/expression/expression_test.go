package expression_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/expression"
)

// scopes returns a function that makes scopes of a task with a data item of each
// kind.
func scopes(t testing.TB) func() *expression.Scope {
	t.Helper()
	items, err := hostapi.CheckItems([]hostapi.Item{
		{VarName: "q_title", Type: hostapi.TypeTextfield},
		{VarName: "q_amount", Type: hostapi.TypeDecimal},
		{VarName: "q_day", Type: hostapi.TypeDateYMD},
		{VarName: "q_at", Type: hostapi.TypeDatetime},
		{VarName: "q_kind", Type: hostapi.TypeSelectSingle, Options: []hostapi.Option{{Value: "a", Display: "Apple"}, {Value: "b"}}},
		{VarName: "q_kinds", Type: hostapi.TypeSelectCheckbox, Options: []hostapi.Option{{Value: "a", Display: "Apple"}, {Value: "b"}}},
		{VarName: "q_files", Type: hostapi.TypeFile},
		{VarName: "q_user", Type: hostapi.TypeUser},
		{VarName: "q_group", Type: hostapi.TypeGroup},
		{VarName: "q_rows", Type: hostapi.TypeList, Columns: []hostapi.Column{{VarName: "c_x", Type: hostapi.TypeString}}},
		{VarName: "q_json", Type: hostapi.TypeJSON},
		{VarName: "q_none", Type: hostapi.TypeTextfield},
		{VarName: "q_wrong", Type: hostapi.TypeDecimal},
		{VarName: "q_huge", Type: hostapi.TypeDecimal},
		{VarName: "q_long", Type: hostapi.TypeTextarea},
		{VarName: "日付", Number: 30, Type: hostapi.TypeString},
		{VarName: "not", Number: 31, Type: hostapi.TypeString},
	})
	if err != nil {
		t.Fatal(err)
	}
	data := map[string]any{
		"q_title": "Hi", "q_amount": hostapi.Decimal("1.50e3"), "q_day": "2024-02-29", "q_at": "2024-02-29T09:30:15+09:00",
		"q_kind": []any{"a"}, "q_kinds": []any{"a", "b"},
		"q_files": []any{&hostapi.File{Name: "x.txt", ContentType: "text/plain"}, &hostapi.File{Name: "y.txt"}},
		"q_user":  hostapi.User{ID: 5, Name: "Ada", Email: "ada@example.com"}, "q_group": hostapi.Group{ID: 8, Name: "Sales"},
		"q_rows":  []any{map[string]any{"c_x": "1"}, map[string]any{"c_x": "2"}},
		"q_json":  map[string]any{"n": 0.5, "list": []string{"p", "q"}, "yes": true},
		"q_wrong": "text", "q_huge": hostapi.Decimal("1e999999999"), "q_long": strings.Repeat("x", 1<<20), "日付": "today", "not": "word",
	}
	process := &hostapi.Process{InstanceID: 12, ModelInfoID: 34, Debug: true}
	return func() *expression.Scope { return expression.NewScope(items, data, process) }
}

func TestExpressions(t *testing.T) {
	t.Parallel()
	newScope := scopes(t)
	for text, want := range map[string]string{
		// Text around them.
		"none": "none", "#": "#", "{x}": "{x}", "# {x}": "# {x}", `a\b`: `a\b`,
		`\#{q_title}`: "#{q_title}", `\\#{q_title}`: `\#{q_title}`, "#{'#{'}": "#{", "#{'}'}": "}", `#{'\\'}#{q_title}`: `\Hi`,
		"<#{q_title}> #{ q_title }#{q_title}": "<Hi> HiHi", "日#{q_title}本": "日Hi本", "}#{q_title}}": "}Hi}",

		// Data items.
		"#{q_title}": "Hi", "#{#q_title}": "Hi", "#{data['q_title']}": "Hi", `#{data["q_title"]}`: "Hi", "#{data['1']}": "Hi", "#{data[1]}": "Hi",
		"#{日付}": "today", "#{data[30]}": "today", "#{#not}": "word", "#{data['not']}": "word",
		"#{q_amount}": "1500", "#{q_day}": "2024-02-29", "#{q_at}": "2024-02-29 09:30", "#{q_kind}": "Apple", "#{q_kinds}": "Apple,b",
		"#{q_files}": "x.txt,y.txt", "#{q_user}": "Ada", "#{q_group}": "Sales", "[#{q_none}]": "[]",
		"#{processInstanceId}": "12", "#{processModelInfoId}": "34", "#{processInstanceDebug}": "true",

		// Members.
		"#{q_user.id} #{q_user.name} #{q_user.email}": "5 Ada ada@example.com", "#{q_group.id}": "8",
		"#{q_kind.value}": "a", "#{q_kind[0].value}": "a", "#{q_kinds.value}": "a,b", "#{q_kinds[1].display}": "b",
		"#{q_files.contentType}": "text/plain,", "#{q_files[0].name}": "x.txt", "#{q_files[9].name}": "", "#{q_files[-1]}": "",
		"#{q_rows[1].c_x}": "2", "#{q_rows.c_x}": "1,2", "#{q_rows[0]['c_x']}": "1", "#{q_rows[0].c_y}": "",
		"#{q_json.n}": "0.5", "#{q_json.list}": "p,q", "#{q_json.yes}": "true", "#{q_none.anything[3]}": "",

		// Literals and operators.
		"#{'it\\'s'}": "it's", `#{"a'b"}`: "a'b", `#{'\n'}`: `\n`, "#{1.50}": "1.50", "#{007}": "7", "#{true}#{false}#{null}": "truefalse",
		"#{1 + 2}": "3", "#{0.1 + 0.20}": "0.30", "#{q_amount + 0.5}": "1500.5", "#{'a' + 1}": "a1", "#{q_title + '-' + q_kind}": "Hi-Apple",
		"#{-1 + 1}": "0", "#{-q_amount}": "-1500", "#{--1}": "1", "#{-q_none}": "", "#{-'1.5'}": "-1.5", "#{1 == '1e2000'}": "false", "#{q_rows[0] == q_none}": "false",
		"#{1 < 2} #{2 <= 1} #{2 > 10} #{10 >= 10}": "true false false true", "#{'2' > '10'}": "true", "#{'2' > 10}": "false",
		"#{q_amount == 1500.0}": "true", "#{q_amount == '1500'}": "true", "#{q_amount != 'x'}": "true", "#{q_title eq 'Hi' and 1 lt 2}": "true", "#{1 le 0 or 2 gt 1 and 2 ge 2}": "true",
		"#{q_kind == 'Apple'} #{q_kind.value == 'a'}": "true true", "#{q_day < '2024-03-01'}": "true",
		"#{q_none == null} #{q_title == null} #{q_none != null} #{q_none == ''} #{q_none < 1}": "true false false false false",
		"#{empty q_json} #{empty 0} #{empty false}":                                            "false false false", "#{empty q_none} #{empty q_title} #{empty ''} #{not empty q_files} #{empty q_none.x}": "true false true true true",
		"#{!true} #{!q_none} #{not false}":                      "false true true",
		"#{true || false && false} #{(true || false) && false}": "true false", "#{1 == 2 or 1 ne 2}": "true",
		"#{1 + 1 == 2 ? 'yes' : 'no'}": "yes", "#{false ? 1 : true ? 2 : 3}": "2", "#{(q_amount > 1000 ? q_user : q_group).id}": "5",
		"#{false && q_long < 1}": "false", "#{true || q_wrong}": "true", "#{q_json.yes ? 'a' : 'b'}": "a",
	} {
		if got, err := newScope().Expand(text); err != nil || got != want {
			t.Errorf("%s = %q, want %q; error %v", text, got, want, err)
		}
	}
}

func TestExpressionErrors(t *testing.T) {
	t.Parallel()
	newScope := scopes(t)
	const names = "\nhint: use q_title, q_amount, q_day, q_at, q_kind, q_kinds, q_files, q_user, q_group, q_rows, q_json, q_none or one of 5 more"
	for text, want := range map[string]string{
		"日#{q_tilte}":                        `4: there is no data item "q_tilte"` + names,
		"#{#q_tilte}":                        `3: there is no data item "q_tilte"` + names,
		"#{data['99']}":                      `8: there is no data item "99"` + names,
		"#{true ? 1 : q_tilte}":              `14: there is no data item "q_tilte"` + names,
		"a\nb #{\n  x}":                      `line 3, 3: there is no data item "x"` + names,
		"#{}":                                "3: expected a value, got }",
		"#{":                                 "3: expected a value, got the end",
		"#{q_title":                          "10: expected }, got the end",
		"#{q_title q_day}":                   "11: expected }, got a name",
		"#{'a}":                              "3: missing closing quote",
		"#{1 +}":                             "6: expected a value, got }",
		"#{(1}":                              "5: expected ), got }",
		"#{1 ? 2}":                           "8: expected :, got }",
		"#{q_user.}":                         "10: expected a name, got }",
		"#{q_rows[0}":                        "11: expected ], got }",
		"#{data[q_title]}":                   "8: expected the number or variable name of a data item, got a name",
		"#{data}":                            `3: there is no data item "data"` + names,
		"#{1 * 2}":                           "5: unexpected character",
		"#{q_title = 1}":                     "11: unexpected character",
		"#{1.}":                              "5: expected a name, got }",
		"#{q_user.phone}":                    `9: no member "phone"` + "\nhint: use id, name or email",
		"#{q_kind.x}":                        `9: no member "x"` + "\nhint: use value or display",
		"#{q_files[0].x}":                    `13: no member "x"` + "\nhint: use name or contentType",
		"#{q_title.x}":                       `10: no member "x"`,
		"#{q_json}":                          "3: an object cannot be used as text\nhint: select one of its members",
		"#{q_rows}":                          "3: an object cannot be used as text\nhint: select one of its members",
		"#{'x' + q_rows}":                    "7: an object cannot be used as text\nhint: select one of its members",
		"#{q_title ? 1 : 2}":                 "11: the condition is neither true nor false\nhint: compare it with something: == 'text'",
		"#{!5}":                              "3: the condition is neither true nor false\nhint: compare it with something: == 'text'",
		"#{5 < q_title}":                     "5: a number cannot be compared with text that is not one",
		"#{-q_title}":                        "3: - needs a number",
		"#{q_wrong}":                         `3: data item "q_wrong": DECIMAL needs a number, got text`,
		"#{q_huge}":                          "3: the number has too many digits",
		"#{q_huge + 1}":                      "10: the number has too many digits",
		"#{q_huge == 1}":                     "10: the number has too many digits",
		"#{-q_huge}":                         "3: - needs a number",
		"#{" + strings.Repeat("(", 51) + "1": "53: nested more than 50 levels deep",
		"#{" + strings.Repeat("!", 51) + "1": "52: nested more than 50 levels deep",
		"#{'x'" + strings.Repeat(" ", 10001): "3: the expression is too long\nhint: does it end with }?",
		"#{'" + strings.Repeat("x", 20000) + "'}": "3: missing closing quote",
	} {
		where, message, _ := strings.Cut(want, ": ")
		if line, column, ok := strings.Cut(where, ", "); ok {
			where = line + ", character " + column
		} else {
			where = "character " + where
		}
		_, err := newScope().Expand(text)
		wantError(t, text, err, "expression at "+where+": "+message)
	}
}

// wantError checks the message of an error, with its hint.
func wantError(t *testing.T, text string, err error, want string) {
	t.Helper()
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		t.Errorf("%s: error %#v, want a hostapi.Error: %s", text, err, want)
		return
	}
	if e.Code != hostapi.CodeConfig || e.Detail() != want {
		t.Errorf("%s: error %s\n%s\nwant %s", text, e.Code, e.Detail(), want)
	}
}

func TestExpressionsWithoutDeclaredItems(t *testing.T) {
	t.Parallel()
	scope := expression.NewScope(nil, map[string]any{"q_n": 3, "q_list": []string{"a", "b"}}, nil)
	const text = "#{q_n + 1} #{q_list} #{processInstanceId}"
	if got, err := scope.Expand(text); err != nil || got != "4 a,b 0" {
		t.Errorf("%s = %q, error %v", text, got, err)
	}
	_, err := scope.Expand("#{q_m}")
	wantError(t, "#{q_m}", err, `expression at character 3: there is no data item "q_m"`+"\nhint: no data items are declared")
}

func TestNamesOfItems(t *testing.T) {
	t.Parallel()
	scope := scopes(t)()
	for key, want := range map[string]string{"q_day": "q_day", "3": "q_day", "30": "日付", "99": "99", "q_x": "q_x"} {
		if got := scope.VarName(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if item := scope.Item("q_day"); item == nil || item.Type != hostapi.TypeDateYMD {
		t.Errorf("q_day is %+v", item)
	}
	if item := scope.Item("3"); item != nil {
		t.Errorf("3 is %+v, and is no variable name", item)
	}
}

func TestFormatNumber(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		"0.5": 0.5, "100000000000000000000000": 1e23, "1500": hostapi.Decimal("1.50e3"), "1.50": hostapi.Decimal("1.50"), "0.0012": hostapi.Decimal("12e-4"),
	} {
		if got, err := expression.FormatNumber(v); err != nil || got != want {
			t.Errorf("%v is %q, want %q; error %v", v, got, want, err)
		}
	}
	if got, err := expression.FormatNumber(hostapi.Decimal("1e999999999")); err == nil {
		t.Errorf("a number with too many digits is %q", got)
	}
}

// The output of expressions is bounded.
func TestExpressionsAreBounded(t *testing.T) {
	t.Parallel()
	newScope := scopes(t)
	for name, text := range map[string]string{
		"text":       strings.Repeat("#{q_long}", 17),
		"sums":       "#{empty (q_long" + strings.Repeat("+ q_long", 17) + ")}",
		"comparison": "#{" + strings.Repeat("q_long != q_long ||", 17) + "true}",
	} {
		_, err := newScope().Expand(text)
		if hostapi.CodeOf(err) != hostapi.CodeLimit {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// FuzzExpression checks that text outside of expressions is unchanged, and that errors have a
// position.
func FuzzExpression(f *testing.F) {
	for _, text := range []string{
		"a#{q_title}b", `\#{x}`, "#{data['1'] == 'x' ? 1.5 : -q_amount}", "#{(!empty q_kinds.value) && q_rows[0].c_x < \"2\"}", "#{'\\'}'}#{", "#{q_json.list[1] + 1}",
	} {
		f.Add(text)
	}
	newScope := scopes(f)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := newScope().Expand(text)
		if err != nil {
			e, ok := errors.AsType[*hostapi.Error](err)
			if !ok || e.Code != hostapi.CodeLimit && (e.Code != hostapi.CodeConfig || !strings.HasPrefix(e.Message, "expression at ")) {
				t.Fatalf("error %#v", err)
			}
			return
		}
		if !strings.Contains(text, "#{") && got != text {
			t.Errorf("%q became %q", text, got)
		}
		if before, _, ok := strings.Cut(text, "#{"); ok && !strings.HasPrefix(got, strings.TrimSuffix(before, `\`)) {
			t.Errorf("%q became %q", text, got)
		}

		// What is escaped stays as it is, and what is quoted in an expression too.
		escaped := strings.ReplaceAll(got, "#{", `\#{`)
		quoted := "#{'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(got) + "'}"
		for _, again := range []string{escaped, quoted} {
			if len(again) > 5000 || got == "" {
				continue
			}
			if text, err := newScope().Expand(again); err != nil || text != got {
				t.Errorf("%q became %q, want %q; error %v", again, text, got, err)
			}
		}
	})
}
