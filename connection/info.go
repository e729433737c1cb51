package connection

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// OAuth2TokenInfo implements [hostapi.Connector].
func (m *Manager) OAuth2TokenInfo(ctx context.Context, grant *hostapi.Grant, name string) (*hostapi.TokenInfo, error) {
	const op = "getOAuth2TokenInfo"
	e, err := m.grantedEntry(ctx, m.snapshot(grant), op, grant, name)
	if err != nil {
		return nil, err
	}
	c, err := e.tokenFor(withGrant(ctx, grant), op, 0)
	if err != nil {
		return nil, err
	}
	return &hostapi.TokenInfo{
		TokenType: c.TokenType, Scope: strings.Join(c.Scopes, " "), Expiry: c.Expiry.Truncate(time.Second).UTC(), Fields: maps.Clone(c.Fields),
	}, nil
}

// nextFields returns the fields after the server issued a token. A refresh need not
// repeat those of the grant. Values that contain a secret are left out.
func (h *tokenSet) nextFields(c *oauthtoml.Connection, issued *oauth2.Token, secrets *redact.Set) oauthclient.Fields {
	if len(c.Response.Fields) == 0 {
		return nil
	}
	all := make(oauthclient.Fields)
	if h.refreshToken != nil {
		maps.Copy(all, h.fields)
	}
	received, _ := issued.Extra("fields").(oauthclient.Fields)
	maps.Copy(all, received)
	maps.DeleteFunc(all, func(_ string, v any) bool {
		switch v := v.(type) {
		case string:
			return secrets.Found(v)
		case hostapi.Decimal:
			return secrets.Found(string(v))
		}
		return false
	})
	return all
}

// shown returns the fields that tasks may see: the operator may have removed some from
// the file since they were stored.
func shown(c *oauthtoml.Connection, f oauthclient.Fields) oauthclient.Fields {
	f = maps.Clone(f)
	maps.DeleteFunc(f, func(path string, _ any) bool { return !slices.Contains(c.Response.Fields, path) })
	return f
}
