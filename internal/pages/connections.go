package pages

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/service"
)

func (p *Pages) addConnections(mux *http.ServeMux) {
	p.addConnectionForms(mux)
	mux.HandleFunc("GET /connections", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		const shown = 100
		search := r.FormValue("search")
		list, next, err := p.service.ConnectionPage(r.Context(), c, search, r.FormValue("after"), shown)
		if err != nil {
			return err
		}
		p.show(w, r, http.StatusOK, "connections", view{Title: "Connections", Page: "connections", Body: map[string]any{"Connections": list, "Search": search, "Next": next}})
		return nil
	}))
	mux.HandleFunc("GET /connections/{name}", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		return p.showConnection(w, r, c, r.PathValue("name"), nil)
	}))
	mux.HandleFunc("POST /connections/{name}/authorize", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		name := r.PathValue("name")
		a, err := p.service.Authorize(r.Context(), c, name)
		if err != nil {
			return p.showConnection(w, r, c, name, err)
		}
		if a.UserCode != "" {
			redirect(w, r, connectionPath(name)+"/authorizations/"+a.ID)
			return nil
		}
		return p.leave(w, r, a.URL)
	}))
	mux.HandleFunc("GET /connections/{name}/authorizations/{id}", p.signedIn(p.showAuthorization))
	mux.HandleFunc("POST /connections/{name}/test", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		name := r.PathValue("name")
		if _, err := p.service.TestConnection(r.Context(), c, name); err != nil {
			return p.showConnection(w, r, c, name, err)
		}
		p.service.Accounts.Flash(r.Context(), "The connection works: it has a valid token.")
		redirect(w, r, connectionPath(name))
		return nil
	}))
	mux.HandleFunc("POST /connections/{name}/disconnect", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		name := r.PathValue("name")
		revoked, err := p.service.Disconnect(r.Context(), c, name)
		if err != nil {
			return p.showConnection(w, r, c, name, err)
		}
		text := "Disconnected. The authorization server cannot revoke tokens: end the access there, too."
		if revoked {
			text = "Disconnected, and revoked at the authorization server."
		}
		p.service.Accounts.Flash(r.Context(), text)
		redirect(w, r, connectionPath(name))
		return nil
	}))
	mux.HandleFunc("GET /oauth2callback", p.signedIn(p.callback))
}

func (p *Pages) showConnection(w http.ResponseWriter, r *http.Request, c service.Caller, name string, failure error) error {
	d, err := p.service.Connection(r.Context(), c, name)
	if err != nil {
		return err
	}
	body := connectionPage{ConnectionDetail: d, Advice: adviceOn(d, time.Now())}
	p.show(w, r, statusOf(failure), "connection", view{Title: name, Page: "connections", Body: body, Error: problemOf(failure)})
	return nil
}

// connectionPage is a connection, and what its state calls for.
type connectionPage struct {
	*service.ConnectionDetail

	Advice []problem
}

// adviceOn says what is wrong with a connection, or soon will be, and what to do.
func adviceOn(d *service.ConnectionDetail, now time.Time) []problem {
	const soon = 14 * 24 * time.Hour
	var list []problem
	if d.Failure != nil {
		list = append(list, *problemOf(d.Failure))
	}
	isInteractive := needsUser(d.Description.Grant)
	switch d.Status.State {
	case connection.StateNeedsReauth:
		hint := "Press Get token to authorize it again."
		if !isInteractive {
			hint = "Replace the credential: see its settings."
		}
		list = append(list, problem{Message: "The access has ended. Tasks that use the connection fail.", Hint: hint})
	case connection.StateFailing:
		list = append(list, problem{Message: "The last attempt to get a token failed. The next task tries again.", Hint: "If it lasts, look at the settings and press Test."})
	case connection.StateReady:
		if isInteractive && !d.Status.Refreshable && !d.Status.Expiry.IsZero() {
			list = append(list, problem{
				Message: "The server gave no refresh token: the access ends with the token, " + ago(d.Status.Expiry, now) + ".",
				Hint:    "Most servers give one for a scope such as offline_access. Add it to the scopes, then authorize again.",
			})
		}
	}
	if e := d.Description.Expires; !e.IsZero() && e.Sub(now) < soon {
		word := "expires "
		if e.Before(now) {
			word = "expired "
		}
		list = append(list, problem{Message: "The credential " + word + ago(e, now) + ".", Hint: "Get a new one, and enter it in the settings."})
	}
	return list
}

// needsUser reports whether a user has to authorize a connection of that grant.
func needsUser(grant string) bool { return grant == authorizationCode || grant == "device_code" }

// showAuthorization shows the code to enter on another device until the authorization has ended.
func (p *Pages) showAuthorization(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	name := r.PathValue("name")
	a, err := p.service.Authorization(r.Context(), c, name, r.PathValue("id"))
	if err != nil {
		return err
	}
	switch {
	case a.Failure != nil:
		return p.showConnection(w, r, c, name, &hostapi.Error{Code: a.Failure.Code, Message: a.Failure.Message, Hint: a.Failure.Hint})
	case a.State == service.AuthorizationSucceeded:
		p.service.Accounts.Flash(r.Context(), "The connection is ready.")
		redirect(w, r, connectionPath(name))
		return nil
	}
	w.Header().Set("Refresh", "5") // seconds
	p.show(w, r, http.StatusOK, "device", view{Title: "Authorize " + name, Page: "connections", Body: map[string]any{
		"Name": name, "Authorization": a, "Open": webPage(cmp.Or(a.VerificationURIComplete, a.VerificationURI)),
	}})
	return nil
}

// webPage returns the address that an authorization server gave if it is one of the web, and otherwise "".
func webPage(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return address
}

// leave sends the browser to another site after a form. Browsers apply form-action of the
// Content-Security-Policy to redirects too, so the page itself goes on.
func (p *Pages) leave(w http.ResponseWriter, r *http.Request, to string) error {
	u, err := url.Parse(to)
	if err != nil || webPage(to) == "" {
		return errors.New("the authorization endpoint has no web address")
	}
	w.Header().Set("Refresh", "0; url="+to)
	p.show(w, r, http.StatusOK, "leave", view{Title: "Going to " + u.Host, Body: map[string]string{"Host": u.Host, "URL": to}})
	return nil
}

// callback completes an authorization, and shows the connection without code and state in
// the address.
func (p *Pages) callback(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	name, err := p.service.Callback(r.Context(), c, r.URL.Query())
	if name == "" {
		p.show(w, r, http.StatusForbidden, "message", view{Title: "Nothing to complete", Error: problemOf(err)})
		return nil
	}
	if err != nil {
		return p.showConnection(w, r, c, name, err)
	}
	p.service.Accounts.Flash(r.Context(), "The connection is ready.")
	redirect(w, r, connectionPath(name))
	return nil
}
