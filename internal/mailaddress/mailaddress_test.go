package mailaddress_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/mailaddress"
)

func TestParse(t *testing.T) {
	t.Parallel()
	one := func(address, personal string) []mailaddress.Mailbox {
		return []mailaddress.Mailbox{{address, personal}}
	}
	tests := []struct {
		list string
		want []mailaddress.Mailbox
	}{
		// RFC 5322 §A.1.2, §A.1.3 and §A.5
		{`"Joe Q. Public" <john.q.public@example.com>`, one("john.q.public@example.com", "Joe Q. Public")},
		{`Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>`, []mailaddress.Mailbox{{"mary@x.test", "Mary Smith"}, {"jdoe@example.org", ""}, {"one@y.test", "Who?"}}},
		{`<boss@nil.test>, "Giant; \"Big\" Box" <sysservices@example.net>`, []mailaddress.Mailbox{{"boss@nil.test", ""}, {"sysservices@example.net", `Giant; "Big" Box`}}},
		{`A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;`, []mailaddress.Mailbox{{"c@a.test", "Ed Jones"}, {"joe@where.test", ""}, {"jdoe@one.test", "John"}}},
		{`Undisclosed recipients:;`, nil},
		{"Pete(A nice \\) chap) <pete@silly.test>", one("pete@silly.test", "Pete")},
		// comments
		{`a@example.com (Taro)`, one("a@example.com", "Taro")},
		{`<a@example.com> (Taro (the (first)))`, one("a@example.com", "Taro (the (first))")},
		{`(x) a@example.com`, one("a@example.com", "x")},
		{`(nothing but a comment)`, nil},
		// folding
		{"Taro\r\n <a@example.com>,\r\n\tb@example.com", []mailaddress.Mailbox{{"a@example.com", "Taro"}, {"b@example.com", ""}}},
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
		{`a@example.com; b@example.com,`, []mailaddress.Mailbox{{"a@example.com", ""}, {"b@example.com", ""}}},
		{`Taro < a@example.com `, one("a@example.com", "Taro")},
		{`太郎@例え.テスト`, one("太郎@例え.テスト", "")},
		// the rest of addr-spec
		{`"john \"doe\", x>"@example.com`, one(`"john \"doe\", x>"@example.com`, "")},
		{`John <"john doe>"@example.com>`, one(`"john doe>"@example.com`, "John")},
		{`John <a@[IPv6:::1]>, b@[192.0.2.1]`, []mailaddress.Mailbox{{"a@[IPv6:::1]", "John"}, {"b@[192.0.2.1]", ""}}},
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
		if got := mailaddress.Parse(tt.list); !slices.Equal(got, tt.want) {
			t.Errorf("Parse(%q) = %q, want %q", tt.list, got, tt.want)
		}
	}
}

// Addresses that were read can be written again, and are read as the same.
func FuzzParse(f *testing.F) {
	f.Add(`A: "B\" C" <d@e>, (f) g@h; =?UTF-8?Q?i,?= <@j:"k"@l>m`)
	f.Fuzz(func(t *testing.T, list string) {
		found := mailaddress.Parse(list)
		written := make([]string, len(found))
		for i, m := range found {
			if strings.ContainsAny(m.Address+m.Name, "\r\n") || m.Address == "" {
				t.Errorf("%q gives %q", list, m)
			}
			if strings.Contains(m.Name, "=?") { // would be decoded once more
				return
			}
			written[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(m.Name) + `" <` + m.Address + ">"
		}
		if again := mailaddress.Parse(strings.Join(written, ", ")); !slices.Equal(again, found) {
			t.Errorf("%q gives %q, written and read again %q", list, found, again)
		}
	})
}
