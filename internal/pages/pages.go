// Package pages is the server as a browser shows it: HTML made on the server, one style
// sheet and no script that is needed. What the pages do is in package service.
package pages

import (
	"bytes"
	"crypto/subtle"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/service"
)

// Config configures [New].
type Config struct {
	Service *service.Service // required
	URL     string           // of the server
	Version string           // of the program
	Address func(*http.Request) netip.Addr
	Log     *slog.Logger // required
}

// Pages has the pages. It is safe for concurrent use.
type Pages struct {
	cfg       Config
	service   *service.Service
	templates map[string]*template.Template // by name of the page
	protect   *http.CrossOriginProtection
}

//go:embed templates
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// New returns the pages.
func New(cfg Config) *Pages {
	return &Pages{cfg: cfg, service: cfg.Service, templates: parseTemplates(), protect: http.NewCrossOriginProtection()}
}

// parseTemplates parses each page together with the layout.
func parseTemplates() map[string]*template.Template {
	all := make(map[string]*template.Template)
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, name := range names {
		page := strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")
		if page != "layout" {
			all[page] = template.Must(template.New("layout.html").Funcs(functions()).ParseFS(templateFiles, "templates/layout.html", name))
		}
	}
	return all
}

// Sessions returns a handler that loads the session of the browser before next.
func (p *Pages) Sessions(next http.Handler) http.Handler {
	return p.service.Accounts.Sessions(next, func(w http.ResponseWriter, r *http.Request, err error) { p.fail(w, r, err) })
}

// Handler returns the handler of all pages.
func (p *Pages) Handler() http.Handler {
	mux := http.NewServeMux()
	names, err := fs.Glob(staticFiles, "static/*")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, name := range names {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=3600")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			http.ServeFileFS(w, r, staticFiles, name)
		})
	}
	pages := http.NewServeMux()
	p.addSignIn(pages)
	p.addOverview(pages)
	p.addConnections(pages)
	p.addTasks(pages)
	p.addRuns(pages)
	p.addSchedules(pages)
	p.addClients(pages)
	p.addUsers(pages)
	p.addAccount(pages)
	mux.Handle("/", p.Sessions(p.guard(pages)))
	return mux
}

// maxForm bounds the bytes of a form.
const maxForm = 20 << 20

// guard protects all pages: what a browser may do with them, and from where forms come.
func (p *Pages) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if err := p.protect.Check(r); err != nil {
			p.show(w, r, http.StatusForbidden, "message", view{Title: "Not allowed", Body: "The form was sent from a page of another site."})
			return
		}
		if r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseMultipartForm(maxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) { //nolint:gosec // bounded by the line above
			p.refuseForm(w, r, err)
			return
		}
		secret := p.service.Accounts.Secret(r.Context())
		if secret != "" && subtle.ConstantTimeCompare([]byte(secret), []byte(r.PostFormValue("form"))) != 1 {
			p.show(w, r, http.StatusForbidden, "message", view{Title: "The form has expired", Body: "You have signed in again since it was shown. Go back, reload the page, and send it once more."})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuseForm shows why a form could not be read.
func (p *Pages) refuseForm(w http.ResponseWriter, r *http.Request, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		p.show(w, r, http.StatusRequestEntityTooLarge, "message", view{Title: "That is too large", Body: fmt.Sprintf("A form with its files may have at most %d MiB.", maxForm>>20)})
		return
	}
	p.show(w, r, http.StatusBadRequest, "message", view{Title: "That did not work", Body: "The form could not be read. Go back and send it once more."})
}

// view is what a template gets.
type view struct {
	Title   string
	Page    string         // which entry of the navigation is current
	User    *accounts.User // nil: not signed in
	Form    string         // secret for forms
	ETag    string         // of what a form changes; "": none
	Flash   string
	Refresh bool   // whether the page changes by itself
	URL     string // of the server
	Error   *problem
	Body    any
}

// problem is an error as a page shows it.
type problem struct {
	Message, Hint, Place string
	Path                 string // of the page that shows what is stored now; "": none
}

func problemOf(err error) *problem {
	if err == nil {
		return nil
	}
	if outage := service.OutageOf(err); outage != nil {
		return &problem{
			Message: "The server cannot use its database at present: " + outage.Message + ".",
			Hint:    "Try again later. If it lasts, the operator of the server has to act: " + outage.Hint + ".",
		}
	}
	if e, ok := hostError(err); ok {
		out := &problem{Message: sentence(e.Error()), Hint: sentence(e.Hint)}
		if e.File != "" {
			place := *e
			place.Op, place.Name, place.Message, place.Hint, place.Cause = "", "", "x", "", nil
			out.Place = strings.TrimSuffix(place.Detail(), ": x")
		}
		return out
	}
	return &problem{Message: sentence(err.Error())}
}

func hostError(err error) (*hostapi.Error, bool) { return errors.AsType[*hostapi.Error](err) }

// sentence begins a text of an error, which may follow another, with a capital letter.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// show writes a page.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, page string, v view) {
	ctx := r.Context()
	if u, ok, err := p.service.Accounts.Current(ctx); err == nil && ok {
		v.User, v.Form, v.Flash = &u, p.service.Accounts.Secret(ctx), p.service.Accounts.TakeFlash(ctx)
	}
	v.URL = p.cfg.URL
	var b bytes.Buffer // a page that fails half-way is not sent
	if err := p.templates[page].Execute(&b, v); err != nil {
		p.cfg.Log.ErrorContext(ctx, "a page failed", "page", page, "err", err)
		http.Error(w, "the server failed; its log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // fails only if the browser has gone
}

// fail shows an error that concerns the whole page.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case service.IsNotFound(err):
		p.show(w, r, http.StatusNotFound, "message", view{Title: "Not found", Body: "There is nothing here, or no longer."})
	case errors.Is(err, service.ErrForbidden):
		p.show(w, r, http.StatusForbidden, "message", view{Title: "Not allowed", Error: problemOf(err)})
	case service.OutageOf(err) != nil:
		w.Header().Set("Retry-After", strconv.Itoa(int(service.OutageRetryAfter.Seconds())))
		p.show(w, r, http.StatusServiceUnavailable, "message", view{Title: "That is not possible at present", Error: problemOf(err)})
	case hostapi.CodeOf(err) == hostapi.CodeInternal, service.IsDamaged(err):
		p.cfg.Log.ErrorContext(r.Context(), "a page failed", "path", r.URL.Path, "err", err)
		p.show(w, r, http.StatusInternalServerError, "message", view{Title: "The server failed", Body: "Its log says why."})
	default:
		p.cfg.Log.WarnContext(r.Context(), "a page failed", "path", r.URL.Path, "err", err)
		p.show(w, r, http.StatusUnprocessableEntity, "message", view{Title: "That did not work", Error: problemOf(err)})
	}
}

// page is a page for people who are signed in.
type page func(w http.ResponseWriter, r *http.Request, caller service.Caller) error

// signedIn returns the handler of a page; those who are not signed in are sent to do so.
func (p *Pages) signedIn(f page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		u, ok, err := p.service.Accounts.Current(r.Context())
		switch {
		case err != nil:
			p.fail(w, r, err)
		case !ok:
			p.SignIn(w, r)
		default:
			caller := service.Caller{ID: u.ID, Name: u.Email, Role: u.Role, Session: p.service.Accounts.Secret(r.Context())}
			if err := f(w, r, caller); err != nil {
				p.fail(w, r, err)
			}
		}
	}
}

// only returns the handler of a page for people with a role: a form that the service would
// refuse is not shown.
func (p *Pages) only(role accounts.Role, f page) http.HandlerFunc {
	return p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		if err := c.Needs("show this page", role); err != nil {
			return err
		}
		return f(w, r, c)
	})
}

// redirect sends the browser to another page with GET.
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // to a path of this server, see localPath
}

// SignIn sends the browser to the sign-in page, and from there back to r.URL.
func (p *Pages) SignIn(w http.ResponseWriter, r *http.Request) {
	to := "/signin"
	if r.Method == http.MethodGet && r.URL.RequestURI() != "/" {
		to += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	redirect(w, r, to)
}

// User returns who is signed in, for the authorization server.
func (p *Pages) User(r *http.Request) (authserver.User, bool) {
	u, ok, err := p.service.Accounts.Current(r.Context())
	if err != nil || !ok {
		return authserver.User{}, false
	}
	return authserver.User{ID: u.ID, Name: u.Email, Session: p.service.Accounts.Secret(r.Context())}, true
}

// Consent shows the page that asks whether an API client may act for the user, or an
// error of the authorization server.
func (p *Pages) Consent(w http.ResponseWriter, r *http.Request, page authserver.HTMLPage) {
	if page.Consent == nil {
		p.show(w, r, page.Status, "message", view{Title: "The request cannot be carried out", Body: page.Problem})
		return
	}
	p.show(w, r, page.Status, "consent", view{Title: "Allow " + page.Consent.Client.Name + "?", Body: page.Consent})
}
