package jsapi

import (
	"fmt"
	"strings"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/internal/mailaddress"
)

// emailServiceClass is the global emailService.
var emailServiceClass = newClass("emailService", members{ //nolint:gochecknoglobals // a table, never changed
	"begin":              emailServiceBegin,
	"parseAddressHeader": emailServiceParseAddressHeader,
})

// mailAddressClass is an address of a message header.
var mailAddressClass = newClass("mail address", members{ //nolint:gochecknoglobals // a table, never changed
	"getAddress":  getter(func(a *API, m mailaddress.Mailbox) goja.Value { return a.vm.ToValue(m.Address) }),
	"getPersonal": getter(func(a *API, m mailaddress.Mailbox) goja.Value { return a.orNull(m.Name) }),
})

// maxMailAddresses bounds the memory for the addresses of a short text, maxMailHeader the
// time for parsing a long one.
const (
	maxMailAddresses = 10_000
	maxMailHeader    = 1 << 20
)

// emailServiceParseAddressHeader returns the addresses of a header field such as To. The
// list is empty if there are none, or if one of them is invalid.
func emailServiceParseAddressHeader(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(header)"); err != nil {
		return nil, err
	}
	if v := c.arg(0); goja.IsUndefined(v) || goja.IsNull(v) { // a message without that field
		return a.newList(nil), nil
	}
	header, err := c.text(0, "header")
	if err != nil {
		return nil, err
	}
	if len(header) > maxMailHeader {
		return nil, invalid(c.op, fmt.Sprintf("the header has more than %d bytes", maxMailHeader), "")
	}
	if n := strings.Count(header, ",") + strings.Count(header, ";"); n >= maxMailAddresses {
		return nil, invalid(c.op, fmt.Sprintf("the header has more than %d addresses", maxMailAddresses), "")
	}
	var items []any
	for _, m := range mailaddress.Parse(header) {
		items = append(items, a.object(mailAddressClass, m))
	}
	return a.newList(items), nil
}
