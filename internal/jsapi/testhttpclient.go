package jsapi

import (
	"net/http"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
)

// testHTTPClientClass is the global httpClient of a test, which can set a handler.
var testHTTPClientClass = newSubclass(httpClientClass, "httpClient", members{ //nolint:gochecknoglobals // a table, never changed
	"setRequestHandler":  testOnly((*Testbed).setRequestHandler),
	"createHttpResponse": testHTTPClientCreateHTTPResponse,
	"createAuthSettingBasic": createAuthSetting(func(s *authSetting, t []string) {
		s.basic, s.user, s.password = true, t[0], t[1]
	}, "user", "password"),
	"createAuthSettingToken": createAuthSetting(func(s *authSetting, t []string) { s.token = t[0] }, "token"),
	"createAuthSettingOAuth2": createAuthSetting(func(s *authSetting, t []string) {
		s.scope, s.clientID, s.token = t[2], t[3], t[5]
	}, "authorizationUrl", "tokenUrl", "scope", "clientId", "clientSecret", "accessToken"),
	"createAuthSettingOAuth2ClientCredentials": createAuthSetting(func(s *authSetting, t []string) {
		s.scope, s.clientID, s.token = t[1], t[2], t[4]
	}, "tokenUrl", "scope", "clientId", "clientSecret", "accessToken"),
	"createAuthSettingOAuth2JwtBearer": createAuthSetting(func(s *authSetting, t []string) {
		s.scope, s.clientID, s.privateKeyID, s.privateKey, s.customSecret1, s.customSecret2 = t[0], t[1], t[3], t[4], t[5], t[6]
	}, "scope", "clientId", "clientSecret", "privateKeyId", "privateKey", "customSecret1", "customSecret2"),
})

// createAuthSetting returns a function that takes a name and the values of fields, all
// text; default "".
func createAuthSetting(fill func(s *authSetting, texts []string), fields ...string) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		name, err := c.text(0, "name")
		if err != nil {
			return nil, err
		}
		texts := make([]string, len(fields))
		for i := range fields {
			texts[i] = textOrEmpty(c.arg(i + 1))
		}
		s := &authSetting{name: name}
		fill(s, texts)
		return a.object(authSettingClass, s), nil
	}
}

func (t *Testbed) setRequestHandler(c call) (goja.Value, error) {
	handler, ok := goja.AssertFunction(c.arg(0))
	if !ok {
		return nil, invalid(c.op, "needs a function, got "+typeName(c.arg(0)), "write httpClient.setRequestHandler(request => …)")
	}
	t.handler = handler
	return goja.Undefined(), nil
}

// testHTTPClientCreateHTTPResponse is createHttpResponse(status, contentType,
// body): the bytes of the body are its text in the charset of the content type.
func testHTTPClientCreateHTTPResponse(a *API, c call) (goja.Value, error) {
	if err := c.need(2, "(status, contentType, body)"); err != nil {
		return nil, err
	}
	status, err := c.int(0, "status")
	if err != nil {
		return nil, err
	}
	contentType := textOrEmpty(c.args[1])
	header := http.Header{}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	body := bytesOf(c.arg(2))
	if body == nil && !absent(c.arg(2)) {
		text, err := c.text(2, "body")
		if err != nil {
			return nil, err
		}
		body = charset.Encode(contentType, text)
	}
	return a.object(testResponseClass, &response{Response: &hostapi.Response{
		Status: status, Header: header, Body: body,
	}}), nil
}

var testResponseClass = newSubclass(responseClass, "response", members{ //nolint:gochecknoglobals // a table, never changed
	"addHeader": func(_ *API, c call) (goja.Value, error) {
		r, err := state[*response](c)
		if err != nil {
			return nil, err
		}
		name, err := c.text(0, "name")
		if err != nil {
			return nil, err
		}
		r.Header.Add(name, c.arg(1).String())
		return c.this, nil
	},
})

// testHTTPHeadersClass are headers that a test has created.
var testHTTPHeadersClass = newSubclass(httpHeadersClass, "headers", members{ //nolint:gochecknoglobals // a table, never changed
	"set": func(_ *API, c call) (goja.Value, error) {
		h, err := state[httpHeaders](c)
		if err != nil {
			return nil, err
		}
		http.Header(h).Set(c.arg(0).String(), c.arg(1).String())
		return goja.Undefined(), nil
	},
})
