package pages

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/service"
)

func (p *Pages) addUsers(mux *http.ServeMux) {
	mux.HandleFunc("GET /users", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		const shown = 100
		search := r.FormValue("search")
		list, err := p.service.Users(r.Context(), c, search, r.FormValue("after"), shown+1)
		if err != nil {
			return err
		}
		next := ""
		if len(list) > shown {
			list = list[:shown]
			next = list[shown-1].Email
		}
		p.show(w, r, http.StatusOK, "users", view{Title: "Users", Page: "users", Body: map[string]any{"Users": list, "Search": search, "Next": next}})
		return nil
	}))
	mux.HandleFunc("GET /users/new", p.only(accounts.Operator, func(w http.ResponseWriter, r *http.Request, _ service.Caller) error {
		return p.showUserForm(w, r, accounts.User{Role: accounts.Viewer}, nil)
	}))
	mux.HandleFunc("POST /users/new", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		u := accounts.User{Email: r.PostFormValue("email"), Name: strings.TrimSpace(r.PostFormValue("name")), Role: accounts.Role(r.PostFormValue("role"))}
		added, link, err := p.service.AddUser(r.Context(), c, u)
		if err != nil {
			return p.showUserForm(w, r, u, err)
		}
		return p.showUser(w, r, added, added.ETag(), &link, nil)
	}))
	mux.HandleFunc("GET /users/{id}", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		u, err := p.service.User(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		return p.showUser(w, r, u, u.ETag(), nil, nil)
	}))
	mux.HandleFunc("POST /users/{id}", p.signedIn(p.changeUser))
	mux.HandleFunc("POST /users/{id}/reset", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		u, err := p.service.User(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		link, err := p.service.ResetUser(r.Context(), c, u.ID)
		if err != nil {
			return err
		}
		return p.showUser(w, r, u, u.ETag(), &link, nil)
	}))
	mux.HandleFunc("GET /users/{id}/delete", p.only(accounts.Operator, func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		u, err := p.service.User(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		p.confirm(w, r, "users", confirmation{
			Question: "Delete the user " + u.Email + "?", Button: "Delete", Back: userPath(u.ID),
			Text: "The user can no longer sign in, and all tokens and sessions of the user end. Runs and the audit trail keep the email address.",
		})
		return nil
	}))
	mux.HandleFunc("POST /users/{id}/delete", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		if err := p.service.DeleteUser(r.Context(), c, r.PathValue("id"), etag.Match{}); err != nil {
			return err
		}
		p.service.Accounts.Flash(r.Context(), "The user was deleted.")
		redirect(w, r, "/users")
		return nil
	}))
	mux.HandleFunc("GET /audit", p.signedIn(p.showAudit))
}

func userPath(id string) string { return "/users/" + url.PathEscape(id) }

func roles() []option {
	return []option{
		{string(accounts.Viewer), "viewer: sees tasks and runs"},
		{string(accounts.Author), "author: changes tasks and schedules, and starts runs"},
		{string(accounts.Operator), "operator: manages connections, API clients and users"},
	}
}

func (p *Pages) showUserForm(w http.ResponseWriter, r *http.Request, u accounts.User, failure error) error {
	p.show(w, r, statusOf(failure), "user-form", view{Title: "Add a user", Page: "users", Error: problemOf(failure), Body: map[string]any{"User": u, "Roles": roles()}})
	return nil
}

func (p *Pages) showUser(w http.ResponseWriter, r *http.Request, u accounts.User, tag string, link *service.UserLink, failure error) error {
	p.show(w, r, statusOf(failure), "user", view{Title: u.Email, Page: "users", ETag: formTag(r, failure, tag), Error: formProblem(failure, userPath(u.ID)), Body: map[string]any{"User": u, "Roles": roles(), "Link": link}})
	return nil
}

func (p *Pages) changeUser(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	u, err := p.service.User(r.Context(), c, r.PathValue("id"))
	if err != nil {
		return err
	}
	tag := u.ETag()
	u.Name, u.Role, u.Disabled = strings.TrimSpace(r.PostFormValue("name")), accounts.Role(r.PostFormValue("role")), r.PostFormValue("disabled") != ""
	if err := p.service.ChangeUser(r.Context(), c, u, matchOf(r)); err != nil {
		return p.showUser(w, r, u, tag, nil, err)
	}
	p.service.Accounts.Flash(r.Context(), "The user was changed.")
	redirect(w, r, userPath(u.ID))
	return nil
}

func (p *Pages) showAudit(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	q := service.AuditQuery{
		Connection: r.FormValue("connection"), Actor: r.FormValue("actor"), Name: r.FormValue("name"),
		Action: strings.ReplaceAll(strings.ToLower(strings.TrimSpace(r.FormValue("action"))), " ", "_"), Cursor: r.FormValue("cursor"),
	}
	q.Since, q.Before = daysOf(r)
	page, err := p.service.Audit(r.Context(), c, q)
	if err != nil {
		return err
	}
	filter := filterOf(r, "connection", "actor", "action", "name", "from", "to")
	p.show(w, r, http.StatusOK, "audit", view{Title: "Audit trail", Page: "audit", Body: map[string]any{"Events": page.Events, "Next": nextPage(filter, "cursor", page.Next), "Filter": filter}})
	return nil
}
