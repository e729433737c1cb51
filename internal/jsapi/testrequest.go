package jsapi

import (
	"strings"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
	"github.com/postern-dev/postern/internal/mediatype"
)

// seenContent is the part of a request for a handler that cannot be derived from its
// bytes.
type seenContent struct {
	text  *string      // a body that was text
	parts []goja.Value // of a multipart body
}

func (r *request) see() *seenContent {
	if r.seen == nil {
		r.seen = new(seenContent)
	}
	return r.seen
}

func (*Testbed) checkBearer(string, string) error { return nil } // a test may have a setting with an empty one

func (*Testbed) sawText(r *request, text string) { r.see().text = &text }

func (*Testbed) sawPart(r *request, content goja.Value) {
	r.see().parts = append(r.see().parts, content)
}

// send passes a request to the test's handler, and again for retries, without waiting. No
// request is sent over the network.
func (t *Testbed) send(r *request) (goja.Value, error) {
	a := t.api
	op := r.Op()
	if most := limitOfTest(t.config.RequestBytes, hostapi.DefaultLimits().RequestBytes); r.BodyBytes() > most {
		return nil, reached(op, "request_bytes", hostapi.Limits{RequestBytes: most})
	}
	if _, err := r.HTTP(a.ctx); err != nil {
		t.warn("a run would refuse a request: " + err.Error())
	}
	for try := 0; ; try++ {
		response, status, err := t.respond(op, r)
		if err != nil || try >= r.Retry || !hostapi.MayRetry(status) {
			return response, err
		}
	}
}

// respond counts a request and returns the handler's response.
func (t *Testbed) respond(op string, r *request) (value goja.Value, status int, err error) {
	a := t.api
	most := a.host.RequestingLimit()
	if t.requests++; t.requests > most {
		return nil, 0, reached(op, "requests", hostapi.Limits{Requests: most})
	}
	if a.ctx.Err() != nil {
		return nil, 0, ended(a.ctx, op)
	}
	if t.handler == nil {
		return nil, 0, &hostapi.Error{
			Code: hostapi.CodeDenied, Op: op, Message: "a test has no network",
			Hint: "handle requests with httpClient.setRequestHandler(request => httpClient.createHttpResponse(…))",
		}
	}
	seen, err := a.seenRequest(op, r)
	if err != nil {
		return nil, 0, err
	}
	if value, err = t.handler(goja.Undefined(), seen); err != nil {
		return nil, 0, err
	}
	response, ok := stateOf[*response](value)
	if !ok {
		return nil, 0, invalid(op, "the request handler returned "+typeName(value)+", not a response", "return httpClient.createHttpResponse(status, contentType, body)")
	}
	return value, response.Status, nil
}

// seenRequest returns the request object for a handler.
func (a *API) seenRequest(op string, r *request) (*goja.Object, error) {
	url := r.URL
	if len(r.QueryParam) > 0 {
		before, fragment, hasFragment := strings.Cut(url, "#")
		separator := "?"
		switch {
		case strings.HasSuffix(before, "?"):
			separator = ""
		case strings.Contains(before, "?"):
			separator = "&"
		}
		url = before + separator + hostapi.EncodeForm(r.QueryParam)
		if hasFragment {
			url += "#" + fragment
		}
	}
	body, contentType, err := a.seenBody(op, r)
	if err != nil {
		return nil, err
	}
	o := a.vm.NewObject()
	for _, p := range []struct {
		name  string
		value any
	}{
		{"url", url}, {"method", r.Method}, {"contentType", a.orNull(contentType)}, {"body", body}, {"headers", a.seenHeaders(r)},
	} {
		if err := o.Set(p.name, p.value); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// seenBody returns the body as text, a multipart one as a map of its parts.
func (a *API) seenBody(op string, r *request) (body goja.Value, contentType string, err error) {
	kinds := 0
	body = goja.Null()
	if len(r.FormParam) > 0 {
		kinds++
		body, contentType = a.vm.ToValue(hostapi.EncodeForm(r.FormParam)), "application/x-www-form-urlencoded; charset=UTF-8"
	}
	if len(r.Multipart) > 0 {
		kinds++
		body, contentType = a.object(partsClass, newParts(r)), "multipart/form-data"
	}
	if r.Body != nil {
		kinds++
		contentType = r.ContentType
		if r.seen != nil && r.seen.text != nil {
			body = a.vm.ToValue(*r.seen.text)
		} else {
			encoding, _ := charset.Lookup(mediatype.Charset(r.ContentType))
			body = a.vm.ToValue(encoding.Decode(r.Body))
		}
	}
	if kinds > 1 {
		return nil, "", invalid(op, "more than one of formParam, multipart and body is set", "keep one")
	}
	return body, contentType, nil
}

// seenHeaders returns the headers as an object with the method get. Of several headers with
// one name it has the last.
func (a *API) seenHeaders(r *request) *goja.Object {
	o := a.vm.NewObject()
	set := func(name, value string) { _ = o.Set(name, value) } // a fresh object takes any property
	switch {
	case r.Basic != nil:
		set("Authorization", (&authSetting{basic: true, user: r.Basic.Username, password: r.Basic.Password}).authorization())
	case r.Authorization != nil:
		set("Authorization", r.Authorization.Scheme+" "+r.Authorization.Credentials)
	case r.AWSSignV4 != nil:
		set("Authorization", "AWS4-HMAC-SHA256 Credential="+r.AWSSignV4.AccessKey+"/"+r.AWSSignV4.Region+"/"+r.AWSSignV4.Service+"/aws4_request")
	case r.bearer:
		set("Authorization", "Bearer "+r.Bearer)
	}
	for _, h := range r.Header {
		set(h.Name, h.Value)
	}
	_ = o.SetPrototype(a.prototype(seenHeadersClass, o.Prototype()))
	return o
}

var seenHeadersClass = newClass("headers", members{ //nolint:gochecknoglobals // a table, never changed
	"get": func(_ *API, c call) (goja.Value, error) {
		o, ok := c.this.(*goja.Object)
		if !ok {
			return goja.Null(), nil
		}
		name := c.arg(0).String()
		for _, key := range o.Keys() {
			if key == name {
				return o.Get(key), nil
			}
		}
		for _, key := range o.Keys() {
			if strings.EqualFold(key, name) {
				return o.Get(key), nil
			}
		}
		return goja.Null(), nil
	},
})

// parts are the parts of a multipart body by name, in the order of the first part of each
// name.
type parts struct {
	names  []string
	values map[string][]any
}

func newParts(r *request) *parts {
	p := &parts{values: make(map[string][]any)}
	for i := range r.Multipart {
		name := r.Multipart[i].Name
		if p.values[name] == nil {
			p.names = append(p.names, name)
		}
		p.values[name] = append(p.values[name], r.seen.parts[i])
	}
	return p
}

var partsClass = newClass("HashMap", members{ //nolint:gochecknoglobals // a table, never changed
	"size":        getter(func(a *API, p *parts) goja.Value { return a.vm.ToValue(len(p.names)) }),
	"isEmpty":     getter(func(a *API, p *parts) goja.Value { return a.vm.ToValue(len(p.names) == 0) }),
	"keySet":      getter(func(a *API, p *parts) goja.Value { return a.textList(p.names) }),
	"get":         partsGet,
	"containsKey": partsContainsKey,
})

func partsGet(a *API, c call) (goja.Value, error) {
	p, err := state[*parts](c)
	if err != nil {
		return nil, err
	}
	values, ok := p.values[c.arg(0).String()]
	if !ok {
		return goja.Null(), nil
	}
	return a.newList(values), nil
}

func partsContainsKey(a *API, c call) (goja.Value, error) {
	p, err := state[*parts](c)
	if err != nil {
		return nil, err
	}
	_, ok := p.values[c.arg(0).String()]
	return a.vm.ToValue(ok), nil
}
