package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/service"
)

type connectionDetail struct {
	connection.Description

	State         connection.State `json:"state,omitempty" enum:"unused,ready,failing,needs_reauth"`
	Reason        string           `json:"reason,omitempty" doc:"of the state"`
	TokenExpires  time.Time        `json:"token_expires,omitzero"`
	GrantedScopes []string         `json:"granted_scopes,omitempty"`
	Refreshable   bool             `json:"refreshable"`
	Updated       time.Time        `json:"updated,omitzero" doc:"when its tokens were stored"`
	Source        string           `json:"source" enum:"file,stored" doc:"one of a file cannot be changed here"`
	RedirectURI   string           `json:"redirect_uri" doc:"to register with the authorization server"`
	Settings      map[string]any   `json:"settings,omitempty" doc:"of a stored one; a secret is a reference that begins with stored:"`
	Failure       *report.Failure  `json:"failure,omitempty" doc:"why it cannot be used"`
}

func connectionOf(d service.ConnectionDetail) connectionDetail {
	c := connectionDetail{
		Description: d.Description, State: d.Status.State, Reason: d.Status.Reason, TokenExpires: d.Status.Expiry,
		GrantedScopes: d.Status.Scopes, Refreshable: d.Status.Refreshable, Updated: d.Status.Updated, Source: "file", RedirectURI: d.RedirectURI, Settings: d.Settings,
	}
	if d.Stored {
		c.Source = "stored"
	}
	if d.Failure != nil {
		c.Failure = report.NewFailure(d.Failure, nil)
	}
	return c
}

// ConnectionName is the parameter of a path.
type ConnectionName struct {
	Name string `path:"name" maxLength:"255" doc:"name of the connection"`
}

type connectionOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"of the settings and secrets of a stored one"`
	Body   connectionDetail
}

func (a *api) addConnections() {
	tags := huma.OperationTags("connections")
	type connectionListOutput struct {
		Body struct {
			Connections []connectionDetail `json:"connections"`
			Next        string             `json:"next,omitempty" doc:"after of the next page"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/connections", "list-connections", "List connections", tags), func(ctx context.Context, in *namePage) (*connectionListOutput, error) {
		list, next, err := a.ConnectionPage(ctx, callerOf(ctx), in.Search, in.After, in.Limit)
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(connectionListOutput)
		out.Body.Connections, out.Body.Next = listOf(list, connectionOf), next
		return out, nil
	})
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/connections/{name}", "get-connection", "Describe a connection, without its secrets", tags), func(ctx context.Context, in *ConnectionName) (*connectionOutput, error) {
		return a.connectionOutput(ctx, in.Name, http.StatusOK)
	})

	type connectionPutInput struct {
		ConnectionName
		IfNew

		Body map[string]json.RawMessage
	}
	put := a.operation(http.MethodPut, "/v1/connections/{name}", "save-connection", "Add or change a connection", tags)
	put.Description = "The body has the keys of a connection in an oauth.toml. A secret is the text of its key, or an object {\"secret\": TEXT}. " +
		"A reference that begins with stored: keeps the secret that is stored; if the connection is sent elsewhere, enter it again."
	huma.Register(a.huma, put, func(ctx context.Context, in *connectionPutInput) (*connectionOutput, error) {
		settings, err := decodeSettings(in.Body)
		if err != nil {
			return nil, err
		}
		isNew, err := a.SaveConnection(ctx, callerOf(ctx), in.Name, settings, in.match())
		if err != nil {
			return nil, a.failed(err)
		}
		status := http.StatusOK
		if isNew {
			status = http.StatusCreated
		}
		return a.connectionOutput(ctx, in.Name, status)
	})
	a.alsoCreates(put)
	type connectionDeleteInput struct {
		ConnectionName
		IfMatch
	}
	huma.Register(a.huma, a.operation(http.MethodDelete, "/v1/connections/{name}", "delete-connection", "Delete a connection with its tokens", tags), func(ctx context.Context, in *connectionDeleteInput) (*struct{}, error) {
		if err := a.DeleteConnection(ctx, callerOf(ctx), in.Name, in.match()); err != nil {
			return nil, a.failed(err)
		}
		return nil, nil //nolint:nilnil // no body
	})
	a.addConnectionActions(tags)
}

func (a *api) addConnectionActions(tags func(*huma.Operation)) {
	type authorizationBody struct {
		ID      string                     `json:"id"`
		URL     string                     `json:"url,omitempty" doc:"to open in a browser in which the user of the token is signed in; shown only now"`
		State   service.AuthorizationState `json:"state" enum:"pending,succeeded,failed"`
		Failure *report.Failure            `json:"failure,omitempty" doc:"why it failed"`
		Expires time.Time                  `json:"expires" doc:"until when it can be completed, and asked for"`

		UserCode                string `json:"user_code,omitempty" doc:"of one on another device, while it is pending, RFC 8628: to enter on the page at verification_uri"`
		VerificationURI         string `json:"verification_uri,omitempty"`
		VerificationURIComplete string `json:"verification_uri_complete,omitempty" doc:"the same page with the code in it; missing: the authorization server gave none"`
	}
	type authorizationOutput struct{ Body authorizationBody }
	output := func(x service.Authorization, err error) (*authorizationOutput, error) {
		if err != nil {
			return nil, a.failed(err)
		}
		return &authorizationOutput{authorizationBody(x)}, nil
	}
	huma.Register(a.huma, a.operation(http.MethodPost, "/v1/connections/{name}/authorize", "authorize-connection", "Begin to authorize a connection", tags), func(ctx context.Context, in *ConnectionName) (*authorizationOutput, error) {
		return output(a.Authorize(ctx, callerOf(ctx), in.Name))
	})
	type authorizationInput struct {
		ConnectionName

		ID string `path:"id" maxLength:"200" doc:"ID of the authorization"`
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/connections/{name}/authorizations/{id}", "get-authorization", "Say how far an authorization has come that one has begun", tags), func(ctx context.Context, in *authorizationInput) (*authorizationOutput, error) {
		return output(a.Authorization(ctx, callerOf(ctx), in.Name, in.ID))
	})
	type tokensInput struct {
		ConnectionName

		Body struct {
			AccessToken  string    `json:"access_token,omitempty" doc:"this, or refresh_token, or both"`
			RefreshToken string    `json:"refresh_token,omitempty"`
			TokenType    string    `json:"token_type,omitempty" default:"Bearer"`
			Expires      time.Time `json:"expires_at,omitzero" required:"false" doc:"default: the access token is used until an API refuses it"`
			Scopes       []string  `json:"scopes,omitempty" nullable:"false"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodPut, "/v1/connections/{name}/tokens", "import-tokens", "Store tokens that were obtained elsewhere", tags), func(ctx context.Context, in *tokensInput) (*struct{}, error) {
		b := in.Body
		err := a.ImportTokens(ctx, callerOf(ctx), in.Name, connection.Imported{
			AccessToken: b.AccessToken, RefreshToken: b.RefreshToken, TokenType: b.TokenType, Expiry: b.Expires, Scopes: b.Scopes,
		})
		if err != nil {
			return nil, a.ofConnection(err)
		}
		return nil, nil //nolint:nilnil // no body
	})
	type connectionTestOutput struct {
		Body struct {
			Expires time.Time `json:"expires,omitzero" doc:"until when the token is valid; missing: unknown"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodPost, "/v1/connections/{name}/test", "test-connection", "Get a token, if there is none that is still good", tags), func(ctx context.Context, in *ConnectionName) (*connectionTestOutput, error) {
		expires, err := a.TestConnection(ctx, callerOf(ctx), in.Name)
		if err != nil {
			return nil, a.ofConnection(err)
		}
		out := new(connectionTestOutput)
		out.Body.Expires = expires
		return out, nil
	})
	type connectionRevokeOutput struct {
		Body struct {
			Revoked bool `json:"revoked" doc:"whether the authorization server was told; false: it has no revocation endpoint"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodPost, "/v1/connections/{name}/revoke", "revoke-connection", "Revoke the tokens of a connection, and forget them", tags), func(ctx context.Context, in *ConnectionName) (*connectionRevokeOutput, error) {
		revoked, err := a.Disconnect(ctx, callerOf(ctx), in.Name)
		if err != nil {
			return nil, a.ofConnection(err)
		}
		out := new(connectionRevokeOutput)
		out.Body.Revoked = revoked
		return out, nil
	})
}

// ofConnection is failed for an operation on the connection that the path names.
func (a *api) ofConnection(err error) error {
	p, ok := a.failed(err).(problem) //nolint:errorlint // failed returns one
	if ok && p.Code == hostapi.CodeUnknownConnection {
		p.Status, p.Title = http.StatusNotFound, http.StatusText(http.StatusNotFound)
	}
	return p
}

func (a *api) connectionOutput(ctx context.Context, name string, status int) (*connectionOutput, error) {
	d, err := a.Connection(ctx, callerOf(ctx), name)
	if err != nil {
		return nil, a.failed(err)
	}
	return &connectionOutput{Status: status, ETag: d.ETag, Body: connectionOf(*d)}, nil
}

// decodeSettings decodes the settings of a connection. The error repeats no value.
func decodeSettings(raw map[string]json.RawMessage) (map[string]any, error) {
	settings := make(map[string]any, len(raw))
	for key, text := range raw {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var v any
		if err := decoder.Decode(&v); err != nil {
			return nil, problem{Title: "Unprocessable Entity", Status: http.StatusUnprocessableEntity, Detail: "the value of " + key + " is not JSON"}
		}
		settings[key] = v
	}
	return settings, nil
}
