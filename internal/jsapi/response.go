package jsapi

import (
	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
)

// responseClass is the result of get, post and the like.
var responseClass = newClass("response", members{ //nolint:gochecknoglobals // a table, never changed
	"getStatusCode":       responseGetStatusCode,
	"getResponseAsString": responseGetResponseAsString,
	"getResponse":         responseGetResponse,
	"getContentType":      responseGetContentType,
	"getCharset":          responseGetCharset,
	"getHeaderValues":     responseGetHeaderValues,
})

type response struct {
	*hostapi.Response
	text goja.Value // the body as text, decoded on first use; from then on the body must not change
}

func responseGetStatusCode(a *API, c call) (goja.Value, error) {
	r, err := state[*response](c)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(r.Status), nil
}

func responseGetResponseAsString(a *API, c call) (goja.Value, error) {
	r, err := state[*response](c)
	if err != nil {
		return nil, err
	}
	if err := c.most("()"); err != nil {
		return nil, err
	}
	if r.text == nil {
		r.text = a.vm.ToValue(charset.Share(r.Header.Get("Content-Type"), r.Body))
	}
	return r.text, nil
}

func responseGetResponse(a *API, c call) (goja.Value, error) {
	r, err := state[*response](c)
	if err != nil {
		return nil, err
	}
	return a.object(byteArrayClass, byteArray(r.Body)), nil
}

func responseGetContentType(a *API, c call) (goja.Value, error) {
	r, err := state[*response](c)
	if err != nil {
		return nil, err
	}
	return a.orNull(r.ContentType()), nil
}

func responseGetCharset(a *API, c call) (goja.Value, error) {
	r, err := state[*response](c)
	if err != nil {
		return nil, err
	}
	return a.orNull(r.Charset()), nil
}

func responseGetHeaderValues(a *API, c call) (goja.Value, error) {
	r, err := state[*response](c)
	if err != nil {
		return nil, err
	}
	if err := c.need(1, "(name)"); err != nil {
		return nil, err
	}
	name, err := c.text(0, "name")
	if err != nil {
		return nil, err
	}
	values := r.Header.Values(name)
	items := make([]any, len(values))
	for i, v := range values {
		items[i] = v
	}
	return a.newList(items), nil
}

func (a *API) orNull(s string) goja.Value {
	if s == "" {
		return goja.Null()
	}
	return a.vm.ToValue(s)
}
