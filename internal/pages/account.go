package pages

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mileusna/useragent"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/service"
)

func (p *Pages) addAccount(mux *http.ServeMux) {
	mux.HandleFunc("GET /account", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		return p.showAccount(w, r, c, "", nil)
	}))
	mux.HandleFunc("POST /account/password", p.signedIn(p.changePassword))
	mux.HandleFunc("POST /account/signout", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		if err := p.service.Accounts.SignOutEverywhere(r.Context(), c.ID); err != nil {
			return err
		}
		signedOut(w, r)
		return nil
	}))
	mux.HandleFunc("POST /account/browsers/{id}/delete", p.signedIn(p.endBrowser))
	mux.HandleFunc("POST /account/tokens", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		const day = 24 * time.Hour
		days, err := strconv.Atoi(r.PostFormValue("days"))
		if err != nil || days < 1 {
			return p.showAccount(w, r, c, "", &hostapi.Error{Code: hostapi.CodeInvalidArgument, Message: "the days are not a number from 1 to 365"})
		}
		_, secret, err := p.service.AddToken(r.Context(), c, strings.TrimSpace(r.PostFormValue("name")), authserver.Scope(r.PostFormValue("scope")), time.Now().Add(time.Duration(days)*day))
		return p.showAccount(w, r, c, secret, err)
	}))
	mux.HandleFunc("POST /account/tokens/{id}/delete", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		if err := p.service.RevokeToken(r.Context(), c, r.PathValue("id")); err != nil {
			return err
		}
		p.service.Accounts.Flash(r.Context(), "The token was revoked.")
		redirect(w, r, "/account")
		return nil
	}))
	mux.HandleFunc("POST /account/sessions/{id}/delete", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		if err := p.service.RevokeSession(r.Context(), c, r.PathValue("id")); err != nil {
			return err
		}
		p.service.Accounts.Flash(r.Context(), "The access was ended.")
		redirect(w, r, "/account")
		return nil
	}))
}

// showAccount shows the account of the caller, and a token that was made just now: it is not
// shown again.
func (p *Pages) showAccount(w http.ResponseWriter, r *http.Request, c service.Caller, secret string, failure error) error {
	tokens, err := p.service.Tokens(r.Context(), c, authserver.Page{})
	if err != nil {
		return err
	}
	sessions, err := p.service.Sessions(r.Context(), c, authserver.SessionFilter{UserID: c.ID})
	if err != nil {
		return err
	}
	u, _, err := p.service.Accounts.Current(r.Context())
	if err != nil {
		return err
	}
	browsers, err := p.service.Accounts.UserSessions(r.Context(), u)
	if err != nil {
		return err
	}
	p.show(w, r, statusOf(failure), "account", view{Title: "Your account", Page: "account", Error: problemOf(failure), Body: map[string]any{
		"Browsers": browsers, "Tokens": tokens.Items, "Sessions": sessions.Items, "Secret": secret, "Now": time.Now(),
	}})
	return nil
}

// browser tells from where a user signs in.
func (p *Pages) browser(r *http.Request) accounts.Browser {
	return accounts.Browser{Address: p.cfg.Address(r).String(), Agent: r.UserAgent()}
}

// nameOf returns a name for a browser, such as "Firefox on Linux".
func nameOf(b accounts.Browser) string {
	agent := useragent.Parse(b.Agent)
	switch {
	case agent.Name == "":
		return "unknown"
	case agent.OS == "":
		return agent.Name
	}
	return agent.Name + " on " + agent.OS
}

func (p *Pages) endBrowser(w http.ResponseWriter, r *http.Request, _ service.Caller) error {
	ctx := r.Context()
	u, _, err := p.service.Accounts.Current(ctx)
	if err != nil {
		return err
	}
	if err := p.service.Accounts.EndSession(ctx, u, r.PathValue("id")); err != nil {
		return err
	}
	p.service.Accounts.Flash(ctx, "The session was ended.")
	redirect(w, r, "/account")
	return nil
}

func (p *Pages) changePassword(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	ctx, password := r.Context(), r.PostFormValue("password")
	var u accounts.User
	var err error
	if password == r.PostFormValue("again") {
		u, err = p.service.ChangePassword(ctx, c.ID, r.PostFormValue("present"), password)
	} else {
		err = &hostapi.Error{Code: hostapi.CodeInvalidArgument, Message: "the two passwords differ"}
	}
	if errors.Is(err, accounts.ErrCredentials) {
		err = &hostapi.Error{Code: hostapi.CodeInvalidArgument, Message: "the present password is another one"}
	}
	if err == nil {
		err = p.service.Accounts.Begin(ctx, u, p.browser(r)) // all other sessions have ended
	}
	if err != nil {
		return p.showAccount(w, r, c, "", err)
	}
	p.service.Accounts.Flash(ctx, "The password was changed. All other sessions have ended.")
	redirect(w, r, "/account")
	return nil
}
