package jsapi_test

import "testing"

func TestBigDecimal(t *testing.T) {
	t.Parallel()
	pass(t, `const {BigDecimal} = java.math;`, []jsTest{
		{"made", `
			expect(new BigDecimal("1.50").toString()).toEqual("1.50");
			expect(new BigDecimal(5).toString()).toEqual("5");
			expect(new BigDecimal(0.5).toString()).toEqual("0.5");
			expect(new BigDecimal(0.1).toString()).toEqual("0.1000000000000000055511151231257827021181583404541015625");
			expect(BigDecimal.valueOf(0.1).toString()).toEqual("0.1");
			expect(BigDecimal.valueOf(7).toString()).toEqual("7");
			expect(BigDecimal.valueOf(1.5).toString()).toEqual("1.5");
			expect(new BigDecimal("-1e3").toString()).toEqual("-1E+3");
			expect(new BigDecimal("1E+3").toPlainString()).toEqual("1000");
			expect(new BigDecimal("0.0000001").toString()).toEqual("1E-7");
			expect(new BigDecimal("9007199254740993").toString()).toEqual("9007199254740993");
			expect(new BigDecimal(2n ** 70n).toString()).toEqual("1180591620717411303424");
			expect(new BigDecimal(new Number(5)).toString()).toEqual("5");
			expect(new BigDecimal(new String("5")).toString()).toEqual("5");
			expect(new BigDecimal(new BigDecimal("5.0")).toString()).toEqual("5.0");`},
		{"constants", `
			expect([BigDecimal.ZERO, BigDecimal.ONE, BigDecimal.TEN].join()).toEqual("0,1,10");
			expect(BigDecimal.ZERO.add(BigDecimal.ONE).equals(BigDecimal.ONE)).toEqual(true);`},
		{"without new", `
			expect(java.math.BigDecimal("1.5").toString()).toEqual("1.5");
			expect(java.math.BigDecimal(5) instanceof java.math.BigDecimal).toEqual(true);
			expect(BigDecimal(5).toString()).toEqual("5");
			expect(["1", "2"].map(x => BigDecimal(x)).join("+")).toEqual("1+2");`},
		{"as text and as a number", `
			const d = new BigDecimal("1.50");
			expect(d + "").toEqual("1.50");
			expect(String(d)).toEqual("1.50");
			expect("is " + d).toEqual("is 1.50");
			expect([d, d].join()).toEqual("1.50,1.50");
			expect(d * 2).toEqual(3);
			expect(d > 1).toEqual(true);
			expect(d == "1.50").toEqual(true);
			expect(Number(d)).toEqual(1.5);
			expect(parseFloat(d)).toEqual(1.5);
			expect(typeof d).toEqual("object");
			expect(JSON.stringify({d})).toEqual('{"d":1.5}');
			expect(JSON.stringify([new BigDecimal("12345678901234567890.123")])).toEqual('["12345678901234567890.123"]');`},
		{"values", `
			expect(new BigDecimal("7.9").longValue()).toEqual(7);
			expect(new BigDecimal("-7.9").longValue()).toEqual(-7);
			expect(new BigDecimal("7.0").longValueExact()).toEqual(7);
			expect(new BigDecimal("7.25").doubleValue()).toEqual(7.25);
			expect(new BigDecimal("7").intValue()).toEqual(7);
			expect(new BigDecimal("1.50").scale()).toEqual(2);
			expect(new BigDecimal("1.50").precision()).toEqual(3);
			expect(new BigDecimal("-2").signum()).toEqual(-1);
			expect(new BigDecimal("1e400").doubleValue()).toEqual(Infinity);`},
		{"arithmetic", `
			const d = text => new BigDecimal(text);
			expect(d("0.1").add(d("0.2")).toString()).toEqual("0.3");
			expect(d("1.0").subtract(d("0.25")).toString()).toEqual("0.75");
			expect(d("1.5").multiply(d("2.0")).toString()).toEqual("3.00");
			expect(d("1").divide(d("8")).toString()).toEqual("0.125");
			expect(d("10").divide(d("3"), 2, "HALF_UP").toString()).toEqual("3.33");
			expect(d("10").divide(d("3"), 2, java.math.RoundingMode.UP).toString()).toEqual("3.34");
			expect(d("10").divide(d("4"), BigDecimal.ROUND_HALF_UP).toString()).toEqual("3");
			expect(d("10").divide(d("4"), 4).toString()).toEqual("3");
			expect(d("10").remainder(d("3")).toString()).toEqual("1");
			expect(d("-7.5").divideToIntegralValue(d("2")).toString()).toEqual("-3.0");
			expect(d("2.5").pow(2).toString()).toEqual("6.25");
			expect(d("2.5").movePointLeft(2).toString()).toEqual("0.025");
			expect(d("2.5").movePointRight(2).toString()).toEqual("250");
			expect(d("2.5").scaleByPowerOfTen(2).toString()).toEqual("2.5E+2");
			expect(() => d("2").pow(-1)).toThrow("Invalid operation");
			expect(() => d("2").pow()).toThrow("BigDecimal.pow: n is undefined, not a whole number");
			expect(d("1.25").setScale(1, "HALF_UP").toString()).toEqual("1.3");
			expect(d("1.25").setScale(1, BigDecimal.ROUND_HALF_EVEN).toString()).toEqual("1.2");
			expect(d("1.2").setScale(3).toString()).toEqual("1.200");
			expect(d("1.500").stripTrailingZeros().toPlainString()).toEqual("1.5");
			expect(d("-1.5").negate().toString()).toEqual("1.5");
			expect(d("-1.5").abs().toString()).toEqual("1.5");
			expect(d("1").max(d("2")).toString()).toEqual("2");
			expect(d("1").add(2).toString()).toEqual("3");`},
		{"static methods", `
			expect(java.lang.String.valueOf(5)).toEqual("5");
			expect([java.lang.String.valueOf(new BigDecimal("1.50")), java.lang.String.valueOf(null), java.lang.String.valueOf(true)]).toEqual(["1.50", "null", "true"]);
			expect(new BigDecimal("1.25").setScale(1, java.math.RoundingMode.valueOf("HALF_UP")).toString()).toEqual("1.3");
			expect(() => java.math.RoundingMode.valueOf("NEAREST")).toThrow();
			expect(com.questetra.bpms.util.AddableDate.valueOf("2024-02-29").toString()).toEqual("2024-02-29");
			expect(com.questetra.bpms.util.AddableTimestamp.valueOf("2024-02-29 01:02:03").toString()).toEqual("2024-02-29 01:02:03.0");`},
		{"the order", `
			expect(new BigDecimal("1.0").equals(new BigDecimal("1.0"))).toEqual(true);
			expect(new BigDecimal("1.0").equals(new BigDecimal("1.00"))).toEqual(false);
			expect(new BigDecimal("1.0").equals("1.0")).toEqual(false);
			expect(new BigDecimal("1.0").compareTo(new BigDecimal("1.00"))).toEqual(0);
			expect(new BigDecimal("1").compareTo(new BigDecimal("2"))).toEqual(-1);`},
		{"instanceof", `
			expect(new BigDecimal(1) instanceof java.math.BigDecimal).toEqual(true);
			expect([1, "1", null, undefined, {}, new Number(1)].some(x => x instanceof java.math.BigDecimal)).toEqual(false);`},
		{"DecimalFormat", `
			const f = new java.text.DecimalFormat("#,###.0");
			expect(f.format(new BigDecimal("777"))).toEqual("777.0");
			expect(f.format(new BigDecimal("1234567.25"))).toEqual("1,234,567.2");
			expect(f.format(1234.5)).toEqual("1,234.5");
			expect(new java.text.DecimalFormat("0.00").format(new BigDecimal("5"))).toEqual("5.00");
			expect(new java.text.DecimalFormat("#,##0").parse("1,234")).toEqual(1234);
			const rounded = new java.text.DecimalFormat("0.0");
			expect(rounded.format(new BigDecimal("0.25"))).toEqual("0.2");
			rounded.setRoundingMode(java.math.RoundingMode.HALF_UP);
			expect([rounded.format(new BigDecimal("0.25")), rounded.format(0.25)]).toEqual(["0.3", "0.3"]);
			rounded.setRoundingMode(BigDecimal.ROUND_DOWN);
			expect(rounded.format(0.29)).toEqual("0.2");`},
	})
	const notNumber = "java.lang.NumberFormatException"
	pass(t, `const {BigDecimal} = java.math;`, throwing([]jsError{
		{`new BigDecimal("x")`, notNumber},
		{`new BigDecimal("")`, notNumber},
		{`new BigDecimal(" 1")`, notNumber},
		{`new BigDecimal("1,000")`, notNumber},
		{`java.math.BigDecimal("x")`, notNumber},
		{`new BigDecimal(NaN)`, notNumber},
		{`new BigDecimal(Infinity)`, notNumber},
		{`BigDecimal.valueOf(NaN)`, notNumber},
		{`new BigDecimal("1e99999999999")`, notNumber},
		{`new BigDecimal(true)`, "not a number: a boolean"},
		{`new BigDecimal({})`, "not a number: an object"},
		{`new BigDecimal([])`, "not a number: an object"},
		{`new BigDecimal(new Array(2 ** 32 - 1))`, "not a number: an object"},
		{`new BigDecimal(null)`, "not a number: null"},
		{`new BigDecimal(undefined)`, "not a number: undefined"},
		{`new BigDecimal()`, "needs (number)"},
		{`new BigDecimal("1.5").longValueExact()`, "java.lang.ArithmeticException"},
		{`new BigDecimal("1e30").longValueExact()`, "java.lang.ArithmeticException"},
		{`new BigDecimal("1").divide(new BigDecimal("3"))`, "java.lang.ArithmeticException"},
		{`new BigDecimal("1").divide(new BigDecimal("0"))`, "java.lang.ArithmeticException"},
		{`new BigDecimal("1.25").setScale(1)`, "java.lang.ArithmeticException"},
		{`new BigDecimal("1.25").setScale(1, "NONE")`, "java.lang.IllegalArgumentException"},
		{`new BigDecimal("1e999999999").toPlainString()`, "java.lang.ArithmeticException"},
		{`new BigDecimal("1").setScale(2000000000)`, "java.lang.ArithmeticException"},
		{`new BigDecimal("1").add("x")`, notNumber},
		{`const {longValue} = new BigDecimal(1); longValue()`, "called on another object than its own"},
		{`new java.text.DecimalFormat("#,###.0").format("x")`, notNumber},
		{`new java.text.DecimalFormat("0").setRoundingMode("UNNECESSARY")`, "not supported"},
		{`new java.text.DecimalFormat("0").setRoundingMode("HALF")`, "java.lang.IllegalArgumentException"},
		{`new java.text.DecimalFormat("#,###.0").format(null)`, "not a number: null"},
	}))
}
