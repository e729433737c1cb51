package java

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// decimal parses a literal of a test.
func decimal(t testing.TB, text string) Decimal {
	t.Helper()
	d, err := ParseDecimal(text)
	if err != nil {
		t.Fatalf("ParseDecimal(%q): %v", text, err)
	}
	return d
}

// outcome is the text of a result, or the exception in its place.
func outcome(d Decimal, err error) string {
	if err != nil {
		return err.Error()
	}
	return d.String()
}

func TestParseDecimal(t *testing.T) {
	t.Parallel()
	const character = `java.lang.NumberFormatException: Character %c is neither a decimal digit number, ` +
		`decimal point, nor "e" notation exponential mark.`
	bad := func(c string) string { return strings.Replace(character, "%c", c, 1) }
	tests := []struct{ text, want string }{
		{"0", "0"},
		{"-0", "0"},
		{"-0.00", "0.00"},
		{"1E+3", "1E+3"},
		{"1e3", "1E+3"},
		{"1E+00", "1"},
		{"0E-10", "0E-10"},
		{"0E+5", "0E+5"},
		{"0.000001", "0.000001"},
		{"0.0000001", "1E-7"},
		{"0.00000123", "0.00000123"},
		{"0.000000123", "1.23E-7"},
		{"123.450", "123.450"},
		{"+.5e-3", "0.0005"},
		{"5.", "5"},
		{"-12.5E4", "-1.25E+5"},
		{"00012", "12"},
		{"１２.３", "12.3"},
		{"٣", "3"},
		{"1e0000000000005", "1E+5"},
		{"1e2147483647", "1E+2147483647"},
		{"1e-2147483647", "1E-2147483647"},
		{"1e2147483648", "java.lang.NumberFormatException: Scale out of range."},
		{"1e99999999999", "java.lang.NumberFormatException: Too many nonzero exponent digits."},
		{"1e" + strings.Repeat("9", 1000), "java.lang.NumberFormatException: Too many nonzero exponent digits."},
		{"", "java.lang.NumberFormatException: No digits found."},
		{".", "java.lang.NumberFormatException: No digits found."},
		{"-", "java.lang.NumberFormatException: No digits found."},
		{"e5", "java.lang.NumberFormatException: No digits found."},
		{"1e", "java.lang.NumberFormatException: No exponent digits"},
		{"1e5.5", "java.lang.NumberFormatException: Not a digit."},
		{"1.2.3", "java.lang.NumberFormatException: Character array contains more than one decimal point."},
		{"x", bad("x")},
		{" 1", bad(" ")},
		{"--1", bad("-")},
		{"1,000", bad(",")},
		{"NaN", bad("N")},
		{"\U0001d7d9", bad("\U0001d7d9")}, // a digit, but not to Java
		{strings.Repeat("1", maxDigits+1), "java.lang.NumberFormatException: Number has more than 100000 digits"},
	}
	for _, tt := range tests {
		if got := outcome(ParseDecimal(tt.text)); got != tt.want {
			t.Errorf("ParseDecimal(%.40q) = %.100s, want %s", tt.text, got, tt.want)
		}
	}
}

func TestDecimalParts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text                   string
		scale, precision, sign int
		unscaled               string
	}{
		{"0", 0, 1, 0, "0"},
		{"-12.50", 2, 4, -1, "-1250"},
		{"1E+3", -3, 1, 1, "1"},
		{"0.001", 3, 1, 1, "1"},
		{"0.00", 2, 1, 0, "0"},
	}
	for _, tt := range tests {
		d := decimal(t, tt.text)
		if d.Scale() != tt.scale || d.Precision() != tt.precision || d.Sign() != tt.sign || d.UnscaledText() != tt.unscaled {
			t.Errorf("%s has scale %d, precision %d, sign %d, unscaled value %s",
				tt.text, d.Scale(), d.Precision(), d.Sign(), d.UnscaledText())
		}
	}
}

func TestZeroDecimal(t *testing.T) {
	t.Parallel()
	var d Decimal
	if got := d.String(); got != "0" {
		t.Errorf("String() = %q, want 0", got)
	}
	if got := outcome(d.Add(DecimalFromInt(-5))); got != "-5" {
		t.Errorf("0 + -5 = %s", got)
	}
}

func TestDecimalFromFloat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		f              float64
		exact, valueOf string
	}{
		{0, "0", "0.0"},
		{math.Copysign(0, -1), "0", "0.0"},
		{1, "1", "1.0"},
		{777, "777", "777.0"},
		{-0.5, "-0.5", "-0.5"},
		{0.1, "0.1000000000000000055511151231257827021181583404541015625", "0.1"},
		{9999999, "9999999", "9999999.0"},
		{1e7, "10000000", "1.0E+7"},
		{1e21, "1000000000000000000000", "1.0E+21"},
		{1e23, "99999999999999991611392", "1.0E+23"},
		{123456.789, "123456.789000000004307366907596588134765625", "123456.789"},
		{0.0009765625, "0.0009765625", "0.0009765625"},
	}
	for _, tt := range tests {
		if got := outcome(DecimalFromFloat(tt.f)); got != tt.exact {
			t.Errorf("DecimalFromFloat(%v) = %s, want %s", tt.f, got, tt.exact)
		}
		if got := outcome(DecimalValueOf(tt.f)); got != tt.valueOf {
			t.Errorf("DecimalValueOf(%v) = %s, want %s", tt.f, got, tt.valueOf)
		}
	}
	// The smallest double has 751 digits, and two in its text.
	tiny, err := DecimalFromFloat(math.SmallestNonzeroFloat64)
	if err != nil || tiny.Scale() != 1074 || tiny.Precision() != 751 {
		t.Errorf("DecimalFromFloat(smallest) has scale %d and precision %d, %v", tiny.Scale(), tiny.Precision(), err)
	}
	if got := outcome(DecimalValueOf(math.SmallestNonzeroFloat64)); got != "4.9E-324" {
		t.Errorf("DecimalValueOf(smallest) = %s", got)
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := outcome(DecimalFromFloat(f)); got != "java.lang.NumberFormatException: Infinite or NaN" {
			t.Errorf("DecimalFromFloat(%v) = %s", f, got)
		}
		var e *Exception
		if _, err := DecimalValueOf(f); !errors.As(err, &e) || e.Class != "java.lang.NumberFormatException" {
			t.Errorf("DecimalValueOf(%v): %v", f, err)
		}
	}
}

func TestDecimalPlain(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"1E+3", "1000"},
		{"-1.5E-9", "-0.0000000015"},
		{"0E+9", "0"},
		{"0E-9", "0.000000000"},
		{"12.30", "12.30"},
		{"1E+99999", "1" + strings.Repeat("0", 99999)},
	}
	for _, tt := range tests {
		if got, err := decimal(t, tt.text).Plain(); got != tt.want || err != nil {
			t.Errorf("%s: Plain() = %.40q, %v, want %.40q", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"1E+100000", "1E-100001", "1e2147483647", "1e-2147483647"} {
		_, err := decimal(t, text).Plain()
		if err == nil || err.Error() != "java.lang.ArithmeticException: Number has more than 100000 digits" {
			t.Errorf("%s: Plain() gives %v", text, err)
		}
	}
}

func TestDecimalToNumber(t *testing.T) {
	t.Parallel()
	const (
		overflow = "java.lang.ArithmeticException: Overflow"
		rounding = "java.lang.ArithmeticException: Rounding necessary"
	)
	tests := []struct {
		text  string
		long  int64
		exact string // the exception of longValueExact
		float float64
	}{
		{"0", 0, "", 0},
		{"-42", -42, "", -42},
		{"1.5", 1, rounding, 1.5},
		{"-1.9", -1, rounding, -1.9},
		{"2.00", 2, "", 2},
		{"0.5", 0, rounding, 0.5},
		{"1E+3", 1000, "", 1000},
		{"9223372036854775807", math.MaxInt64, "", 9223372036854775807},
		{"-9223372036854775808", math.MinInt64, "", -9223372036854775808},
		{"9223372036854775808", math.MinInt64, overflow, 9223372036854775808},
		{"9223372036854775808.5", math.MinInt64, rounding, 9223372036854775808},
		{"18446744073709551617", 1, overflow, 18446744073709551616},
		{"-18446744073709551617", -1, overflow, -18446744073709551616},
		{"1E+64", 0, overflow, 1e64},
		{"1e2147483647", 0, overflow, math.Inf(1)},
		{"-1e2147483647", 0, overflow, math.Inf(-1)},
		{"1e-2147483647", 0, rounding, 0},
		{"0e2147483647", 0, "", 0},
		{"1E+400", 0, overflow, math.Inf(1)},
		{"0.1", 0, rounding, 0.1},
	}
	for _, tt := range tests {
		d := decimal(t, tt.text)
		if got := d.Int64(); got != tt.long {
			t.Errorf("%s: Int64() = %d, want %d", tt.text, got, tt.long)
		}
		if got := d.Float64(); got != tt.float {
			t.Errorf("%s: Float64() = %v, want %v", tt.text, got, tt.float)
		}
		got, err := d.Int64Exact()
		if tt.exact == "" && (got != tt.long || err != nil) || tt.exact != "" && (err == nil || err.Error() != tt.exact) {
			t.Errorf("%s: Int64Exact() = %d, %v", tt.text, got, err)
		}
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"0", "-12.50", "1E+3", "1e-2147483647", "１２.３", "0E-10", "x", ".5e99"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDecimal(text)
		if err != nil {
			var e *Exception
			if !errors.As(err, &e) || e.Class != "java.lang.NumberFormatException" {
				t.Fatalf("ParseDecimal(%q): %v", text, err)
			}
			return
		}
		if again := decimal(t, d.String()); !again.Equal(d) {
			t.Errorf("%q is %s, which reads as %s", text, d, again)
		}
		if plain, err := d.Plain(); err == nil {
			if again := decimal(t, plain); again.Cmp(d) != 0 {
				t.Errorf("%q is %s, which reads as %s", text, plain, again)
			}
		}
		if stripped := d.StripTrailingZeros(); stripped.Cmp(d) != 0 || stripped.Precision() > d.Precision() {
			t.Errorf("%q without zeros is %s", text, stripped)
		}
	})
}
