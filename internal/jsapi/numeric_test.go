package jsapi_test

import "testing"

// Decimals and dates are compared and subtracted as numbers, and added as text.
func TestNumericObjects(t *testing.T) {
	t.Parallel()
	pass(t, `const {BigDecimal} = java.math; const {Timestamp} = java.sql;`, []jsTest{
		{"decimals", `
			const ten = new BigDecimal("10"), nine = new BigDecimal("9.0");
			expect([ten > nine, ten < nine, ten >= 10, ten < 9, Math.max(ten, nine)]).toEqual([true, false, true, false, 10]);
			expect([ten - nine, ten * 2, -ten]).toEqual([1, 20, -10]);
			expect([ten + 1, ten + "", ten == 10, nine == "9.0", String(nine)]).toEqual(["101", "10", true, true, "9.0"]);`},
		{"dates", `
			const a = new Timestamp(10), b = new com.questetra.bpms.util.AddableTimestamp(9);
			expect([a > b, a < b, a - b, +b, a - new Date(7)]).toEqual([true, false, 1, 9, 3]);
			expect(java.sql.Date.valueOf("2024-03-01") - java.sql.Date.valueOf("2024-02-28")).toEqual(2 * 86400000);
			expect(java.sql.Date.valueOf("2024-03-01") + "!").toEqual("2024-03-01!");
			a.setTime(8);
			expect(a < b).toEqual(true);`},
		{"a method of the script is called", `
			const d = new BigDecimal(1);
			d.toString = () => "one";
			expect([d + "", d - 0]).toEqual(["one", 1]);`},
	})
}
