package jsapi

import (
	"strconv"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// httpClientClass is the global httpClient.
var httpClientClass = newClass("httpClient", members{ //nolint:gochecknoglobals // a table, never changed
	"begin":                httpClientBegin,
	"getGoogleOAuth2Token": httpClientGetGoogleOAuth2Token,
	"getOAuth2Token":       httpClientGetOAuth2Token,
	"getRequestingLimit":   httpClientGetRequestingLimit,
})

func httpClientBegin(a *API, _ call) (goja.Value, error) {
	return a.object(requestClass, &request{}), nil
}

// httpClientGetOAuth2Token takes the name of a connection, or a setting.
func httpClientGetOAuth2Token(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(name)"); err != nil {
		return nil, err
	}
	if s, ok := stateOf[*authSetting](c.args[0]); ok {
		c.this = c.args[0]
		if s.basic {
			return nil, invalid(c.op, "the setting "+strconv.Quote(s.name)+" is for basic authentication and has no token", "")
		}
		return authSettingGetToken(a, c)
	}
	name, err := c.text(0, "name")
	if err != nil {
		return nil, err
	}
	return a.oauth2Token(c, name)
}

// httpClientGetGoogleOAuth2Token takes a user and a service of Google's: the
// token is that of the connection of that name.
func httpClientGetGoogleOAuth2Token(a *API, c call) (goja.Value, error) {
	if err := c.need(2, "(user, service)"); err != nil {
		return nil, err
	}
	if _, ok := stateOf[*user](c.args[0]); !ok {
		return nil, invalid(c.op, "the first argument is "+typeName(c.args[0])+", not a user", "")
	}
	service, err := c.text(1, "service")
	if err != nil {
		return nil, err
	}
	if a.tests != nil {
		return a.vm.ToValue("google-" + service), nil
	}
	return a.oauth2Token(c, service)
}

// oauth2Token returns the token of the named connection, or in a test that of the
// setting of that name which the test has put into configs.
func (a *API) oauth2Token(c call, name string) (goja.Value, error) {
	if a.tests != nil {
		for _, s := range a.workflow().settings {
			if s, ok := stateOf[*authSetting](s.object); ok && s.name == name && !s.basic {
				return a.vm.ToValue(s.token), nil
			}
		}
		return nil, &hostapi.Error{
			Code: hostapi.CodeUnknownConnection, Op: c.op, Name: name, Message: "the test has put no auth setting of this name into configs",
			Hint: "configs.putObject(…, httpClient.createAuthSettingOAuth2(…))",
		}
	}
	token, err := a.host.OAuth2Token(a.ctx, name)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(token), nil
}

func httpClientGetRequestingLimit(a *API, _ call) (goja.Value, error) {
	return a.vm.ToValue(a.host.RequestingLimit()), nil
}
