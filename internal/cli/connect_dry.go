package cli

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// connectDry prints the requests that connecting would send. It opens no store.
func (a *app) connectDry(ctx context.Context, name string, f *connectFlags) error {
	c, err := a.needConnections("connect", f.connections, a.withSecrets())
	if err != nil {
		return err
	}
	d, err := c.set.Describe(name)
	if err != nil {
		return err
	}
	for _, warning := range d.Warnings {
		a.out.warn(warning)
	}
	file := c.fileOf(name)
	base, _, _ := strings.Cut(name, "#")
	text, err := readRaw(file)
	if err != nil {
		return err
	}
	settings, _ := settingsOf(stricttoml.Values(text), base)
	if _, ok := settings["issuer"]; ok {
		a.out.say("postern: note: its server is asked for its metadata, and for nothing else")
	}
	client := egress.New(c.set.Egress())
	defer client.Close()
	m, err := connection.NewManager(connection.Config{Set: c.set, Egress: client})
	if err != nil {
		return err
	}
	callback, anyPort := callbackOf(c.set.RedirectURI(base))
	requests, err := m.Preview(ctx, name, callback)
	if e, ok := asHost(err); ok {
		e.Op = "connect"
	}
	if err != nil {
		return err
	}
	if len(requests) == 0 {
		a.out.say("nothing to send: the credential of %s stands in the file of connections", escape(name))
		return nil
	}
	script := &curlScript{settings: settings, file: file, anyPort: anyPort}
	for i, p := range requests {
		script.add(i+1, p)
	}
	return a.out.write([]byte(script.text.String()))
}

// curlScript is a text for people that a POSIX shell can run as well: what is not a
// command is a comment.
type curlScript struct {
	text     strings.Builder
	settings map[string]any // of the connection, as they stand in the file
	file     string
	anyPort  bool // of the callback
}

func (s *curlScript) comment(format string, args ...any) {
	s.text.WriteString(strings.TrimRight("# "+escape(fmt.Sprintf(format, args...)), " ") + "\n")
}

// add writes down one request.
func (s *curlScript) add(number int, p connection.Preview) {
	if number > 1 {
		s.text.WriteByte('\n')
	}
	s.comment("%d. %s", number, strings.ReplaceAll(strings.TrimSuffix(p.Endpoint, "_endpoint"), "_", " ")+" endpoint")
	s.comment("")
	if p.Endpoint == "authorization_endpoint" {
		s.comment("Open this page in a browser. What is in it at random, such as state, is an example.")
		if s.anyPort && p.Params == nil {
			s.comment("A free port is added to redirect_uri each time.")
		}
		s.comment("")
		s.comment("%s", withVariables(p.URL, p.Placeholders))
		s.explain(p)
		return
	}
	s.comment("%s %s", p.Method, withVariables(p.URL, p.Placeholders))
	for _, name := range headerNames(p) {
		for _, value := range p.Header[name] {
			s.comment("%s: %s", name, withVariables(value, p.Placeholders))
		}
	}
	if p.Username != "" {
		s.comment("Authorization: Basic, base64 of %s:%s", p.Username, withVariables(p.Password, p.Placeholders))
	}
	if p.Body != "" {
		s.comment("")
		s.comment("%s", withVariables(p.Body, p.Placeholders))
	}
	s.explain(p)
	s.text.WriteString(strings.Join(s.curl(p), " \\\n  ") + "\n")
}

func headerNames(p connection.Preview) []string {
	var names []string
	for name := range p.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// explain tells where the values of the variables come from.
func (s *curlScript) explain(p connection.Preview) {
	if len(p.Placeholders) > 0 {
		s.comment("")
	}
	for _, placeholder := range p.Placeholders {
		var parts []string
		switch source := s.source(placeholder); {
		case placeholder.Signed != "" && source != "":
			parts = append(parts, "the JWT "+placeholder.Signed+", signed with "+source)
		case placeholder.Signed != "":
			parts = append(parts, "the JWT "+placeholder.Signed)
		case source != "":
			parts = append(parts, source)
		}
		if placeholder.About != "" {
			parts = append(parts, placeholder.About)
		}
		if p.Params == nil && strings.Contains(p.Body, placeholder.Text) {
			parts = append(parts, escapedAs(p.Header.Get("Content-Type")))
		}
		s.comment("%s: %s", placeholder.Name, strings.Join(parts, "; "))
	}
}

// escapedAs says how a value is written in a body of that content type.
func escapedAs(contentType string) string {
	mediaType, _, _ := mime.ParseMediaType(contentType) // of a request that was about to be sent
	switch {
	case mediaType == "application/x-www-form-urlencoded":
		return "form-encoded"
	case strings.HasSuffix(mediaType, "/xml"), strings.HasSuffix(mediaType, "+xml"):
		return "with &, <, > and quotes escaped as in XML"
	}
	return `with \ and " escaped as in JSON`
}

// source tells where a secret of the file comes from: its reference, never itself.
func (s *curlScript) source(p connection.Placeholder) string {
	if p.Key == "" {
		return ""
	}
	key, value := p.Key, s.settings[p.Key]
	if p.Param != "" {
		key += "." + p.Param
		table, _ := value.(map[string]any)
		value = table[p.Param]
	}
	if list, ok := value.([]any); ok && p.Index < len(list) {
		value = list[p.Index]
	}
	text, _ := value.(string)
	if !strings.HasPrefix(text, "env:") && !strings.HasPrefix(text, "file:") {
		text = "in plain text"
	}
	return fmt.Sprintf("%s of %s, which is %s", key, s.file, text)
}

// curl returns the words of a command that sends the request.
func (s *curlScript) curl(p connection.Preview) []string {
	quote := func(text string) string { return quoted(text, p.Placeholders) }
	words := []string{"curl --request " + p.Method}
	for _, name := range headerNames(p) {
		for _, value := range p.Header[name] {
			if value == "" {
				words = append(words, "--header "+quote(name+";")) // as curl writes an empty one
				continue
			}
			words = append(words, "--header "+quote(name+": "+value))
		}
	}
	if p.Username != "" {
		words = append(words, "--user "+quote(p.Username+":"+p.Password))
	}
	words = append(words, s.tls()...)
	target := p.URL
	switch {
	case p.Params == nil:
		words = append(words, "--data-raw "+quote(escape(p.Body))) // in JSON it means the same
	case p.Body == "":
		target, _, _ = strings.Cut(target, "?")
		words = append(words, "--get")
		if p.Method == http.MethodPost {
			words = append(words, "--header 'Content-Length: 0'")
		}
	}
	if strings.ContainsAny(target, "[]{}") {
		words = append(words, "--globoff") // they are patterns otherwise
	}
	return append(append(words, parameters(p)...), quote(target))
}

// parameters returns the parameters of a request as flags of curl.
func parameters(p connection.Preview) []string {
	var names, words []string
	for name := range p.Params {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range p.Params[name] {
			name := url.QueryEscape(name)
			if escape(value) == value {
				words = append(words, "--data-urlencode "+quoted(name+"="+value, p.Placeholders))
			} else {
				words = append(words, "--data "+quoted(name+"="+url.QueryEscape(value), nil))
			}
		}
	}
	return words
}

// tls returns what curl has to know of the connection's TLS.
func (s *curlScript) tls() []string {
	settings, _ := s.settings["tls"].(map[string]any)
	var words []string
	for _, flag := range []struct{ key, name string }{{"cert_file", "--cert"}, {"key_file", "--key"}, {"ca_file", "--cacert"}} {
		path, _ := settings[flag.key].(string)
		if path == "" {
			continue
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(s.file), path)
		}
		words = append(words, flag.name+" "+shellWord(path))
	}
	if insecure, _ := settings["insecure"].(bool); insecure {
		words = append(words, "--insecure")
	}
	return words
}

// withVariables returns text for people, with $NAME for each placeholder.
func withVariables(text string, placeholders []connection.Placeholder) string {
	for _, p := range placeholders {
		text = strings.ReplaceAll(text, p.Text, "$"+p.Name)
	}
	return text
}

// quoted returns text as one word of a POSIX shell, with a variable of the shell for
// each placeholder.
func quoted(text string, placeholders []connection.Placeholder) string {
	for _, p := range placeholders {
		before, after, found := strings.Cut(text, p.Text)
		if !found {
			continue
		}
		word := `"$` + p.Name + `"`
		if before != "" {
			word = quoted(before, placeholders) + word
		}
		if after != "" {
			word += quoted(after, placeholders)
		}
		return word
	}
	if escapeBut(text, "\n\t") == text {
		return shellWord(text)
	}
	var octal strings.Builder // what a terminal would take for more than text
	body := strings.TrimRight(text, "\n")
	for _, b := range []byte(body) {
		fmt.Fprintf(&octal, `\0%03o`, b)
	}
	word := `"$(printf %b '` + octal.String() + `')"`
	if len(body) < len(text) { // which the shell would drop
		word += shellWord(text[len(body):])
	}
	return word
}
