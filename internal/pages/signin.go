package pages

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
)

func (p *Pages) addSignIn(mux *http.ServeMux) {
	mux.HandleFunc("GET /signin", func(w http.ResponseWriter, r *http.Request) {
		p.show(w, r, http.StatusOK, "signin", view{Title: "Sign in", Body: signInForm{Next: r.FormValue("next")}})
	})
	mux.HandleFunc("POST /signin", p.signIn)
	mux.HandleFunc("POST /signout", func(w http.ResponseWriter, r *http.Request) {
		if err := p.service.Accounts.End(r.Context()); err != nil {
			p.fail(w, r, err)
			return
		}
		signedOut(w, r)
	})
	mux.HandleFunc("GET /setup/{token}", p.showLink)
	mux.HandleFunc("POST /setup/{token}", p.useLink)
}

// signedOut has the browser delete what it keeps of this server, https://www.w3.org/TR/clear-site-data/.
func signedOut(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	redirect(w, r, "/signin")
}

type signInForm struct {
	Email, Next string
}

func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) {
	form := signInForm{Email: r.PostFormValue("email"), Next: r.PostFormValue("next")}
	u, err := p.service.Accounts.SignIn(r.Context(), form.Email, r.PostFormValue("password"), p.cfg.Address(r))
	if err == nil {
		err = p.service.Accounts.Begin(r.Context(), u, p.browser(r))
	}
	switch {
	case err == nil:
		p.cfg.Log.InfoContext(r.Context(), "signed in", "user", u.Email, "address", p.cfg.Address(r))
		redirect(w, r, localPath(form.Next))
	case errors.Is(err, accounts.ErrCredentials):
		// Without what was typed as the email address: it may be the password.
		p.cfg.Log.WarnContext(r.Context(), "sign-in refused", "address", p.cfg.Address(r))
		p.show(w, r, http.StatusUnauthorized, "signin", view{Title: "Sign in", Body: form, Error: &problem{Message: "The email address or the password is wrong."}})
	case errors.Is(err, hostapi.CodeOverloaded):
		if e, ok := hostError(err); ok {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
		}
		p.show(w, r, http.StatusTooManyRequests, "signin", view{Title: "Sign in", Body: form, Error: &problem{Message: "Too many attempts.", Hint: "Wait a few minutes, then try again."}})
	default:
		p.fail(w, r, err)
	}
}

// localPath returns a path on this server: a link must not send anyone elsewhere after
// they have signed in.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

type linkForm struct {
	Token, Email, Name string
	First              bool // adds the first operator
}

// showLink shows the form of a link to set a password.
func (p *Pages) showLink(w http.ResponseWriter, r *http.Request) {
	form := linkForm{Token: r.PathValue("token")}
	u, err := p.service.Accounts.FindLink(r.Context(), form.Token)
	switch {
	case errors.Is(err, accounts.ErrNotFound):
		p.show(w, r, http.StatusNotFound, "message", view{Title: "The link is not valid", Error: problemOf(err)})
		return
	case err != nil:
		p.fail(w, r, err)
		return
	case u == nil:
		form.First = true
	default:
		form.Email, form.Name = u.Email, u.Name
	}
	p.show(w, r, http.StatusOK, "setup", view{Title: "Set your password", Body: form})
}

func (p *Pages) useLink(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	form := linkForm{Token: r.PathValue("token"), Email: r.PostFormValue("email"), Name: r.PostFormValue("name")}
	found, err := p.service.Accounts.FindLink(ctx, form.Token)
	if err != nil {
		p.showLink(w, r)
		return
	}
	form.First = found == nil
	password := r.PostFormValue("password")
	var u accounts.User
	switch {
	case password != r.PostFormValue("again"):
		err = &hostapi.Error{Code: hostapi.CodeInvalidArgument, Message: "The two passwords differ."}
	case form.First:
		u, err = p.service.SetUp(ctx, form.Token, accounts.User{Email: form.Email, Name: form.Name}, password)
	default:
		form.Email = found.Email
		u, err = p.service.SetPassword(ctx, form.Token, password)
	}
	if err != nil {
		p.show(w, r, statusOf(err), "setup", view{Title: "Set your password", Body: form, Error: problemOf(err)})
		return
	}
	if err := p.service.Accounts.Begin(ctx, u, p.browser(r)); err != nil {
		p.fail(w, r, err)
		return
	}
	p.cfg.Log.InfoContext(ctx, "signed in", "user", u.Email, "address", p.cfg.Address(r))
	redirect(w, r, "/")
}
