package jsapi

import "testing"

func TestHex(t *testing.T) {
	t.Parallel()
	check(t, []expectation{
		{`hex.encodeToString(hex.decodeFromString("00FFa0"))`, "00ffa0"},
		{`hex.encodeToString("é")`, "c3a9"},
		{`hex.encodeToString("")`, ""},
		{`hex.encodeToString(new Uint8Array([1, 2]))`, "0102"},
		{`hex.decodeFromString("").getLength()`, 0},
		{`hex.decodeFromString("616").getLength()`, "!decodeFromString: the text is not pairs of hexadecimal digits"},
		{`hex.decodeFromString("6g").getLength()`, "!decodeFromString: the text is not pairs of hexadecimal digits"},
		{`hex.decodeFromString()`, "!decodeFromString: needs (text)"},
		{`hex.encodeToString()`, "!encodeToString: needs (content)"},
		{`hex.encodeToString(undefined)`, "!encodeToString: content is undefined"},
	})
}
