package pages

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/postern-dev/postern/connection/template"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/service"
)

// field is an input of a form.
type field struct {
	Name, Label, Hint string
	Type              string // of the input element, "textarea" or "select"
	Options           []option
	Value             string
	Required          bool
	Stored            bool // a secret that is stored, and kept if nothing is entered
}

type option struct{ Value, Label string }

// group is a part of a form.
type group struct {
	Title  string
	Fields []field
}

// connectionKey is a key of a connection that has its own field.
type connectionKey struct {
	field
	group  string
	grants string // that have the key, with spaces between them; "oauth" are those with a token endpoint
	list   bool
}

const authorizationCode = "authorization_code"

// The groups of the fields of a connection, in their order.
const (
	groupServer = "The authorization server"
	groupClient = "The client, as it is registered there"
	groupUser   = "The credential"
	groupAccess = "What it may be used for"
)

func connectionKeys() []connectionKey {
	const oauth = "oauth"
	code, device := authorizationCode, "device_code"
	text := func(name, label, hint string) field { return field{Name: name, Label: label, Hint: hint, Type: "text"} }
	address := func(name, label, hint string) field { return field{Name: name, Label: label, Hint: hint, Type: "url"} }
	secret := func(name, label, hint string) field {
		return field{Name: name, Label: label, Hint: hint, Type: "password"}
	}
	methods := field{
		Name: "token_endpoint_auth_method", Label: "How the client authenticates", Type: "select",
		Hint: "as the server expects it",
		Options: []option{
			{"", "default: HTTP Basic authentication"},
			{"client_secret_basic", "client_secret_basic: HTTP Basic authentication"},
			{"client_secret_post", "client_secret_post: in the form"},
			{"client_secret_jwt", "client_secret_jwt: a signature with the secret"},
			{"private_key_jwt", "private_key_jwt: a signature with a key"},
			{"none", "none: a public client without a secret"},
		},
	}
	return []connectionKey{
		{address("issuer", "Issuer", "URL of a server that publishes its metadata; then it needs no endpoints"), groupServer, oauth, false},
		{address("authorization_endpoint", "Authorization endpoint", "the page where people agree; needed without an issuer"), groupServer, code, false},
		{address("device_authorization_endpoint", "Device authorization endpoint", "issues device codes; needed without an issuer"), groupServer, device, false},
		{address("token_endpoint", "Token endpoint", "issues tokens; needed without an issuer"), groupServer, oauth, false},
		{address("revocation_endpoint", "Revocation endpoint", "where Disconnect revokes tokens; may be empty"), groupServer, oauth, false},
		{text("client_id", "Client ID", "as the server issued it"), groupClient, oauth, false},
		{secret("client_secret", "Client secret", "as the server issued it; a public client has none"), groupClient, oauth, false},
		{methods, groupClient, oauth, false},
		{field{Name: "signing_key", Label: "Signing key", Hint: "a private key in PEM, for private_key_jwt and jwt_bearer", Type: "secretarea"}, groupClient, "jwt_bearer client_credentials " + code, false},
		{text("username", "User name", ""), groupUser, "basic password", false},
		{secret("password", "Password", ""), groupUser, "basic password", false},
		{secret("token", "Token", "a personal access token or an API key"), groupUser, "static", false},
		{secret("subject_token", "Subject token", "the token that is exchanged"), groupUser, "token_exchange", false},
		{text("scopes", "Scopes", "with spaces between them; empty: what the server gives by default"), groupAccess, oauth, true},
		{text("hosts", "Hosts of the API", "where the credential may be sent, such as api.example.com or *.example.com, with spaces between them; it is sent nowhere else"), groupAccess, "", true},
	}
}

func (k *connectionKey) applies(grant string) bool {
	isOAuth := grant != "static" && grant != "basic"
	return k.grants == "" || k.grants == "oauth" && isOAuth || slices.Contains(strings.Fields(k.grants), grant)
}

// fields returns the form of settings, and what has no field as TOML.
func fields(grant string, settings map[string]any) (groups []group, advanced string) {
	rest := maps.Clone(settings)
	delete(rest, "grant")
	for _, k := range connectionKeys() {
		if !k.applies(grant) {
			continue
		}
		f := k.field
		if v, ok := settings[f.Name]; ok {
			value, simple := textOf(v, k.list)
			if !simple {
				continue // in the TOML
			}
			delete(rest, f.Name)
			if f.Type == "password" || f.Type == "secretarea" {
				f.Stored, value = value != "", ""
			}
			f.Value = value
		}
		if len(groups) == 0 || groups[len(groups)-1].Title != k.group {
			groups = append(groups, group{Title: k.group})
		}
		last := &groups[len(groups)-1]
		last.Fields = append(last.Fields, f)
	}
	return groups, tomlOf(rest)
}

// textOf returns a value as the text of a field; false if it has another form.
func textOf(v any, list bool) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []any:
		texts := make([]string, 0, len(v))
		for _, e := range v {
			text, ok := e.(string)
			if !ok || !list || strings.ContainsAny(text, " \t") {
				return "", false
			}
			texts = append(texts, text)
		}
		return strings.Join(texts, " "), list
	}
	return "", false
}

func tomlOf(table map[string]any) string {
	if len(table) == 0 {
		return ""
	}
	var b bytes.Buffer
	encoder := toml.NewEncoder(&b)
	encoder.Indent = ""
	if err := encoder.Encode(table); err != nil {
		return "" // it was decoded from TOML or JSON
	}
	return b.String()
}

// readFields returns the settings in a form; before are those that are stored.
func readFields(r *http.Request, grant string, before map[string]any) (map[string]any, error) {
	settings := make(map[string]any)
	if _, err := toml.Decode(r.PostFormValue("advanced"), &settings); err != nil {
		return nil, badSettings("the other settings are not TOML: "+tomlReason(err), `write one key a line, such as audience = "https://api.example.com"`)
	}
	settings["grant"] = grant
	for _, k := range connectionKeys() {
		value := strings.TrimSpace(r.PostFormValue("key." + k.Name))
		isSecret := k.Type == "password" || k.Type == "secretarea"
		switch {
		case !k.applies(grant):
		case value == "" && isSecret && before[k.Name] != nil:
			if settings[k.Name] == nil {
				settings[k.Name] = before[k.Name] // a reference
			}
		case value == "":
		case settings[k.Name] != nil:
			return nil, badSettings("the key "+k.Name+" is given twice", "leave it out of the other settings")
		case k.list:
			settings[k.Name] = strings.Fields(value)
		default:
			settings[k.Name] = value
		}
	}
	return settings, nil
}

// readTemplate returns the settings that a template makes of a form.
func readTemplate(r *http.Request, t *template.Template, name string) (map[string]any, error) {
	values, secrets := make(map[string]string), make(map[string]any)
	for _, v := range t.Variables {
		value := strings.TrimSpace(r.PostFormValue("key." + v.Name))
		if v.Hidden && value != "" {
			secrets[v.Name] = value
			value = "env:SECRET" // in its place
		}
		if value != "" {
			values[v.Name] = value
		}
	}
	entry, err := t.Entry(name, values)
	if err != nil {
		return nil, err
	}
	var file struct {
		Connections map[string]map[string]any `toml:"connections"`
	}
	if _, err := toml.Decode(entry, &file); err != nil {
		return nil, err
	}
	settings := file.Connections[name]
	maps.Copy(settings, secrets)
	more := make(map[string]any)
	if _, err := toml.Decode(r.PostFormValue("advanced"), &more); err != nil {
		return nil, badSettings("the other settings are not TOML: "+tomlReason(err), `write one key a line, such as audience = "https://api.example.com"`)
	}
	maps.Copy(settings, more)
	return settings, nil
}

// tomlReason says what is wrong without repeating the text, which may hold a secret.
func tomlReason(err error) string {
	if e, ok := err.(toml.ParseError); ok { //nolint:errorlint // as it is returned
		return fmt.Sprintf("line %d: %s", e.Position.Line, e.Message)
	}
	return "it cannot be read"
}

func badSettings(message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Message: message, Hint: hint}
}

// connectionForm is the form that adds or changes a connection.
type connectionForm struct {
	Name, Action, Advanced string
	New                    bool
	Template               *template.Template
	Groups                 []group
	RedirectURI            string // "": not needed
	ETag                   string // "": it is new
}

// templates returns those for grants, and those for providers.
func templates() (grants, providers []*template.Template, err error) {
	for _, name := range template.Names() {
		t, err := template.Builtin(name)
		switch {
		case err != nil:
			return nil, nil, err
		case name == t.Grant:
			grants = append(grants, t)
		default:
			providers = append(providers, t)
		}
	}
	order := []string{"authorization_code", "client_credentials", "static", "basic"} // what is needed most
	slices.SortStableFunc(grants, func(a, b *template.Template) int { return place(order, a.Grant) - place(order, b.Grant) })
	return grants, providers, nil
}

func place(list []string, text string) int {
	if i := slices.Index(list, text); i >= 0 {
		return i
	}
	return len(list)
}

func (p *Pages) addConnectionForms(mux *http.ServeMux) {
	mux.HandleFunc("GET /new/connection", p.only(accounts.Operator, func(w http.ResponseWriter, r *http.Request, _ service.Caller) error {
		if name := r.FormValue("template"); name != "" {
			return p.showNewConnection(w, r, name, nil)
		}
		grants, providers, err := templates()
		if err != nil {
			return err
		}
		p.show(w, r, http.StatusOK, "connection-new", view{Title: "Add a connection", Page: "connections", Body: map[string]any{"Grants": grants, "Providers": providers}})
		return nil
	}))
	mux.HandleFunc("POST /new/connection", p.signedIn(p.addConnection))
	mux.HandleFunc("GET /connections/{name}/edit", p.only(accounts.Operator, func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		return p.showConnectionForm(w, r, c, nil)
	}))
	mux.HandleFunc("POST /connections/{name}/edit", p.signedIn(p.changeConnection))
	mux.HandleFunc("GET /connections/{name}/delete", p.only(accounts.Operator, func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		d, err := p.service.Connection(r.Context(), c, r.PathValue("name"))
		if err != nil {
			return err
		}
		p.confirm(w, r, "connections", confirmation{
			Question: "Delete the connection " + d.Description.Name + "?", Button: "Delete", Back: connectionPath(r.PathValue("name")),
			Text: "Its settings, its secrets and its tokens are deleted. Tasks that use it fail from then on. To end the access at the authorization server too, disconnect it first.",
		})
		return nil
	}))
	mux.HandleFunc("POST /connections/{name}/delete", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		name := r.PathValue("name")
		if err := p.service.DeleteConnection(r.Context(), c, name, etag.Match{}); err != nil {
			return err
		}
		p.service.Accounts.Flash(r.Context(), "The connection "+name+" was deleted.")
		redirect(w, r, "/connections")
		return nil
	}))
}

// showNewConnection shows the form of a template, with what was entered but no secrets.
func (p *Pages) showNewConnection(w http.ResponseWriter, r *http.Request, name string, failure error) error {
	t, err := template.Builtin(name)
	if err != nil {
		return err
	}
	form := connectionForm{
		Name: r.FormValue("name"), Action: "/new/connection", Advanced: r.PostFormValue("advanced"), New: true, Template: t,
	}
	if t.Grant == t.Name {
		form.Groups, _ = fields(t.Grant, nil)
	} else {
		form.Groups = []group{{Title: t.Title, Fields: templateFields(t)}}
	}
	for _, g := range form.Groups {
		for i := range g.Fields {
			f := &g.Fields[i]
			if value := r.PostFormValue("key." + f.Name); value != "" && f.Type != "password" && f.Type != "secretarea" {
				f.Value = value
			}
		}
	}
	return p.showForm(w, r, "Add a connection", form, t.Grant, failure)
}

func templateFields(t *template.Template) []field {
	list := make([]field, 0, len(t.Variables))
	for _, v := range t.Variables {
		f := field{Name: v.Name, Label: v.Label, Hint: v.Description, Type: "text", Value: v.Default, Required: v.Required && v.Unless == ""}
		if f.Label == "" {
			f.Label = v.Name
		}
		if v.Hidden {
			f.Type = "password"
		}
		list = append(list, f)
	}
	return list
}

func (p *Pages) showForm(w http.ResponseWriter, r *http.Request, title string, form connectionForm, grant string, failure error) error {
	if grant == authorizationCode {
		form.RedirectURI = p.service.CallbackURL()
	}
	shown := formProblem(failure, connectionPath(form.Name))
	if form.New {
		shown = problemOf(failure)
	}
	if shown != nil {
		shown.Place = "" // of a text that was made of the form
	}
	p.show(w, r, statusOf(failure), "connection-form", view{Title: title, Page: "connections", Body: form, ETag: form.ETag, Error: shown})
	return nil
}

func statusOf(failure error) int {
	switch {
	case errors.Is(failure, etag.ErrChanged):
		return http.StatusConflict
	case service.OutageOf(failure) != nil:
		return http.StatusServiceUnavailable
	case failure != nil:
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

func (p *Pages) addConnection(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	name := strings.TrimSpace(r.PostFormValue("name"))
	t, err := template.Builtin(r.PostFormValue("template")) //nolint:contextcheck // it is in the program
	if err != nil {
		return err
	}
	var settings map[string]any
	if t.Grant == t.Name {
		settings, err = readFields(r, t.Grant, nil)
	} else {
		settings, err = readTemplate(r, t, name)
	}
	if err == nil {
		_, err = p.service.SaveConnection(r.Context(), c, name, settings, etag.Match{New: true})
	}
	if err != nil {
		return p.showNewConnection(w, r, t.Name, err) //nolint:contextcheck // the template is in the program
	}
	text := "The connection was added. Test it."
	if t.Grant == authorizationCode {
		text = "The connection was added. Register the callback URL with the authorization server, then press Get token."
	} else if needsUser(t.Grant) {
		text = "The connection was added. Press Get token."
	}
	p.service.Accounts.Flash(r.Context(), text)
	redirect(w, r, connectionPath(name))
	return nil
}

func (p *Pages) showConnectionForm(w http.ResponseWriter, r *http.Request, c service.Caller, failure error) error {
	d, err := p.service.Connection(r.Context(), c, r.PathValue("name"))
	if err != nil {
		return err
	}
	if !d.Stored {
		return badSettings("the connection is in a file, and cannot be changed here", "change the file")
	}
	grant, _ := d.Settings["grant"].(string)
	form := connectionForm{Name: d.Description.Name, Action: connectionPath(d.Description.Name) + "/edit", ETag: formTag(r, failure, d.ETag)}
	form.Groups, form.Advanced = fields(grant, d.Settings)
	if failure != nil {
		form.Advanced = r.PostFormValue("advanced")
		for _, g := range form.Groups {
			for i := range g.Fields {
				if f := &g.Fields[i]; f.Type != "password" && f.Type != "secretarea" {
					f.Value = r.PostFormValue("key." + f.Name)
				}
			}
		}
	}
	return p.showForm(w, r, "Edit "+d.Description.Name, form, grant, failure)
}

func (p *Pages) changeConnection(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	name := r.PathValue("name")
	d, err := p.service.Connection(r.Context(), c, name)
	if err != nil {
		return err
	}
	grant, _ := d.Settings["grant"].(string)
	settings, err := readFields(r, grant, d.Settings)
	if err == nil {
		_, err = p.service.SaveConnection(r.Context(), c, name, settings, matchOf(r))
	}
	if err != nil {
		return p.showConnectionForm(w, r, c, err)
	}
	p.service.Accounts.Flash(r.Context(), "The connection was changed.")
	redirect(w, r, connectionPath(name))
	return nil
}

func connectionPath(name string) string { return "/connections/" + url.PathEscape(name) }

// confirmation is a page that asks before something is done for good.
type confirmation struct {
	Question, Text, Button, Back string
}

// confirm shows a question, whose form is sent to the path of the page.
func (p *Pages) confirm(w http.ResponseWriter, r *http.Request, page string, c confirmation) {
	p.show(w, r, http.StatusOK, "confirm", view{Title: c.Question, Page: page, Body: c})
}
