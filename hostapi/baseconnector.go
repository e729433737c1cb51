package hostapi

import (
	"cmp"
	"context"
	"errors"
)

// BaseConnector is embedded by every implementation of [Connector], and refuses every
// call with [CodeDenied] and the reason [errors.ErrUnsupported]. So a method that a
// later release adds to Connector breaks no implementation, and is denied until the
// implementation allows it.
//
// A Connector that wraps another one, for example to check requests first, embeds
// BaseConnector too, keeps the other one in a field, and passes on each call. If it
// embedded the other one, a new method would reach that one unchecked.
//
//	type checked struct {
//		hostapi.BaseConnector
//		next hostapi.Connector
//	}
//
// The zero value is ready to use, and safe for concurrent use.
type BaseConnector struct{}

var _ Connector = BaseConnector{}

func (BaseConnector) embedsBaseConnector() {}

func unsupported(op, name string) error {
	return &Error{
		Code: CodeDenied, Op: op, Name: name, Message: "the connector does not support this call",
		Hint: "the program that embeds the engine has to provide it", Reason: errors.ErrUnsupported,
	}
}

// OAuth2Token refuses.
func (BaseConnector) OAuth2Token(_ context.Context, _ *Grant, connection string) (string, error) {
	return "", unsupported("getOAuth2Token", connection)
}

// OAuth2TokenInfo refuses.
func (BaseConnector) OAuth2TokenInfo(_ context.Context, _ *Grant, connection string) (*TokenInfo, error) {
	return nil, unsupported("getOAuth2TokenInfo", connection)
}

// AuthSetting refuses.
func (BaseConnector) AuthSetting(_ context.Context, _ *Grant, connection string) (*AuthSetting, error) {
	return nil, unsupported("authSetting", connection)
}

// Do refuses.
func (BaseConnector) Do(_ context.Context, _ *Grant, req *Request) (*Response, error) {
	return nil, unsupported(cmp.Or(req.Op(), "request"), "")
}
