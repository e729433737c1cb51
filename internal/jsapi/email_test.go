package jsapi

import "testing"

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
