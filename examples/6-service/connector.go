package main

import (
	"context"
	"net/http"
	"strings"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// connector passes on what a task asks for to the Manager of its tenant, after a policy of
// the service. What it does not implement, such as a method of a later release, is denied.
type connector struct {
	hostapi.BaseConnector
	tenants *tenants
}

// manager returns the Manager of the task's tenant. The service itself has set the tenant.
func (c connector) manager(grant *hostapi.Grant) (*connection.Manager, error) {
	m, err := c.tenants.manager(grant.Identity.Tenant)
	if err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeDenied, Message: "the tenant has no connections", Cause: err}
	}
	return m, nil
}

func (c connector) OAuth2Token(ctx context.Context, grant *hostapi.Grant, name string) (string, error) {
	m, err := c.manager(grant)
	if err != nil {
		return "", err
	}
	return m.OAuth2Token(ctx, grant, name)
}

func (c connector) OAuth2TokenInfo(ctx context.Context, grant *hostapi.Grant, name string) (*hostapi.TokenInfo, error) {
	m, err := c.manager(grant)
	if err != nil {
		return nil, err
	}
	return m.OAuth2TokenInfo(ctx, grant, name)
}

func (c connector) AuthSetting(ctx context.Context, grant *hostapi.Grant, name string) (*hostapi.AuthSetting, error) {
	m, err := c.manager(grant)
	if err != nil {
		return nil, err
	}
	return m.AuthSetting(ctx, grant, name)
}

// Do denies DELETE to every task.
func (c connector) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	if req.Method == http.MethodDelete {
		return nil, &hostapi.Error{Code: hostapi.CodeDenied, Op: strings.ToLower(req.Method), Message: "tasks of this service delete nothing"}
	}
	m, err := c.manager(grant)
	if err != nil {
		return nil, err
	}
	return m.Do(ctx, grant, req)
}
