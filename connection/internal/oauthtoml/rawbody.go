package oauthtoml

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/brief"
	"github.com/postern-dev/postern/internal/nearest"
)

// Body is the template of a request body in the file, for a server that takes neither a
// form nor a flat JSON object. {name} is replaced by a parameter of the request,
// escaped for the content type.
type Body struct {
	ContentType string
	kind        bodyKind
	parts       []bodyPart
}

// bodyPart is literal text, or the name of a parameter.
type bodyPart struct {
	text  string
	param bool
}

// bodyKind is how values are escaped in a body.
type bodyKind int

const (
	kindForm bodyKind = iota + 1
	kindJSON
	kindXML
)

// kindOf returns the kind of a content type, 0 for any other type.
func kindOf(contentType string) bodyKind {
	mediaType, params, err := mime.ParseMediaType(contentType)
	charset := params["charset"]
	switch {
	case err != nil || charset != "" && !strings.EqualFold(charset, "utf-8"):
		return 0
	case mediaType == "application/x-www-form-urlencoded":
		return kindForm
	case mediaType == "application/json", strings.HasSuffix(mediaType, "+json"):
		return kindJSON
	case strings.HasSuffix(mediaType, "/xml"), strings.HasSuffix(mediaType, "+xml"):
		return kindXML
	}
	return 0
}

// check returns what is wrong with a complete body.
func (k bodyKind) check(body string) error {
	switch k {
	case kindJSON:
		if !json.Valid([]byte(body)) {
			return errors.New("is not JSON")
		}
	case kindXML:
		decoder := xml.NewDecoder(strings.NewReader(body))
		elements := 0
		for {
			token, err := decoder.Token()
			if err == io.EOF && elements > 0 { //nolint:errorlint // as Token documents it
				return nil
			}
			if err != nil {
				return errors.New("is not XML")
			}
			if _, ok := token.(xml.StartElement); ok {
				elements++
			}
		}
	default:
		if _, err := url.ParseQuery(body); err != nil {
			return errors.New("is not a form")
		}
	}
	return nil
}

// write escapes a value for a body of that kind: in JSON, for the inside of a string.
// It reports false if the kind cannot represent the value.
func (k bodyKind) write(value string) (string, bool) {
	switch k {
	case kindJSON:
		return JSONText(value), utf8.ValidString(value)
	case kindXML:
		odd := func(c rune) bool { // XML 1.0 §2.2
			return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xfffe || c == 0xffff
		}
		return XMLText(value), utf8.ValidString(value) && !strings.ContainsFunc(value, odd)
	}
	return url.QueryEscape(value), true
}

// Fill returns the body with those parameters. The name is that of a parameter that
// cannot be represented; "" if all can.
func (b *Body) Fill(params url.Values) (body []byte, name string) {
	for _, part := range b.parts {
		text := part.text
		if part.param {
			value, ok := b.kind.write(params.Get(part.text))
			if !ok {
				return nil, part.text
			}
			text = value
		}
		body = append(body, text...)
	}
	return body, ""
}

func bodyKeys() keys { return keys{Known: []string{"content_type", "body"}} }

// readBodies reads token_request and refresh_request.
func (c *Connection) readBodies(t *table) {
	c.TokenRequest = c.readBody(t, "token_request", c.firstParams)
	c.refreshRequest = c.readBody(t, "refresh_request", c.refreshParamNames)
	for _, key := range []string{"token_request", "refresh_request"} {
		switch {
		case !t.has(key):
		case c.TokenMethod == "GET":
			t.fail(key, Problem{`has no effect with token_method = "GET", which sends no body`, "remove one of the two"})
		case slices.ContainsFunc(t.table("token_headers").keys(), func(name string) bool { return strings.EqualFold(name, "Content-Type") }):
			t.fail(key, Problem{"has a content_type, and token_headers another", "remove that of token_headers"})
		}
	}
}

// readBody reads the table at key, whose body may use those parameters; nil if there is
// no such table.
func (c *Connection) readBody(t *table, key string, paramNames func() []string) *Body {
	if !t.has(key) {
		return nil
	}
	params := paramNames()
	r := t.table(key)
	r.check(bodyKeys())
	r.need("content_type", `write it as the server wants it, such as "application/json"`)
	r.need("body", "write the body, with {client_id} and the like in it")
	b := &Body{ContentType: r.text("content_type")}
	b.kind = kindOf(b.ContentType)
	if b.kind == 0 || hostapi.CheckHeader("Content-Type", b.ContentType) != nil {
		r.fail("content_type", Problem{"is not the type of a form, of JSON or of XML, in UTF-8: escaping for other types is not supported", `write "application/json", for example`})
		return nil
	}
	if p := b.parse(r.text("body"), params, t.vars); p != nil {
		r.fail("body", *p)
		return nil
	}
	sample := make(url.Values)
	for _, name := range params {
		sample.Set(name, "sample")
	}
	body, _ := b.Fill(sample)
	if err := b.kind.check(string(body)); err != nil {
		r.fail("body", Problem{err.Error() + " once its {names} are replaced", "in JSON, write quotes around each: \"{client_id}\""})
	}
	if b.kind == kindXML && strings.Contains(r.text("body"), "<![CDATA[") {
		r.fail("body", Problem{"has a CDATA section, in which nothing can be escaped", "write the text without it"})
	}
	return b
}

// parse splits text into parts. Braces around something that does not look like a name
// stay unchanged.
func (b *Body) parse(text string, params []string, vars *variables) *Problem {
	literal := func(s string) {
		if n := len(b.parts); n > 0 && !b.parts[n-1].param {
			b.parts[n-1].text += s
			return
		}
		b.parts = append(b.parts, bodyPart{text: s})
	}
	for {
		before, rest, found := strings.Cut(text, "{")
		literal(before)
		if !found {
			return nil
		}
		name, after, closed := strings.Cut(rest, "}")
		value, isVariable := vars.values[name]
		switch {
		case closed && isVariable:
			vars.used[name] = true
			written, ok := b.kind.write(value)
			if !ok {
				return &Problem{"has {" + name + "}, whose value cannot be written in this type", ""}
			}
			literal(written)
		case closed && slices.Contains(params, name):
			b.parts = append(b.parts, bodyPart{name, true})
		case closed && isReference(name):
			return &Problem{"has a reference to a secret in it", `write token_params = { api_key = "env:NAME" }, and {api_key} here`}
		case closed && isVariableName(name):
			return unknownParam(name, append(slices.Collect(maps.Keys(vars.values)), params...))
		default:
			literal("{")
			after = rest
		}
		text = after
	}
}

func unknownParam(name string, known []string) *Problem {
	slices.Sort(known)
	hint := "this request has " + strings.Join(known, ", ") + "; others are for token_params or variables"
	if near := nearest.Names(name, known); len(near) > 0 {
		hint = fmt.Sprintf("did you mean {%s}? %s", near[0], hint)
	}
	return &Problem{"has {" + brief.Cut(name, 64) + "}, which is neither a parameter of this request nor a variable", hint}
}

// firstParams returns the names of the parameters of the first token request.
func (c *Connection) firstParams() []string {
	names := append(c.clientParams(), c.Grant.requestParams...)
	if c.scope != "" && !c.Grant.Interactive && !c.Grant.Static {
		names = append(names, "scope")
	}
	return append(names, c.TokenParams.singles()...)
}

// refreshParamNames returns the names of the parameters of a refresh.
func (c *Connection) refreshParamNames() []string {
	names := append(c.clientParams(), "refresh_token")
	if c.scope != "" && c.SendScopesOnRefresh {
		names = append(names, "scope")
	}
	names = append(names, c.TokenParams.singles()...)
	return append(names, c.RefreshExtra.singles()...)
}

// clientParams returns the names of the parameters of every token request.
func (c *Connection) clientParams() []string {
	names := append(make([]string, 0, 8), "grant_type", "client_id")
	for name, values := range c.Target {
		if len(values) == 1 {
			names = append(names, name)
		}
	}
	switch c.AuthMethod {
	case AuthPost:
		names = append(names, "client_secret")
	case AuthSecretJWT, AuthPrivateKeyJWT:
		names = append(names, "client_assertion", "client_assertion_type")
	}
	return names
}

// singles returns the names of the parameters that have one value.
func (e Extra) singles() []string {
	var names []string
	for name, values := range e {
		if len(values) == 1 {
			names = append(names, name)
		}
	}
	return names
}

// BodyFor returns the body of a request of that grant; nil: it is encoded from the
// parameters.
func (c *Connection) BodyFor(grantType string) *Body {
	switch grantType {
	case "":
		return nil
	case GrantRefresh:
		return c.refreshRequest
	}
	return c.TokenRequest
}

// JSONText escapes text for the inside of a JSON string.
func JSONText(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(text) != nil {
		return text // never: every string can be encoded
	}
	return b.String()[1 : b.Len()-2] // without quotes and line break
}

// XMLText escapes text as character data, XML 1.0 §2.4.
func XMLText(text string) string {
	var b strings.Builder
	if xml.EscapeText(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}
