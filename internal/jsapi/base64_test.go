package jsapi

import "testing"

func TestBase64(t *testing.T) {
	t.Parallel()
	check(t, []expectation{
		// RFC 4648 §10
		{`["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(s => base64.encodeToString(s))`, []string{"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"}},
		{`["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"].map(s => base64.decodeFromString(s))`, []string{"", "f", "fo", "foo", "foob", "fooba", "foobar"}},
		// the two alphabets
		{`base64.encodeToString("~?>é")`, "fj8+w6k="},
		{`base64.encodeToUrlSafeString("~?>é")`, "fj8-w6k="},
		{`base64.decodeFromString("fj8+w6k=")`, "~?>é"},
		{`base64.decodeFromUrlSafeString("fj8-w6k")`, "~?>é"},
		{`base64.decodeFromUrlSafeString("fj8-w6k=")`, "~?>é"},
		{`base64.decodeFromUrlSafeString("")`, ""},
		{`base64.decodeFromString("fj8-w6k=")`, "!decodeFromString: the text is not base64: wrong or cut off at character 4"},
		{`base64.decodeFromUrlSafeString("fj8+w6k=")`, "!decodeFromUrlSafeString: the text is not base64: wrong or cut off at character 4"},
		// padding and line breaks
		{`base64.decodeFromString("Zm9v\r\nYg==\r\n")`, "foob"},
		{`base64.decodeFromString("Zm9vYg\n=\n=")`, "foob"},
		{`base64.decodeFromString("Zm9vYg")`, "foob"},
		{`base64.decodeFromString("Zm9vY")`, "!decodeFromString: the text is not base64: wrong or cut off at character 5"},
		{`base64.decodeFromString("Zg==Zg==")`, "!decodeFromString: the text is not base64: wrong or cut off at character 3"},
		{`base64.decodeFromString("Zm 9v")`, "!decodeFromString: the text is not base64: wrong or cut off at character 3"},
		{`base64.decodeFromString("é")`, "!decodeFromString: the text is not base64: wrong or cut off at character 1"},
		// byte arrays
		{`base64.decodeFromStringToByteArray("AP+A").getLength()`, 3},
		{`base64.decodeFromStringToByteArray("").getLength()`, 0},
		{`base64.decodeFromUrlSafeStringToByteArray("AP-A").getLength()`, 3},
		{`base64.encodeToString(base64.decodeFromStringToByteArray("AP+A"))`, "AP+A"},
		{`base64.encodeToUrlSafeString(base64.decodeFromStringToByteArray("AP+A"))`, "AP-A"},
		{`base64.encodeToString(new Uint8Array([0, 255, 128]))`, "AP+A"},
		{`base64.encodeToString(new Uint8Array([1, 0, 255, 128, 1]).subarray(1, 4))`, "AP+A"},
		{`base64.encodeToString(new Uint8Array([0, 255, 128]).buffer)`, "AP+A"},
		{`base64.encodeToString(file)`, "YSxi"},
		{`base64.encodeToString(12)`, "MTI="},
		// charsets
		{`base64.decodeFromString("k/qWew==", "Shift_JIS")`, "日本"},
		{`base64.decodeFromString("5pel5pys", null)`, "日本"},
		{`base64.decodeFromUrlSafeString("xvzL3A", "EUC-JP")`, "日本"},
		{`base64.decodeFromString("gA==")`, "\ufffd"},
		{`base64.decodeFromString("gA==", "no-such")`, "!no-such"},
		// arguments
		{`base64.encodeToString()`, "!encodeToString: needs (content)"},
		{`base64.encodeToString(null)`, "!encodeToString: content is null"},
		{`base64.encodeToString({})`, "!encodeToString: content is an object, not text"},
		{`base64.decodeFromString(undefined)`, "!decodeFromString: text is undefined"},
		{`base64.decodeFromStringToByteArray()`, "!decodeFromStringToByteArray: needs (text)"},
		{`base64.decodeFromStringToByteArray("*")`, "!decodeFromStringToByteArray: the text is not base64: wrong or cut off at character 1"},
	})
}
