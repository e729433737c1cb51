package jsapi

import (
	"slices"
	"strings"
	"testing"
)

func TestParseAddressHeader(t *testing.T) {
	t.Parallel()
	const show = `.map(m => [m.getAddress(), m.getPersonal()])`
	check(t, []expectation{
		{`emailService.parseAddressHeader("Taro <taro@example.com>, hanako@example.com")` + show, [][]any{{"taro@example.com", "Taro"}, {"hanako@example.com", nil}}},
		{`(l => [l.size(), l.get(0).getAddress(), l.length, Array.isArray(l)])(emailService.parseAddressHeader("a@example.com"))`, []any{1, "a@example.com", 1, true}},
		{`["", "  ", ",", "not an address", null, undefined].map(s => emailService.parseAddressHeader(s).size())`, []int{0, 0, 0, 0, 0, 0}},
		{`emailService.parseAddressHeader()`, "!parseAddressHeader: needs (header)"},
		{`emailService.parseAddressHeader({})`, "!parseAddressHeader: header is an object, not text"},
		{`emailService.parseAddressHeader("a@example.com,".repeat(9999)).size()`, 9999},
		{`emailService.parseAddressHeader("a@example.com,".repeat(10000))`, "!parseAddressHeader: the header has more than 10000 addresses"},
		{`emailService.parseAddressHeader("a@example.com")[0].getAddress.call({})`, "!getAddress: called on another object than its own"},
	})
}

func TestParseMailAddresses(t *testing.T) {
	t.Parallel()
	one := func(address, personal string) []mailAddress { return []mailAddress{{address, personal}} }
	tests := []struct {
		list string
		want []mailAddress
	}{
		// RFC 5322 §A.1.2, §A.1.3 and §A.5
		{`"Joe Q. Public" <john.q.public@example.com>`, one("john.q.public@example.com", "Joe Q. Public")},
		{`Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>`, []mailAddress{{"mary@x.test", "Mary Smith"}, {"jdoe@example.org", ""}, {"one@y.test", "Who?"}}},
		{`<boss@nil.test>, "Giant; \"Big\" Box" <sysservices@example.net>`, []mailAddress{{"boss@nil.test", ""}, {"sysservices@example.net", `Giant; "Big" Box`}}},
		{`A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;`, []mailAddress{{"c@a.test", "Ed Jones"}, {"joe@where.test", ""}, {"jdoe@one.test", "John"}}},
		{`Undisclosed recipients:;`, nil},
		{"Pete(A nice \\) chap) <pete@silly.test>", one("pete@silly.test", "Pete")},
		// comments
		{`a@example.com (Taro)`, one("a@example.com", "Taro")},
		{`<a@example.com> (Taro (the (first)))`, one("a@example.com", "Taro (the (first))")},
		{`(x) a@example.com`, one("a@example.com", "x")},
		{`(nothing but a comment)`, nil},
		// folding
		{"Taro\r\n <a@example.com>,\r\n\tb@example.com", []mailAddress{{"a@example.com", "Taro"}, {"b@example.com", ""}}},
		{"\"Taro\r\n Yamada\" <a@example.com>", one("a@example.com", "Taro Yamada")},
		// RFC 2047
		{`=?UTF-8?B?5bGx55Sw?= <a@example.com>`, one("a@example.com", "山田")},
		{`=?utf-8?q?Andr=C3=A9_?= =?utf-8?q?P?= <a@example.com>`, one("a@example.com", "André P")},
		{`=?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <a@example.com>`, one("a@example.com", "山田")},
		{`"=?ISO-2022-JP?B?GyRCOzNFRBsoQg==?=" <a@example.com>`, one("a@example.com", "山田")},
		{`=?Shift_JIS?B?jlKTYw==?= (x) <a@example.com>`, one("a@example.com", "山田")},
		{`a@example.com (=?iso-8859-1?Q?Andr=E9?=)`, one("a@example.com", "André")},
		{`=?UTF-8?Q?Doe,_John_<x>?= <a@example.com>`, one("a@example.com", "Doe, John <x>")},
		{`=?no-such?Q?Doe?= <a@example.com>`, one("a@example.com", "=?no-such?Q?Doe?=")},
		{`=?UTF-8?Q?a=0D=0ABcc:_b?= <a@example.com>`, one("a@example.com", "a Bcc: b")},
		// what the standard does not allow
		{`<a@example.com>e`, one("a@example.com", "")},
		{`山田　太郎（営業） <a@example.com>`, one("a@example.com", "山田　太郎（営業）")},
		{`John Q. Public <a@example.com>`, one("a@example.com", "John Q. Public")},
		{`me@home <a@example.com>`, one("a@example.com", "me@home")},
		{`a..b.@docomo.example`, one("a..b.@docomo.example", "")},
		{`"a..b."@docomo.example`, one(`"a..b."@docomo.example`, "")},
		{`a@example.com; b@example.com,`, []mailAddress{{"a@example.com", ""}, {"b@example.com", ""}}},
		{`Taro < a@example.com `, one("a@example.com", "Taro")},
		{`太郎@例え.テスト`, one("太郎@例え.テスト", "")},
		// the rest of addr-spec
		{`"john \"doe\", x>"@example.com`, one(`"john \"doe\", x>"@example.com`, "")},
		{`John <"john doe>"@example.com>`, one(`"john doe>"@example.com`, "John")},
		{`John <a@[IPv6:::1]>, b@[192.0.2.1]`, []mailAddress{{"a@[IPv6:::1]", "John"}, {"b@[192.0.2.1]", ""}}},
		{`a@[IPv6:::1]`, one("a@[IPv6:::1]", "")},
		{`<@one.test,@two.test:a@example.com>`, one("a@example.com", "")},
		// one that is no address spoils the list
		{"taro", nil},
		{"a@", nil},
		{"@example.com", nil},
		{"a@b@example.com", nil},
		{"a b@example.com", nil},
		{"a@example.com b", nil},
		{"a@exam ple.com", nil},
		{"a@example.com\nBcc: b@example.com", nil},
		{"<>", nil},
		{"Taro <>", nil},
		{"a@example.com, Taro", nil},
		{"Doe, John <a@example.com>", nil},
		{`"a@example.com`, nil},
		{`"a\"@example.com`, nil},
		{`(a@example.com`, nil},
		{"<a@example.com\x00>", nil},
	}
	for _, tt := range tests {
		if got := parseMailAddresses(tt.list); !slices.Equal(got, tt.want) {
			t.Errorf("parseMailAddresses(%q) = %q, want %q", tt.list, got, tt.want)
		}
	}
}

// Addresses that were read can be written again, and are read as the same.
func FuzzParseMailAddresses(f *testing.F) {
	f.Add(`A: "B\" C" <d@e>, (f) g@h; =?UTF-8?Q?i,?= <@j:"k"@l>m`)
	f.Fuzz(func(t *testing.T, list string) {
		found := parseMailAddresses(list)
		written := make([]string, len(found))
		for i, m := range found {
			if strings.ContainsAny(m.address+m.personal, "\r\n") || m.address == "" {
				t.Errorf("%q gives %q", list, m)
			}
			if strings.Contains(m.personal, "=?") { // would be decoded once more
				return
			}
			written[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(m.personal) + `" <` + m.address + ">"
		}
		if again := parseMailAddresses(strings.Join(written, ", ")); !slices.Equal(again, found) {
			t.Errorf("%q gives %q, written and read again %q", list, found, again)
		}
	})
}
