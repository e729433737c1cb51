package jsapi

import (
	"maps"
	"strconv"
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// httpClientClass is the global httpClient.
var httpClientClass = newClass("httpClient", members{ //nolint:gochecknoglobals // a table, never changed
	"begin":                httpClientBegin,
	"getGoogleOAuth2Token": httpClientGetGoogleOAuth2Token,
	"getOAuth2Token":       httpClientGetOAuth2Token,
	"getOAuth2TokenInfo":   httpClientGetOAuth2TokenInfo,
	"getRequestingLimit":   httpClientGetRequestingLimit,
})

func httpClientBegin(a *API, _ call) (goja.Value, error) {
	return holding(a, requestClass, request{}), nil
}

// httpClientGetOAuth2Token takes the name of a connection, or a setting.
func httpClientGetOAuth2Token(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(name)"); err != nil {
		return nil, err
	}
	if s, ok := stateOf[*authSetting](c.args[0]); ok {
		c.this, c.host = c.args[0], hostObject(c.args[0])
		if s.basic {
			return nil, s.noToken(c.op)
		}
		return authSettingGetToken(a, c)
	}
	name, err := settingName(c)
	if err != nil {
		return nil, err
	}
	return a.oauth2Token(c, name)
}

// noToken returns the error for a setting with a user and a password, which has no token.
func (s *authSetting) noToken(op string) error {
	return invalid(op, "the setting "+strconv.Quote(s.name)+" is for basic authentication and has no token", "")
}

// httpClientGetOAuth2TokenInfo takes the name of a connection, or a setting. For a setting
// that a test has created it returns only the scope.
func httpClientGetOAuth2TokenInfo(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(name)"); err != nil {
		return nil, err
	}
	s, ok := stateOf[*authSetting](c.args[0])
	if !ok {
		name, err := settingName(c)
		if err != nil {
			return nil, err
		}
		found, err := a.world.authSetting(c.op, name)
		if err != nil {
			return nil, err
		}
		s = &found
	}
	switch {
	case s.basic:
		return nil, s.noToken(c.op)
	case !s.connection:
		return a.tokenInfo(&hostapi.TokenInfo{TokenType: "Bearer", Scope: s.scope}), nil
	}
	info, err := a.host.OAuth2TokenInfo(a.ctx, s.name)
	if err != nil {
		return nil, err
	}
	return a.tokenInfo(info), nil
}

// tokenInfo returns info as a plain object, with the fields of the token response as
// further properties.
func (a *API) tokenInfo(info *hostapi.TokenInfo) goja.Value {
	members := make(map[string]any, 3+len(info.Fields))
	maps.Copy(members, info.Fields)
	members["token_type"], members["scope"], members["expires_at"] = info.TokenType, info.Scope, nil
	if !info.Expiry.IsZero() {
		members["expires_at"] = info.Expiry.UTC().Format(time.RFC3339)
	}
	return a.value(members)
}

// httpClientGetGoogleOAuth2Token takes a user and a service of Google. It returns the token
// of the connection that is named like the service.
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
	s := a.world.googleSetting(service)
	return a.token(&s)
}

// oauth2Token returns the token of the setting with that name.
func (a *API) oauth2Token(c call, name string) (goja.Value, error) {
	s, err := a.world.authSetting(c.op, name)
	if err != nil {
		return nil, err
	}
	if s.basic {
		return nil, s.noToken(c.op)
	}
	return a.token(&s)
}

func httpClientGetRequestingLimit(a *API, _ call) (goja.Value, error) {
	return a.vm.ToValue(a.host.RequestingLimit()), nil
}
