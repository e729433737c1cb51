package java

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestDecimalFormat(t *testing.T) {
	t.Parallel()
	numbers := []string{"-1234567.125", "0", "0.5", "-0.0004", "12.345"}
	tests := []struct {
		pattern string
		want    string // one for each number
	}{
		{"0", "-1234567 0 0 -0 12"},
		{"#", "-1234567 0 0 -0 12"},
		{"#,##0", "-1,234,567 0 0 -0 12"},
		{"#,###.0", "-1,234,567.1 .0 .5 -.0 12.3"},
		{"#.##", "-1234567.12 0 0.5 -0 12.34"},
		{"#.00", "-1234567.12 .00 .50 -.00 12.34"},
		{".00", "-1234567.12 .00 .50 -.00 12.34"},
		{".##", "-1234567.12 .0 .5 -.0 12.34"},
		{"0.", "-1234567. 0. 0. -0. 12."},
		{"00.00", "-1234567.12 00.00 00.50 -00.00 12.34"},
		{"000", "-1234567 000 000 -000 012"},
		{"0.###", "-1234567.125 0 0.5 -0 12.345"},
		{"#,##,##0.00", "-1,234,567.12 0.00 0.50 -0.00 12.34"},
		{"#,####", "-123,4567 0 0 -0 12"},
		{"0%", "-123456712% 0% 50% -0% 1234%"},
		{"0.0%", "-123456712.5% 0.0% 50.0% -0.0% 1234.5%"},
		{"0‰", "-1234567125‰ 0‰ 500‰ -0‰ 12345‰"},
		{"%0", "-%123456712 %0 %50 -%0 %1234"},
		{"0.0;(0.0)", "(1234567.1) 0.0 0.5 (0.0) 12.3"},
		{"0;'neg'0", "neg1234567 0 0 neg0 12"},
		{"0;0x", "1234567x 0 0 0x 12"},
		{"0;-0", "-1234567 0 0 -0 12"},
		{"0;", "-1234567 0 0 -0 12"},
		{"$0", "-$1234567 $0 $0 -$0 $12"},
		{"-0", "--1234567 -0 -0 --0 -12"},
		{"'#'0", "-#1234567 #0 #0 -#0 #12"},
		{"''0''", "-'1234567' '0' '0' -'0' '12'"},
		{"0円", "-1234567円 0円 0円 -0円 12円"},
		{"", "-1,234,567.125 0 .5 -.0004 12.345"},
	}
	for _, tt := range tests {
		format, err := NewDecimalFormat(tt.pattern)
		if err != nil {
			t.Errorf("NewDecimalFormat(%q): %v", tt.pattern, err)
			continue
		}
		var got []string
		for _, number := range numbers {
			got = append(got, format.Format(decimal(t, number)))
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%q formats %s, want %s", tt.pattern, got, tt.want)
		}
	}
}

func TestDecimalFormatRounding(t *testing.T) {
	t.Parallel()
	format, err := NewDecimalFormat("#,##0.0")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ number, want string }{
		{"777", "777.0"},
		{"0.25", "0.2"},
		{"0.35", "0.4"},
		{"-0.25", "-0.2"},
		{"999.95", "1,000.0"},
		{"1E+6", "1,000,000.0"},
		{"1e2147483647", "1E+2147483647"}, // too long to be written out
		{"1e-2147483647", "0.0"},
	}
	for _, tt := range tests {
		if got := format.Format(decimal(t, tt.number)); got != tt.want {
			t.Errorf("%s is %s, want %s", tt.number, got, tt.want)
		}
	}
}

func TestDecimalPattern(t *testing.T) {
	t.Parallel()
	tests := []struct{ pattern, want string }{
		{"0,", `Malformed pattern "0,"`},
		{"0#", `Malformed pattern "0#"`},
		{"0.0,0", `Malformed pattern "0.0,0"`},
		{"'0", `Malformed pattern "'0"`},
		{"0#.0", `Unexpected '0' in pattern "0#.0"`},
		{"0.#0", `Unexpected '0' in pattern "0.#0"`},
		{"0.0.0", `Multiple decimal separators in pattern "0.0.0"`},
		{"%0%", `Too many percent/per mille characters in pattern "%0%"`},
		{"x;y", `Unquoted special character ';' in pattern "x;y"`},
		{"0;;", `Unquoted special character ';' in pattern "0;;"`},
		{"0.0E0", `Unsupported exponent in pattern "0.0E0"`},
		{"¤0", `Unsupported currency sign in pattern "¤0"`},
	}
	for _, tt := range tests {
		_, err := NewDecimalFormat(tt.pattern)
		if err == nil || err.Error() != "java.lang.IllegalArgumentException: "+tt.want {
			t.Errorf("NewDecimalFormat(%q): %v, want %s", tt.pattern, err, tt.want)
		}
	}
}

func TestDecimalFormatParse(t *testing.T) {
	t.Parallel()
	tests := []struct{ pattern, text, want string }{
		{"#,##0.00", "1,234.5", "1234.5"},
		{"#,##0.00", "1,,234.5x", "1234.5"},
		{"#,##0", ",5", "5"},
		{"#,##0.0", "1.2,3", "1.2"},
		{"0", "1,234", "1"},
		{"0", "12abc", "12"},
		{"0", "-5", "-5"},
		{"0", ".5", "0.5"},
		{"0", "1.2.3", "1.2"},
		{"0", "１２", "12"},
		{"0", "1E3", "1E+3"},
		{"0", "1E-2", "0.01"},
		{"0", "1E", "1"},
		{"0", "1e3", "1"},
		{"0%", "50%", "0.50"},
		{"(0)", "(5)", "5"},
		{"0;(0)", "(5)", "-5"},
		{"$0", "-$5", "-5"},
		{"0", "+5", ""},
		{"0", "abc", ""},
		{"0", "", ""},
		{"0", "-", ""},
		{"0", ".", ""},
		{"0", " 5", ""},
		{"0", "NaN", ""},
		{"0%", "50", ""},
		{"$0", "5", ""},
		{"0x", "12", ""},
		{"0", strings.Repeat("1", maxDigits+1), ""},
	}
	for _, tt := range tests {
		format, err := NewDecimalFormat(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		got, err := format.Parse(tt.text)
		if tt.want == "" {
			want := `java.text.ParseException: Unparseable number: "` + tt.text + `"`
			if err == nil || err.Error() != want {
				t.Errorf("%q parses %.40q as %s, %.40v", tt.pattern, tt.text, got, err)
			}
		} else if err != nil || got.String() != tt.want {
			t.Errorf("%q parses %q as %s, %v, want %s", tt.pattern, tt.text, got, err, tt.want)
		}
	}
}

func FuzzDecimalFormat(f *testing.F) {
	for _, pattern := range []string{"#,##0.00", "0.0;(0.0)", "0%", "#.##", "'a'0b", "$#,###.0‰"} {
		f.Add(pattern, "-1234.565")
	}
	f.Fuzz(func(t *testing.T, pattern, number string) {
		format, err := NewDecimalFormat(pattern)
		if err != nil {
			var e *Exception
			if !errors.As(err, &e) || e.Class != "java.lang.IllegalArgumentException" {
				t.Fatalf("NewDecimalFormat(%q): %v", pattern, err)
			}
			return
		}
		// Affixes that look like numbers read as such, and "-0" has no sign to keep.
		affix := format.positive.prefix + format.positive.suffix
		hasNumber := strings.ContainsFunc(affix, func(r rune) bool {
			_, isDigit := digitValue(r)
			return isDigit || strings.ContainsRune(".,-E", r)
		})
		d, err := ParseDecimal(number)
		if err != nil || hasNumber || max(d.Precision(), d.Scale(), -d.Scale()) > 100 {
			return
		}
		if format.negative.prefix != "-"+format.positive.prefix || format.negative.suffix != format.positive.suffix {
			return
		}
		written := format.Format(d)
		read, err := format.Parse(written)
		if err != nil {
			t.Fatalf("%q writes %s as %q and cannot read it: %v", pattern, d, written, err)
		}
		if again := format.Format(read); again != written && read.Sign() != 0 {
			t.Errorf("%q writes %s as %q and then as %q", pattern, d, written, again)
		}
	})
}

// What Java 17 writes for doubles.
func TestDecimalFormatFloat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern string
		x       float64
		want    string
	}{
		{"#,##0.00", -1234.565, "-1,234.57"},
		{"#.##%", 0.12345, "12.35%"},
		{"0.00", 1.005, "1.00"},
		{"0.00", 2.675, "2.67"},
		{"0.0", 0.25, "0.2"},
		{"0.0", 0.35, "0.3"},
		{"0.00", 8.345, "8.35"},
		{"0.###", -0.0001, "-0"},
		{"0.0", -0.04, "-0.0"},
		{"0", 0.5, "0"},
		{"0", 2.5, "2"},
		{"#,##0.00", 1e15 + 0.3, "1,000,000,000,000,000.20"},
		{"0.###################", 0.1, "0.1"},
		{"0.00", math.NaN(), "NaN"},
		{"0.00;(0)", math.Inf(-1), "(∞)"},
		{"0%", math.Inf(1), "∞%"},
	} {
		f, err := NewDecimalFormat(tt.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.FormatFloat(tt.x); got != tt.want {
			t.Errorf("%s of %v: %s, want %s", tt.pattern, tt.x, got, tt.want)
		}
	}
}
