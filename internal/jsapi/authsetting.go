package jsapi

import (
	"encoding/base64"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// authSettingClass is a setting that authenticates HTTP requests: a connection of the
// host, or one that a test has created.
var authSettingClass = newClass("auth setting", members{ //nolint:gochecknoglobals // a table, never changed
	"getName":          getter(func(a *API, s *authSetting) goja.Value { return a.vm.ToValue(s.name) }),
	"getToken":         authSettingGetToken,
	"getScope":         authSettingText(func(s *authSetting) string { return s.scope }),
	"getClientId":      authSettingText(func(s *authSetting) string { return s.clientID }),
	"getPrivateKeyId":  authSettingText(func(s *authSetting) string { return s.privateKeyID }),
	"getPrivateKey":    authSettingSecret(func(s *authSetting) string { return s.privateKey }),
	"getCustomSecret1": authSettingSecret(func(s *authSetting) string { return s.customSecret1 }),
	"getCustomSecret2": authSettingSecret(func(s *authSetting) string { return s.customSecret2 }),
})

// authSetting is the name of a connection, whose secrets stay with the host. In a test it
// has all values itself.
type authSetting struct {
	name       string
	connection bool
	known      bool // the values that are not secret have been fetched from the host

	scope, clientID, privateKeyID            string
	token, user, password                    string
	basic                                    bool
	privateKey, customSecret1, customSecret2 string
}

// authorization returns the Authorization header for a setting of a test.
func (s *authSetting) authorization() string {
	if s.basic {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(s.user+":"+s.password))
	}
	return "Bearer " + s.token
}

func authSettingGetToken(a *API, c call) (goja.Value, error) {
	s, err := state[*authSetting](c)
	if err != nil {
		return nil, err
	}
	return a.token(s)
}

// token returns the token of a setting.
func (a *API) token(s *authSetting) (goja.Value, error) {
	if !s.connection {
		return a.vm.ToValue(s.token), nil
	}
	token, err := a.host.OAuth2Token(a.ctx, s.name)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(token), nil
}

func authSettingText(get func(*authSetting) string) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		s, err := state[*authSetting](c)
		if err != nil {
			return nil, err
		}
		if s.connection && !s.known {
			known, err := a.host.AuthSetting(a.ctx, s.name)
			if err != nil {
				return nil, err
			}
			s.known, s.scope, s.clientID, s.privateKeyID = true, known.Scope, known.ClientID, known.PrivateKeyID
		}
		return a.vm.ToValue(get(s)), nil
	}
}

func authSettingSecret(get func(*authSetting) string) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		s, err := state[*authSetting](c)
		if err != nil {
			return nil, err
		}
		if s.connection {
			return nil, &hostapi.Error{
				Code: hostapi.CodeDenied, Op: c.op, Name: s.name, Message: "a connection does not give its secrets to scripts",
				Hint: "send requests with authSetting(…) or oauth2JwtBearer(…): the connection signs for itself",
			}
		}
		return a.vm.ToValue(get(s)), nil
	}
}
