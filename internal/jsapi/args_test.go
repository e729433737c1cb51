package jsapi_test

import (
	"fmt"
	"testing"
)

// TestJavaArguments gives parameters of Java's types everything that JavaScript has.
// A call gives what is in want, or throws an exception with a text that names class,
// method and argument.
func TestJavaArguments(t *testing.T) {
	t.Parallel()
	const prelude = `
		const {BigDecimal} = java.math, {ArrayList} = java.util;
		const at = new com.questetra.bpms.util.AddableTimestamp(0), list = new ArrayList(["a", "b"]);
		const group = engine.createQgroup(1, "g", "", null);
		const typed = {
			int: x => at.addSeconds(x).getTime() / 1000,
			long: x => new java.sql.Timestamp(x).getTime(),
			index: x => list.get(x),
			scale: x => new BigDecimal("1").setScale(x).toString(),
			unscaled: x => BigDecimal.valueOf(x, 1).toString(),
			decimal: x => new BigDecimal(x).toString(),
			boolean: x => quserDao.findByQgroupAndPosition(group, x).size(),
			text: x => new java.text.SimpleDateFormat(x).format(at),
			capacity: x => new ArrayList(x).size(),
			id: x => engine.createQuser(x, "n", "").getId(),
			status: x => httpClient.createHttpResponse(x, "a/b", "").getStatusCode(),
		};
		const outcome = (type, x) => { try { return typed[type](x); } catch (e) { return String(e); } };`
	const illegal = "java.lang.IllegalArgumentException: "
	values := []struct {
		value string
		want  map[string]any
	}{
		{`1`, map[string]any{"int": 1, "long": 1, "index": "b", "scale": "1.0", "unscaled": "0.1", "decimal": "1", "text": "1", "capacity": 0, "id": 1, "status": 1, "boolean": illegal + "quserDao.findByQgroupAndPosition: leader is a number, not true or false"}},
		{`1.9`, map[string]any{"int": 1, "long": 1, "index": "b", "scale": "1.0", "unscaled": "0.1", "decimal": "1.899999999999999911182158029987476766109466552734375"}},
		{`-1.9`, map[string]any{"int": -1, "long": -1, "index": "java.lang.IndexOutOfBoundsException: Index -1 out of bounds for length 2", "unscaled": "-0.1", "capacity": illegal + "ArrayList: the capacity is negative, not a whole number from 0"}},
		{`-0`, map[string]any{"int": 0, "long": 0, "index": "a", "scale": "1", "decimal": "0"}},
		{`"1"`, map[string]any{"int": 1, "long": 1, "index": "b", "scale": "1.0", "unscaled": "0.1", "decimal": "1", "id": 1, "status": 1}},
		{`" 1 "`, map[string]any{"int": 1, "decimal": "java.lang.NumberFormatException"}},
		{`"1.9"`, map[string]any{"int": 1, "decimal": "1.9"}},
		{`""`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is text that is not a number, not a whole number", "index": illegal + "ArrayList.get: index is text that is not a number", "decimal": "java.lang.NumberFormatException"}},
		{`"x"`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is text", "long": illegal + "Timestamp: the milliseconds since 1970 is text", "boolean": illegal + "quserDao.findByQgroupAndPosition: leader is text"}},
		{`NaN`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is NaN", "long": illegal + "Timestamp: the milliseconds since 1970 is NaN", "index": illegal + "ArrayList.get: index is NaN", "scale": illegal + "BigDecimal.setScale: newScale is NaN", "unscaled": illegal + "BigDecimal.valueOf: unscaledVal is NaN", "decimal": "java.lang.NumberFormatException", "id": illegal + "engine.createQuser: id is NaN", "status": illegal + "httpClient.createHttpResponse: status is NaN", "capacity": illegal + "ArrayList: the capacity is NaN"}},
		{`Infinity`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is out of range", "long": illegal + "Timestamp: the milliseconds since 1970 is out of range", "decimal": "java.lang.NumberFormatException"}},
		{`2147483647`, map[string]any{"int": 2147483647}},
		{`2147483648`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is out of range, not an int, a whole number from -2147483648 to 2147483647", "long": 2147483648, "scale": illegal + "BigDecimal.setScale: newScale is out of range"}},
		{`-2147483648`, map[string]any{"int": -2147483648}},
		{`-2147483649`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is out of range"}},
		{`2 ** 63`, map[string]any{"long": illegal + "Timestamp: the milliseconds since 1970 is out of range", "decimal": "9223372036854775808"}},
		{`5n`, map[string]any{"int": 5, "long": 5, "decimal": "5"}},
		{`2n ** 64n`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is out of range", "decimal": "18446744073709551616"}},
		{`null`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is null", "long": illegal + "Timestamp: the milliseconds since 1970 is null", "index": illegal + "ArrayList.get: index is null", "decimal": illegal + "BigDecimal: not a number: null", "boolean": illegal + "quserDao.findByQgroupAndPosition: leader is null", "text": "Error: SimpleDateFormat: pattern is null"}},
		{`undefined`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is undefined", "decimal": illegal + "BigDecimal: not a number: undefined", "boolean": illegal + "quserDao.findByQgroupAndPosition: leader is undefined"}},
		{`true`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is a boolean", "index": illegal + "ArrayList.get: index is a boolean", "decimal": illegal + "BigDecimal: not a number: a boolean", "boolean": 0}},
		{`[1]`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is an object", "index": illegal + "ArrayList.get: index is an object", "boolean": illegal + "quserDao.findByQgroupAndPosition: leader is an object"}},
		{`{valueOf: () => 1}`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is an object"}},
		{`new Number(1)`, map[string]any{"int": 1, "decimal": "1"}},
		{`new String("1")`, map[string]any{"int": 1, "decimal": "1"}},
		{`new Date(7)`, map[string]any{"int": 7, "long": 7}},
		{`new Date(NaN)`, map[string]any{"long": illegal + "Timestamp: the milliseconds since 1970 is NaN"}},
		{`new BigDecimal("7.90")`, map[string]any{"int": 7, "long": 7, "decimal": "7.90"}},
		{`new BigDecimal("1e30")`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is out of range"}},
		{`engine`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is an engine", "decimal": illegal + "BigDecimal: not a number: an engine"}},
		{`Symbol("s")`, map[string]any{"int": illegal + "AddableTimestamp.addSeconds: seconds is a symbol"}},
	}
	var tests []jsTest
	for _, v := range values {
		for kind, want := range v.want {
			check := fmt.Sprintf("expect(got).toEqual(%v)", want)
			switch text, ok := want.(string); {
			case ok && kind != "index" && len(text) < 12 || text == "a" || text == "b" || kind == "decimal" && text[0] < 'a':
				check = fmt.Sprintf("expect(got).toEqual(%q)", text)
			case ok:
				check = fmt.Sprintf("expect(got).startsWith(%q)", text)
			}
			tests = append(tests, jsTest{kind + " " + v.value, fmt.Sprintf("const got = outcome(%q, %s); %s;", kind, v.value, check)})
		}
	}
	pass(t, prelude, tests)
}

// Arguments beyond those that a method takes would be lost.
func TestTooManyArguments(t *testing.T) {
	t.Parallel()
	pass(t, `const {NewQfile} = com.questetra.bpms.core.event.scripttask; const file = engine.createQfile("a", "a/b", "c");`, throwing([]jsError{
		{`configs.get("conf_X", "default")`, "get: takes (name), and was given 2 arguments"},
		{`engine.log("a", "b")`, "log: takes (value)"},
		{`engine.log("a", 1, "b")`, "log: takes (value)"},
		{`base64.encodeToString("a", "Shift_JIS")`, "encodeToString: takes (content)"},
		{`digest.sha256("a", "hex")`, "sha256: takes (content)"},
		{`hmac.sha256("a", "b", "hex")`, "sha256: takes (secret, message)"},
		{`httpClient.begin().queryParam("a", "b", "c")`, "queryParam: takes (name, value)"},
		{`httpClient.createHttpResponse(200, "a/b", "", {a: "b"})`, "createHttpResponse: takes (status, contentType, body)"},
		{`httpClient.createHttpResponse(200, "a/b", "").getResponseAsString("EUC-JP")`, "getResponseAsString: takes ()"},
		{`dateFormatter.format("UTC", "yyyy", new Date(), 1)`, "format: takes (pattern, date) or (zone, pattern, date)"},
		{`new NewQfile("a", "a/b", "UTF-8", "c", 1)`, "takes (name, contentType, content) or (name, contentType, charset, text)"},
		{`fileRepository.readFile(file, "UTF-8", () => {}, 1)`, "readFile: takes (file) or (file, charset)"},
	}))
}
