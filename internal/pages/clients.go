package pages

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/service"
)

func (p *Pages) addClients(mux *http.ServeMux) {
	mux.HandleFunc("GET /clients", p.signedIn(p.listClients))
	mux.HandleFunc("GET /clients/new", p.only(accounts.Operator, func(w http.ResponseWriter, r *http.Request, _ service.Caller) error {
		return p.showClientForm(w, r, authserver.Client{ClientSettings: authserver.ClientSettings{AuthMethod: authserver.AuthMethodPost, Scope: authserver.ScopeRead}}, "", nil)
	}))
	mux.HandleFunc("POST /clients/new", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		settings := clientSettings(r)
		d, secret, err := p.service.AddClient(r.Context(), c, settings)
		if err != nil {
			return p.showClientForm(w, r, authserver.Client{ClientSettings: settings}, "", err)
		}
		return p.showClient(w, r, c, d, secret)
	}))
	mux.HandleFunc("GET /clients/{id}", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		d, err := p.service.APIClient(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		return p.showClient(w, r, c, d, "")
	}))
	mux.HandleFunc("GET /clients/{id}/edit", p.only(accounts.Operator, func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		d, err := p.service.APIClient(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		return p.showClientForm(w, r, d.Client, d.ETag(), nil)
	}))
	mux.HandleFunc("POST /clients/{id}/edit", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		settings := clientSettings(r)
		d, secret, err := p.service.ChangeClient(r.Context(), c, r.PathValue("id"), settings, matchOf(r))
		if err != nil {
			present, gone := p.service.APIClient(r.Context(), c, r.PathValue("id"))
			if gone != nil {
				return gone
			}
			return p.showClientForm(w, r, authserver.Client{ID: present.ID, ClientSettings: settings}, present.ETag(), err)
		}
		return p.showClient(w, r, c, d, secret)
	}))
	mux.HandleFunc("POST /clients/{id}/secrets", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		d, secret, err := p.service.AddSecret(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		return p.showClient(w, r, c, d, secret)
	}))
	p.clientAction(mux, "POST /clients/{id}/secrets/{secret}/delete", "The secret was removed.", func(r *http.Request, c service.Caller) error {
		return p.service.RemoveSecret(r.Context(), c, r.PathValue("id"), r.PathValue("secret"))
	})
	p.clientAction(mux, "POST /clients/{id}/activate", "The client is active.", func(r *http.Request, c service.Caller) error {
		return p.service.SetClientActive(r.Context(), c, r.PathValue("id"), true)
	})
	p.clientAction(mux, "POST /clients/{id}/deactivate", "The client is not active: it gets no tokens, and those that it has do not work.", func(r *http.Request, c service.Caller) error {
		return p.service.SetClientActive(r.Context(), c, r.PathValue("id"), false)
	})
	p.clientAction(mux, "POST /clients/{id}/sessions/{session}/delete", "The session was ended: its tokens do not work any more.", func(r *http.Request, c service.Caller) error {
		return p.service.RevokeSession(r.Context(), c, r.PathValue("session"))
	})
	mux.HandleFunc("GET /clients/{id}/delete", p.only(accounts.Operator, func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		d, err := p.service.APIClient(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		p.confirm(w, r, "clients", confirmation{
			Question: "Delete the client " + d.Name + "?", Button: "Delete", Back: clientPath(d.ID),
			Text: "Its secrets, sessions and tokens are deleted for good. To stop it for a while, deactivate it instead.",
		})
		return nil
	}))
	mux.HandleFunc("POST /clients/{id}/delete", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		if err := p.service.DeleteClient(r.Context(), c, r.PathValue("id"), etag.Match{}); err != nil {
			return err
		}
		p.service.Accounts.Flash(r.Context(), "The client was deleted.")
		redirect(w, r, "/clients")
		return nil
	}))
}

func clientPath(id string) string { return "/clients/" + url.PathEscape(id) }

// clientAction adds a form of a client's page that leads back to the page.
func (p *Pages) clientAction(mux *http.ServeMux, pattern, done string, f func(*http.Request, service.Caller) error) {
	mux.HandleFunc(pattern, p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		if err := f(r, c); err != nil {
			return err
		}
		p.service.Accounts.Flash(r.Context(), done)
		redirect(w, r, clientPath(r.PathValue("id")))
		return nil
	}))
}

func (p *Pages) listClients(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	const shown = 100
	filter := authserver.ClientFilter{Text: r.FormValue("search"), Page: authserver.Page{After: r.FormValue("after"), Limit: shown}}
	state := r.FormValue("state")
	if isActive := state == "active"; state != "" {
		filter.Active = &isActive
	}
	filter.CreatedSince, filter.CreatedBefore = daysOf(r)
	part, err := p.service.APIClients(r.Context(), c, filter)
	if err != nil {
		return err
	}
	entered := filterOf(r, "search", "state", "from", "to")
	p.show(w, r, http.StatusOK, "clients", view{Title: "API clients", Page: "clients", Body: map[string]any{
		"Clients": part.Items, "Next": nextPage(entered, "after", part.Next), "Filter": entered,
	}})
	return nil
}

// clientSettings returns what a form holds.
func clientSettings(r *http.Request) authserver.ClientSettings {
	return authserver.ClientSettings{
		Name: strings.TrimSpace(r.PostFormValue("name")), RedirectURIs: strings.Fields(r.PostFormValue("redirect_uris")),
		AuthMethod: authserver.AuthMethod(r.PostFormValue("auth_method")), PKCEOptional: r.PostFormValue("pkce_optional") != "",
		Scope: authserver.Scope(r.PostFormValue("scope")),
	}
}

// showClientForm shows the form of a client, which is new if it has no ID, and tag is what is stored.
func (p *Pages) showClientForm(w http.ResponseWriter, r *http.Request, c authserver.Client, tag string, failure error) error {
	title := "Add an API client"
	if c.ID != "" {
		title = "Edit " + c.Name
	}
	v := view{Title: title, Page: "clients", ETag: formTag(r, failure, tag), Error: formProblem(failure, clientPath(c.ID))}
	v.Body = map[string]any{
		"ID": c.ID, "Settings": c.ClientSettings, "Redirects": strings.Join(c.RedirectURIs, "\n"), "Methods": []option{
			{string(authserver.AuthMethodPost), "with a secret, in the form (client_secret_post)"},
			{string(authserver.AuthMethodBasic), "with a secret, by HTTP Basic authentication (client_secret_basic)"},
			{string(authserver.AuthMethodNone), "without a secret: a public client, such as an app (none)"},
		}, "Scopes": []option{
			{string(authserver.ScopeRead), "read: only GET"}, {string(authserver.ScopeAll), "all: everything that its user may do"},
		},
	}
	p.show(w, r, statusOf(failure), "client-form", v)
	return nil
}

// showClient shows a client, and a secret that was made just now: it is not shown again.
func (p *Pages) showClient(w http.ResponseWriter, r *http.Request, c service.Caller, d *service.ClientDetail, secret string) error {
	sessions, err := p.service.Sessions(r.Context(), c, authserver.SessionFilter{ClientID: d.ID})
	if err != nil {
		return err
	}
	p.show(w, r, http.StatusOK, "client", view{Title: d.Name, Page: "clients", Body: map[string]any{"Client": d, "Secret": secret, "Sessions": sessions.Items}})
	return nil
}
