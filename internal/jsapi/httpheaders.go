package jsapi

import (
	"net/http"

	"github.com/dop251/goja"
)

// httpHeaders are the headers of the request to a webhook start event.
type httpHeaders http.Header

var httpHeadersClass = newClass("headers", members{ //nolint:gochecknoglobals // a table, never changed
	"getFirst": httpHeadersGetFirst,
	"get":      httpHeadersGet,
})

func httpHeadersGetFirst(a *API, c call) (goja.Value, error) {
	h, err := state[httpHeaders](c)
	if err != nil {
		return nil, err
	}
	values := http.Header(h).Values(c.arg(0).String())
	if len(values) == 0 {
		return goja.Null(), nil
	}
	return a.vm.ToValue(values[0]), nil
}

func httpHeadersGet(a *API, c call) (goja.Value, error) {
	h, err := state[httpHeaders](c)
	if err != nil {
		return nil, err
	}
	return a.textList(http.Header(h).Values(c.arg(0).String())), nil
}
