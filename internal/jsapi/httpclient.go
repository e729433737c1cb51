package jsapi

import (
	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// httpClientClass is the global httpClient.
var httpClientClass = newClass("httpClient", members{ //nolint:gochecknoglobals // a table, never changed
	"begin":              httpClientBegin,
	"getOAuth2Token":     httpClientGetOAuth2Token,
	"getRequestingLimit": httpClientGetRequestingLimit,
})

func httpClientBegin(a *API, _ call) (goja.Value, error) {
	return a.object(requestClass, &hostapi.Request{}), nil
}

func httpClientGetOAuth2Token(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(name)"); err != nil {
		return nil, err
	}
	name, err := c.text(0, "name")
	if err != nil {
		return nil, err
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
