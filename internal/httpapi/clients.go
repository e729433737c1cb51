package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/service"
)

// ClientSettings are what is chosen for an API client, with the names of RFC 7591 §2.
type ClientSettings struct {
	Name         string                `json:"client_name" minLength:"1" maxLength:"200"`
	RedirectURIs []string              `json:"redirect_uris" minItems:"1" maxItems:"10" doc:"where the browser goes with the code"`
	AuthMethod   authserver.AuthMethod `json:"token_endpoint_auth_method,omitempty" enum:"client_secret_post,client_secret_basic,none" doc:"default: client_secret_post"`
	PKCEOptional bool                  `json:"pkce_optional,omitempty" doc:"PKCE may be left out; not with none"`
	Scope        authserver.Scope      `json:"scope,omitempty" enum:"all,read" doc:"the widest that its tokens have; default: read"`
}

func (s *ClientSettings) settings() authserver.ClientSettings {
	return authserver.ClientSettings{Name: s.Name, RedirectURIs: s.RedirectURIs, AuthMethod: s.AuthMethod, PKCEOptional: s.PKCEOptional, Scope: s.Scope}
}

// ClientSummary is an API client in a list.
type ClientSummary struct {
	ID string `json:"client_id"`
	ClientSettings

	Active  bool      `json:"active"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

func clientSummaryOf(c authserver.Client) ClientSummary {
	return ClientSummary{c.ID, ClientSettings(c.ClientSettings), c.Active, c.Created, c.Updated}
}

type clientSecret struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
}

type clientDetail struct {
	ClientSummary

	Secrets    []clientSecret       `json:"secrets" doc:"when they were made; they are not shown again"`
	Secret     string               `json:"client_secret,omitempty" doc:"a new one, which is shown only now"`
	Endpoints  authserver.Endpoints `json:"endpoints"`
	Connection string               `json:"connection" doc:"the table of an oauth.toml that makes Postern this client"`
}

type clientOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"of the settings"`
	Body   clientDetail
}

func (a *api) clientOutput(d *service.ClientDetail, secret string, err error, status int) (*clientOutput, error) {
	if err != nil {
		return nil, a.failed(err)
	}
	secrets := listOf(d.Secrets, func(s authserver.ClientSecret) clientSecret { return clientSecret(s) })
	return &clientOutput{status, d.ETag(), clientDetail{clientSummaryOf(d.Client), secrets, secret, d.Endpoints, d.Connection}}, nil
}

// ClientID is the parameter of a path.
type ClientID struct {
	ID string `path:"id" maxLength:"100" doc:"ID of the client"`
}

func (a *api) addClients() {
	tags := huma.OperationTags("clients")
	type listInput struct {
		Search string    `query:"search" maxLength:"200" doc:"a part of the name or the ID"`
		Active string    `query:"active" enum:"true,false" doc:"default: both"`
		From   time.Time `query:"from" doc:"created at or after that time"`
		To     time.Time `query:"to" doc:"created before that time"`
		Cursor string    `query:"cursor" maxLength:"200" doc:"next of the page before"`
		Limit  int       `query:"limit" default:"50" minimum:"1" maximum:"200"`
	}
	type clientListOutput struct {
		Body struct {
			Clients []ClientSummary `json:"clients"`
			Next    string          `json:"next,omitempty" doc:"cursor of the next page"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/clients", "list-clients", "List API clients, the newest first", tags), func(ctx context.Context, in *listInput) (*clientListOutput, error) {
		f := authserver.ClientFilter{
			Text: in.Search, CreatedSince: in.From, CreatedBefore: in.To, Page: authserver.Page{After: in.Cursor, Limit: in.Limit},
		}
		if in.Active != "" {
			active := in.Active == "true"
			f.Active = &active
		}
		part, err := a.APIClients(ctx, callerOf(ctx), f)
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(clientListOutput)
		out.Body.Next, out.Body.Clients = part.Next, listOf(part.Items, clientSummaryOf)
		return out, nil
	})
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/clients/{id}", "get-client", "Describe an API client", tags), func(ctx context.Context, in *ClientID) (*clientOutput, error) {
		d, err := a.APIClient(ctx, callerOf(ctx), in.ID)
		return a.clientOutput(d, "", err, http.StatusOK)
	})
	type clientAddInput struct{ Body ClientSettings }
	add := a.operation(http.MethodPost, "/v1/clients", "add-client", "Register an API client", tags)
	add.DefaultStatus = http.StatusCreated
	huma.Register(a.huma, add, func(ctx context.Context, in *clientAddInput) (*clientOutput, error) {
		d, secret, err := a.AddClient(ctx, callerOf(ctx), in.Body.settings())
		return a.clientOutput(d, secret, err, http.StatusCreated)
	})
	type clientPutInput struct {
		ClientID
		IfMatch

		Body ClientSettings
	}
	huma.Register(a.huma, a.operation(http.MethodPut, "/v1/clients/{id}", "change-client", "Replace the settings of an API client", tags), func(ctx context.Context, in *clientPutInput) (*clientOutput, error) {
		d, secret, err := a.ChangeClient(ctx, callerOf(ctx), in.ID, in.Body.settings(), in.match())
		return a.clientOutput(d, secret, err, http.StatusOK)
	})
	a.addClientActions(tags)
	a.addSessions()
	a.addTokens()
}

func (a *api) addClientActions(tags func(*huma.Operation)) {
	a.deletion(a.operation(http.MethodDelete, "/v1/clients/{id}", "delete-client", "Delete an API client with its sessions", tags), a.DeleteClient)
	a.action(a.operation(http.MethodPost, "/v1/clients/{id}/activate", "activate-client", "Activate an API client", tags),
		func(ctx context.Context, c service.Caller, id string) error {
			return a.SetClientActive(ctx, c, id, true)
		})
	a.action(a.operation(http.MethodPost, "/v1/clients/{id}/deactivate", "deactivate-client", "Deactivate an API client; its tokens do not work meanwhile", tags),
		func(ctx context.Context, c service.Caller, id string) error {
			return a.SetClientActive(ctx, c, id, false)
		})
	addSecret := a.operation(http.MethodPost, "/v1/clients/{id}/secrets", "add-client-secret", "Give an API client a second secret", tags)
	addSecret.DefaultStatus = http.StatusCreated
	huma.Register(a.huma, addSecret, func(ctx context.Context, in *ClientID) (*clientOutput, error) {
		d, secret, err := a.AddSecret(ctx, callerOf(ctx), in.ID)
		return a.clientOutput(d, secret, err, http.StatusCreated)
	})
	type secretInput struct {
		ClientID

		Secret string `path:"secret" maxLength:"100" doc:"ID of the secret"`
	}
	huma.Register(a.huma, a.operation(http.MethodDelete, "/v1/clients/{id}/secrets/{secret}", "remove-client-secret", "Remove a secret of an API client, but not its last one", tags),
		func(ctx context.Context, in *secretInput) (*struct{}, error) {
			if err := a.RemoveSecret(ctx, callerOf(ctx), in.ID, in.Secret); err != nil {
				return nil, a.failed(err)
			}
			return nil, nil //nolint:nilnil // no body
		})
}

func (a *api) addSessions() {
	tags := huma.OperationTags("clients")
	type listInput struct {
		Client string `query:"client" maxLength:"100" doc:"ID of an API client"`
		User   string `query:"user" maxLength:"100" doc:"ID of a user; without the role operator, sessions are always one's own"`
		Cursor string `query:"cursor" maxLength:"200" doc:"next of the page before"`
		Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
	}
	type sessionListOutput struct {
		Body struct {
			Sessions []authserver.Session `json:"sessions"`
			Next     string               `json:"next,omitempty" doc:"cursor of the next page"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/sessions", "list-sessions", "List what users have allowed API clients, the newest first", tags), func(ctx context.Context, in *listInput) (*sessionListOutput, error) {
		part, err := a.Sessions(ctx, callerOf(ctx), authserver.SessionFilter{
			ClientID: in.Client, UserID: in.User, Page: authserver.Page{After: in.Cursor, Limit: in.Limit},
		})
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(sessionListOutput)
		out.Body.Sessions, out.Body.Next = part.Items, part.Next
		return out, nil
	})
	a.action(a.operation(http.MethodDelete, "/v1/sessions/{id}", "revoke-session", "End a session of an API client", tags), a.RevokeSession)
}

func (a *api) addTokens() {
	tags := huma.OperationTags("tokens")
	type listInput struct {
		Cursor string `query:"cursor" maxLength:"200" doc:"next of the page before"`
		Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
	}
	type tokenListOutput struct {
		Body struct {
			Tokens []authserver.PersonalToken `json:"tokens"`
			Next   string                     `json:"next,omitempty" doc:"cursor of the next page"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/tokens", "list-tokens", "List one's own personal access tokens, the newest first", tags), func(ctx context.Context, in *listInput) (*tokenListOutput, error) {
		part, err := a.Tokens(ctx, callerOf(ctx), authserver.Page{After: in.Cursor, Limit: in.Limit})
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(tokenListOutput)
		out.Body.Tokens, out.Body.Next = part.Items, part.Next
		return out, nil
	})
	type tokenAddInput struct {
		Body struct {
			Name    string           `json:"name" minLength:"1" maxLength:"200"`
			Scope   authserver.Scope `json:"scope,omitempty" enum:"all,read" doc:"default: read"`
			Expires time.Time        `json:"expires" doc:"a year away at most"`
		}
	}
	type tokenAddOutput struct {
		Body struct {
			authserver.PersonalToken

			Token string `json:"token" doc:"the token, which is shown only now"`
		}
	}
	add := a.operation(http.MethodPost, "/v1/tokens", "add-token", "Make a personal access token", tags)
	add.DefaultStatus = http.StatusCreated
	huma.Register(a.huma, add, func(ctx context.Context, in *tokenAddInput) (*tokenAddOutput, error) {
		t, secret, err := a.AddToken(ctx, callerOf(ctx), in.Body.Name, in.Body.Scope, in.Body.Expires)
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(tokenAddOutput)
		out.Body.PersonalToken, out.Body.Token = t, secret
		return out, nil
	})
	a.action(a.operation(http.MethodDelete, "/v1/tokens/{id}", "revoke-token", "Revoke one of one's own personal access tokens", tags), a.RevokeToken)
}
