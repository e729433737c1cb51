package jsapi

import "testing"

func TestDigest(t *testing.T) {
	t.Parallel()
	check(t, []expectation{
		// RFC 1321 §A.5, and the examples of FIPS 180
		{`hex.encodeToString(digest.md5("abc"))`, "900150983cd24fb0d6963f7d28e17f72"},
		{`hex.encodeToString(digest.sha1("abc"))`, "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{`hex.encodeToString(digest.sha256("abc"))`, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{`hex.encodeToString(digest.sha512("abc"))`, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
		{`hex.encodeToString(digest.sha256(""))`, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		// what they are of
		{`hex.encodeToString(digest.sha1(hex.decodeFromString("616263")))`, "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{`hex.encodeToString(digest.sha1(file)) === hex.encodeToString(digest.sha1("a,b"))`, true},
		{`hex.encodeToString(digest.sha1("é")) === hex.encodeToString(digest.sha1(new Uint8Array([0xc3, 0xa9])))`, true},
		{`digest.sha256(digest.sha256("abc")).getLength()`, 32},
		{`digest.sha256()`, "!sha256: needs (content)"},
		{`digest.sha1(null)`, "!sha1: content is null"},
	})
}
