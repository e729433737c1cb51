package java

import (
	"math"
	"strings"
	"testing"
)

func TestDecimalArithmetic(t *testing.T) {
	t.Parallel()
	const (
		nonTerminating = "java.lang.ArithmeticException: Non-terminating decimal expansion; no exact representable decimal result."
		byZero         = "java.lang.ArithmeticException: Division by zero"
		undefined      = "java.lang.ArithmeticException: Division undefined"
	)
	type operation = func(d, o Decimal) (Decimal, error)
	ops := map[string]operation{
		"+":   Decimal.Add,
		"-":   Decimal.Sub,
		"*":   Decimal.Mul,
		"/":   Decimal.Div,
		"%":   Decimal.Rem,
		"int": Decimal.DivInt,
		"max": func(d, o Decimal) (Decimal, error) { return d.Max(o), nil },
		"min": func(d, o Decimal) (Decimal, error) { return d.Min(o), nil },
	}
	tests := []struct{ x, op, y, want string }{
		{"1", "+", "2.50", "3.50"},
		{"0.1", "+", "0.2", "0.3"},
		{"1E+3", "+", "1", "1001"},
		{"-1.0", "+", "1", "0.0"},
		{"1.00", "-", "1", "0.00"},
		{"5", "-", "7.5", "-2.5"},
		{"1.10", "*", "2.0", "2.200"},
		{"-2", "*", "0.0", "0.0"},
		{"1E+3", "*", "1E+3", "1E+6"},
		{"1e2147483647", "*", "1", "1E+2147483647"},
		{"1", "/", "8", "0.125"},
		{"10", "/", "2", "5"},
		{"100", "/", "2.00", "5E+1"},
		{"1.00", "/", "2", "0.50"},
		{"1", "/", "1600", "0.000625"},
		{"-7", "/", "0.5", "-14"},
		{"0", "/", "0.50", "0E+2"},
		{"1E+2", "/", "4", "25"},
		{"1", "/", "3", nonTerminating},
		{"1", "/", "0", byZero},
		{"0", "/", "0.0", undefined},
		{"7", "%", "3", "1"},
		{"-7.5", "%", "2", "-1.5"},
		{"7", "%", "-3", "1"},
		{"1", "%", "0.3", "0.1"},
		{"100", "%", "0.30", "0.10"},
		{"5", "%", "10.00", "5"},
		{"1", "%", "0", byZero},
		{"7.5", "int", "2", "3.0"},
		{"100", "int", "0.5", "2.0E+2"},
		{"1", "int", "3.00", "0E+2"},
		{"2.0", "max", "2.00", "2.0"},
		{"1", "max", "1.5", "1.5"},
		{"2.0", "min", "2.00", "2.0"},
		{"1e2147483647", "min", "-1", "-1"},
	}
	for _, tt := range tests {
		if got := outcome(ops[tt.op](decimal(t, tt.x), decimal(t, tt.y))); got != tt.want {
			t.Errorf("%s %s %s = %s, want %s", tt.x, tt.op, tt.y, got, tt.want)
		}
	}
}

func TestDecimalRounding(t *testing.T) {
	t.Parallel()
	const unexact = "java.lang.ArithmeticException: Rounding necessary"
	values := []string{"5.5", "2.5", "1.6", "1.1", "1.0", "-1.0", "-1.1", "-1.6", "-2.5", "-5.5", "0.001"}
	// The table of java.math.RoundingMode's documentation, and a small value.
	tests := []struct {
		mode string
		want []string
	}{
		{"UP", []string{"6", "3", "2", "2", "1", "-1", "-2", "-2", "-3", "-6", "1"}},
		{"DOWN", []string{"5", "2", "1", "1", "1", "-1", "-1", "-1", "-2", "-5", "0"}},
		{"CEILING", []string{"6", "3", "2", "2", "1", "-1", "-1", "-1", "-2", "-5", "1"}},
		{"FLOOR", []string{"5", "2", "1", "1", "1", "-1", "-2", "-2", "-3", "-6", "0"}},
		{"HALF_UP", []string{"6", "3", "2", "1", "1", "-1", "-1", "-2", "-3", "-6", "0"}},
		{"HALF_DOWN", []string{"5", "2", "2", "1", "1", "-1", "-1", "-2", "-2", "-5", "0"}},
		{"HALF_EVEN", []string{"6", "2", "2", "1", "1", "-1", "-1", "-2", "-2", "-6", "0"}},
		{"UNNECESSARY", []string{
			unexact, unexact, unexact, unexact, "1", "-1", unexact, unexact, unexact, unexact, unexact,
		}},
	}
	for _, tt := range tests {
		mode, err := ParseRoundingMode(tt.mode)
		if err != nil || mode.String() != tt.mode {
			t.Errorf("ParseRoundingMode(%s) = %s, %v", tt.mode, mode, err)
		}
		for i, value := range values {
			if got := outcome(decimal(t, value).SetScale(0, mode)); got != tt.want[i] {
				t.Errorf("%s to scale 0, %s: %s, want %s", value, mode, got, tt.want[i])
			}
		}
	}
	_, err := ParseRoundingMode("half_up")
	if err == nil || err.Error() != "java.lang.IllegalArgumentException: No enum constant java.math.RoundingMode.half_up" {
		t.Errorf("ParseRoundingMode(half_up): %v", err)
	}
	for _, mode := range []RoundingMode{-1, 8} {
		got := outcome(DecimalFromInt(1).SetScale(0, mode))
		if got != "java.lang.IllegalArgumentException: Invalid rounding mode" {
			t.Errorf("SetScale with mode %d = %s", mode, got)
		}
	}
}

func TestDecimalScale(t *testing.T) {
	t.Parallel()
	setScale := func(scale int) func(d Decimal) (Decimal, error) {
		return func(d Decimal) (Decimal, error) { return d.SetScale(scale, RoundHalfUp) }
	}
	divide := func(by string, scale int) func(d Decimal) (Decimal, error) {
		return func(d Decimal) (Decimal, error) { return d.DivScale(decimal(t, by), scale, RoundHalfUp) }
	}
	strip := func(d Decimal) (Decimal, error) { return d.StripTrailingZeros(), nil }
	left := func(n int) func(d Decimal) (Decimal, error) {
		return func(d Decimal) (Decimal, error) { return d.MovePointLeft(n) }
	}
	right := func(n int) func(d Decimal) (Decimal, error) {
		return func(d Decimal) (Decimal, error) { return d.MovePointRight(n) }
	}
	power := func(n int) func(d Decimal) (Decimal, error) {
		return func(d Decimal) (Decimal, error) { return d.Pow(n) }
	}
	tests := []struct {
		name, x string
		op      func(d Decimal) (Decimal, error)
		want    string
	}{
		{"setScale", "123.45", setScale(3), "123.450"},
		{"setScale", "123.45", setScale(1), "123.5"},
		{"setScale", "123.45", setScale(-2), "1E+2"},
		{"setScale", "99.9", setScale(0), "100"},
		{"setScale", "1e-2147483647", setScale(2), "0.00"},
		{"setScale", "0", setScale(math.MaxInt32), "0E-2147483647"},
		{"divide", "1", divide("3", 4), "0.3333"},
		{"divide", "2", divide("3", 4), "0.6667"},
		{"divide", "-1", divide("8", 2), "-0.13"},
		{"divide", "1", divide("1E+9", 2), "0.00"},
		{"divide", "1", divide("0", 2), "java.lang.ArithmeticException: / by zero"},
		{"strip", "100", strip, "1E+2"},
		{"strip", "1.500", strip, "1.5"},
		{"strip", "-0.00", strip, "0"},
		{"strip", "123", strip, "123"},
		{"strip", "0.001000", strip, "0.001"},
		{"movePointLeft", "1E+5", left(2), "1000"},
		{"movePointLeft", "12", left(3), "0.012"},
		{"movePointLeft", "1E+5", left(0), "1E+5"},
		{"movePointRight", "12", right(3), "12000"},
		{"movePointRight", "1.25", right(1), "12.5"},
		{"movePointRight", "0", right(3), "0"},
		{"pow", "1.5", power(2), "2.25"},
		{"pow", "-2", power(3), "-8"},
		{"pow", "0.10", power(0), "1"},
		{"pow", "1", power(999_999_999), "1"},
		{"pow", "2", power(-1), "java.lang.ArithmeticException: Invalid operation"},
		{"pow", "2", power(1_000_000_000), "java.lang.ArithmeticException: Invalid operation"},
	}
	for _, tt := range tests {
		if got := outcome(tt.op(decimal(t, tt.x))); got != tt.want {
			t.Errorf("%s of %s = %s, want %s", tt.name, tt.x, got, tt.want)
		}
	}
}

func TestDecimalCompare(t *testing.T) {
	t.Parallel()
	tests := []struct {
		x, y  string
		cmp   int
		equal bool
	}{
		{"2.0", "2.00", 0, false},
		{"2.0", "2.0", 0, true},
		{"-1", "1", -1, false},
		{"1e2147483647", "9e2147483646", 1, false},
		{"1e-2147483647", "0", 1, false},
		{"0.00", "0", 0, false},
		{"1E+2", "100", 0, false},
	}
	for _, tt := range tests {
		x, y := decimal(t, tt.x), decimal(t, tt.y)
		if x.Cmp(y) != tt.cmp || y.Cmp(x) != -tt.cmp || x.Equal(y) != tt.equal {
			t.Errorf("%s and %s: Cmp %d, Equal %t", tt.x, tt.y, x.Cmp(y), x.Equal(y))
		}
	}
	d := decimal(t, "-1.50")
	if d.Neg().String() != "1.50" || d.Abs().String() != "1.50" || DecimalFromInt(0).Neg().String() != "0" {
		t.Errorf("Neg and Abs of %s: %s, %s", d, d.Neg(), d.Abs())
	}
}

// What would take gigabytes is refused, and what a number is cannot be changed
// through another that came from it.
func TestDecimalBounds(t *testing.T) {
	t.Parallel()
	const tooMany = "java.lang.ArithmeticException: Number has more than 100000 digits"
	const overflow = "java.lang.ArithmeticException: Overflow"
	huge, tiny := decimal(t, "1e2147483647"), decimal(t, "1e-2147483647")
	long := decimal(t, strings.Repeat("7", maxDigits))
	one := DecimalFromInt(1)
	tests := []struct {
		name string
		call func() (Decimal, error)
		want string
	}{
		{"huge + 1", func() (Decimal, error) { return huge.Add(one) }, overflow},
		{"huge - tiny", func() (Decimal, error) { return huge.Sub(tiny) }, overflow},
		{"huge * huge", func() (Decimal, error) { return huge.Mul(huge) }, overflow},
		{"tiny * tiny", func() (Decimal, error) { return tiny.Mul(tiny) }, "java.lang.ArithmeticException: Underflow"},
		{"tiny / huge", func() (Decimal, error) { return tiny.Div(huge) }, "java.lang.ArithmeticException: Scale out of range"},
		{"huge % 3", func() (Decimal, error) { return huge.Rem(DecimalFromInt(3)) }, tooMany},
		{"huge scale 0", func() (Decimal, error) { return huge.SetScale(0, RoundDown) }, tooMany},
		{"1 scale huge", func() (Decimal, error) { return one.SetScale(math.MaxInt32, RoundDown) }, tooMany},
		{"1 scale beyond", func() (Decimal, error) { return one.SetScale(math.MinInt, RoundDown) }, "java.lang.ArithmeticException: Scale out of range"},
		{"huge ^ 2", func() (Decimal, error) { return huge.Pow(2) }, overflow},
		{"2 ^ 999999999", func() (Decimal, error) { return DecimalFromInt(2).Pow(999_999_999) }, tooMany},
		{"long * long", func() (Decimal, error) { return long.Mul(long) }, tooMany},
		{"long / 3 to 9", func() (Decimal, error) { return long.DivScale(DecimalFromInt(3), 9, RoundUp) }, tooMany},
		{"1 / long", func() (Decimal, error) { return one.Div(long) }, tooMany},
		{"huge left", func() (Decimal, error) { return huge.MovePointLeft(1) }, tooMany},
		{"huge right", func() (Decimal, error) { return huge.MovePointRight(math.MaxInt) }, overflow},
		{"1 right", func() (Decimal, error) { return one.MovePointRight(math.MaxInt32) }, tooMany},
		{"1 left", func() (Decimal, error) { return one.MovePointLeft(math.MinInt) }, tooMany},
	}
	for _, tt := range tests {
		if got := outcome(tt.call()); got != tt.want {
			t.Errorf("%s = %.80s, want %s", tt.name, got, tt.want)
		}
	}
	if got := huge.StripTrailingZeros().String() + tiny.Neg().String(); got != "1E+2147483647-1E-2147483647" {
		t.Errorf("huge and tiny are %s", got)
	}
	if got := long.Neg().Abs(); !got.Equal(long) || long.Sign() != 1 {
		t.Error("long has changed")
	}
}

func BenchmarkDecimal(b *testing.B) {
	long := decimal(b, strings.Repeat("7", maxDigits/2))
	price := decimal(b, "1234.50")
	zeros := decimal(b, "1"+strings.Repeat("0", maxDigits-1))
	for name, call := range map[string]func(){
		"mul":       func() { _, _ = price.Mul(price) },
		"mul/long":  func() { _, _ = long.Mul(long) },
		"div/long":  func() { _, _ = zeros.DivScale(long, 0, RoundUp) },
		"text/long": func() { _ = zeros.String() },
		"strip":     func() { _ = zeros.StripTrailingZeros() },
		"cmp/long":  func() { _ = long.Cmp(zeros) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				call()
			}
		})
	}
}
