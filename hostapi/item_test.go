package hostapi_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestParseItemType(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"STRING", "STRING_TEXTFIELD", "STRING_TEXTAREA", "STRING_MARKDOWN", "DECIMAL", "DATE", "DATE_YMD", "DATETIME",
		"SELECT", "SELECT_SINGLE", "SELECT_CHECKBOX", "FILE", "LIST", "QUSER", "QGROUP", "JSON",
	} {
		if got, err := hostapi.ParseItemType(name); err != nil || string(got) != name {
			t.Errorf("ParseItemType(%q) = %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "string", "TABLE", "STRING "} {
		_, err := hostapi.ParseItemType(name)
		if code := hostapi.CodeOf(err); code != hostapi.CodeConfig {
			t.Errorf("ParseItemType(%q): error %v, want code config", name, err)
		}
	}
}

func TestItemTypeCheck(t *testing.T) {
	t.Parallel()
	object := map[string]any{"k": "v"}
	tests := []struct {
		item  hostapi.ItemType
		value any
		want  any    // of a value that fits; nil means value itself
		err   string // a part of the message of one that does not
	}{
		{item: hostapi.TypeString, value: "a\nb"},
		{item: hostapi.TypeString, value: ""},
		{item: hostapi.TypeString, value: 1.0, err: "STRING needs text, got a number"},
		{item: hostapi.TypeString, value: true, err: "got true"},
		{item: hostapi.TypeString, value: []any{"a"}, err: "got a list of 1"},
		{item: hostapi.TypeString, value: object, err: "got an object"},
		{item: hostapi.TypeTextarea, value: "a\nb"},
		{item: hostapi.TypeTextarea, value: hostapi.Decimal("1"), err: "got a number"},
		{item: hostapi.TypeMarkdown, value: "# a"},
		{item: hostapi.TypeMarkdown, value: false, err: "got false"},
		{item: hostapi.TypeTextfield, value: "one line"},
		{item: hostapi.TypeTextfield, value: "a\nb", err: "needs one line of text, got text of several lines"},
		{item: hostapi.TypeTextfield, value: "a\r", err: "several lines"},
		{item: hostapi.TypeTextfield, value: 1.0, err: "needs text"},
		{item: hostapi.TypeDecimal, value: 1.5},
		{item: hostapi.TypeDecimal, value: hostapi.Decimal("1.50")},
		{item: hostapi.TypeDecimal, value: "1.50", want: hostapi.Decimal("1.50")},
		{item: hostapi.TypeDecimal, value: "1,5", err: "needs a number, got text"},
		{item: hostapi.TypeDecimal, value: "", err: "needs a number"},
		{item: hostapi.TypeDecimal, value: true, err: "needs a number"},
		{item: hostapi.TypeDateYMD, value: "2024-02-29"},
		{item: hostapi.TypeDateYMD, value: "2023-02-29", err: "needs a date, got text"},
		{item: hostapi.TypeDateYMD, value: "2024-2-9", err: "needs a date"},
		{item: hostapi.TypeDatetime, value: "2024-02-29T00:00:00.123456789+09:00"},
		{item: hostapi.TypeDatetime, value: "2024-02-29T00:00:00,5Z", err: "needs a date and time"},
		{item: hostapi.TypeDatetime, value: "2024-02-29T0:00:00Z", err: "needs a date and time"},
		{item: hostapi.TypeDateYMD, value: "2024-02-29T00:00:00Z", err: "needs a date"},
		{item: hostapi.TypeDateYMD, value: "", err: "needs a date"},
		{item: hostapi.TypeDateYMD, value: 20240229.0, err: "needs a date, got a number"},
		{item: hostapi.TypeDatetime, value: "2024-02-29T12:34:56Z"},
		{item: hostapi.TypeDatetime, value: "2024-02-29T12:34:56.789+09:00"},
		{item: hostapi.TypeDatetime, value: "2024-02-29 12:34:56", err: "needs a date and time"},
		{item: hostapi.TypeDatetime, value: "2024-02-29", err: "needs a date and time"},
		{item: hostapi.TypeDatetime, value: 1.0, err: "needs a date and time, got a number"},
		{item: hostapi.TypeSelectSingle, value: []any{}},
		{item: hostapi.TypeSelectSingle, value: []any{"a"}},
		{item: hostapi.TypeSelectSingle, value: []any{"a", "b"}, err: "at most one option, got a list of 2"},
		{item: hostapi.TypeSelectSingle, value: "a", err: "needs a list of option values, got text"},
		{item: hostapi.TypeSelectSingle, value: []any{1.0}, err: "needs a list of option values"},
		{item: hostapi.TypeSelectCheckbox, value: []any{"a", "b"}},
		{item: hostapi.TypeSelectCheckbox, value: []any{"a", nil}, err: "needs a list of option values"},
		{item: hostapi.TypeSelectCheckbox, value: object, err: "needs a list of option values, got an object"},
		{item: hostapi.TypeJSON, value: object},
		{item: hostapi.TypeJSON, value: []any{1.0, "a", nil}},
	}
	for _, tt := range tests {
		got, err := (&hostapi.Item{VarName: "q_x", Type: tt.item}).Check(tt.value)
		if tt.err != "" {
			if hostapi.CodeOf(err) != hostapi.CodeInvalidArgument || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), "q_x") {
				t.Errorf("%s with %#v: error %v, want %q in it, and q_x", tt.item, tt.value, err, tt.err)
			}
			continue
		}
		want := tt.want
		if want == nil {
			want = tt.value
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s with %#v: %#v, %v; want %#v", tt.item, tt.value, got, err, want)
		}
	}
}

func TestNilClearsItemOfAnyType(t *testing.T) {
	t.Parallel()
	for _, item := range []hostapi.ItemType{hostapi.TypeString, hostapi.TypeDecimal, hostapi.TypeDateYMD, hostapi.TypeSelectSingle, hostapi.TypeJSON} {
		if got, err := (&hostapi.Item{VarName: "q_x", Type: item}).Check(nil); got != nil || err != nil {
			t.Errorf("%s: %v, %v; want nil, nil", item, got, err)
		}
	}
}
