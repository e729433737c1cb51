package main

import (
	"context"
	"net/http"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// connector passes on what a task asks for to the Manager of its tenant, after a policy of
// the service. What it does not implement, such as a method of a later release, is denied.
type connector struct {
	hostapi.BaseConnector
	managers *shared[*connection.Manager]
}

// of returns the Manager of the task's tenant, which the service has set. Without one,
// everything is denied.
func (c connector) of(grant *hostapi.Grant) hostapi.Connector {
	if grant == nil {
		return hostapi.BaseConnector{}
	}
	if m, ok := c.managers.get(grant.Identity.Tenant); ok {
		return m
	}
	return hostapi.BaseConnector{}
}

func (c connector) OAuth2Token(ctx context.Context, grant *hostapi.Grant, name string) (string, error) {
	return c.of(grant).OAuth2Token(ctx, grant, name)
}

func (c connector) OAuth2TokenInfo(ctx context.Context, grant *hostapi.Grant, name string) (*hostapi.TokenInfo, error) {
	return c.of(grant).OAuth2TokenInfo(ctx, grant, name)
}

func (c connector) AuthSetting(ctx context.Context, grant *hostapi.Grant, name string) (*hostapi.AuthSetting, error) {
	return c.of(grant).AuthSetting(ctx, grant, name)
}

// Do denies DELETE to every task.
func (c connector) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	if req != nil && req.Method == http.MethodDelete {
		return nil, &hostapi.Error{Code: hostapi.CodeDenied, Op: "delete", Message: "tasks of this service delete nothing"}
	}
	return c.of(grant).Do(ctx, grant, req)
}
