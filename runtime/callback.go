package runtime

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/callback"
)

const connectorName = "the connector"

func (r *run) do(ctx context.Context, op string, req *hostapi.Request) (resp *hostapi.Response, err error) {
	defer callback.Recover(op, connectorName, &err)
	return r.connector.Do(ctx, &r.grant, req)
}

func (r *run) token(ctx context.Context, op, connection string) (token string, err error) {
	defer callback.Recover(op, connectorName, &err)
	return r.connector.OAuth2Token(ctx, &r.grant, connection)
}

func (r *run) tokenInfo(ctx context.Context, op, connection string) (info *hostapi.TokenInfo, err error) {
	defer callback.Recover(op, connectorName, &err)
	return r.connector.OAuth2TokenInfo(ctx, &r.grant, connection)
}

func (r *run) authSetting(ctx context.Context, op, connection string) (setting *hostapi.AuthSetting, err error) {
	defer callback.Recover(op, connectorName, &err)
	return r.connector.AuthSetting(ctx, &r.grant, connection)
}
