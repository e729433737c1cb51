package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/stricttoml"
	"github.com/postern-dev/postern/internal/terminal"
)

// connectDry prints the requests that connecting would send. It opens no store.
func (a *app) connectDry(ctx context.Context, name string, f *connectFlags) error {
	c, err := a.needConnections(ctx, "connect", f.connections, a.withSecrets())
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
	base := keyOf(name).Connection
	text, err := input.ReadFile(file)
	if err != nil {
		return err
	}
	settings, _ := settingsOf(stricttoml.Values(text), base)
	if _, ok := settings["issuer"]; ok {
		a.out.say("postern: note: only the metadata of its server is requested")
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
		a.out.say("nothing to send: the credential of %s is in oauth.toml", terminal.Escape(name))
		return nil
	}
	script := &curlScript{settings: settings, file: file, anyPort: anyPort}
	script.proxyFile, script.proxyText, err = proxyOf(c, settings, file)
	if err != nil {
		return err
	}
	for i, p := range requests {
		script.add(i+1, p)
	}
	return a.out.write([]byte(script.String()))
}

// proxyOf returns the proxy to the servers of a connection as a file has it, "" if
// there is none, and which file that is.
func proxyOf(c *connections, settings map[string]any, file string) (path, text string, err error) {
	if own, _ := settings["proxy"].(string); own != "" {
		return file, own, nil
	}
	for _, f := range c.files {
		content, err := input.ReadFile(f.path)
		if err != nil {
			return "", "", err
		}
		if egress, ok := stricttoml.Values(content)["egress"].(map[string]any); ok { // the first one counts
			text, _ := egress["proxy"].(string)
			return f.path, text, nil
		}
	}
	return "", "", nil
}

// curlScript is a text to read that a POSIX shell can run as well: what is not a
// command is a comment.
type curlScript struct {
	text     strings.Builder
	settings map[string]any // of the connection, as the file has them
	file     string
	anyPort  bool // of the callback

	proxyText string // as proxyFile has it, "" for none
	proxyFile string

	functions []string // names of those that it calls
}

// String returns the script with the functions that it calls.
func (s *curlScript) String() string {
	var head strings.Builder
	for _, f := range shellFunctions() {
		if slices.Contains(s.functions, f.name) {
			head.WriteString("# " + f.about + "\n" + f.text + "\n\n")
		}
	}
	return head.String() + s.text.String()
}

func (s *curlScript) comment(format string, args ...any) {
	s.text.WriteString(strings.TrimRight("# "+terminal.Escape(fmt.Sprintf(format, args...)), " ") + "\n")
}

// add writes down one request.
func (s *curlScript) add(number int, p connection.Preview) {
	if number > 1 {
		s.text.WriteByte('\n')
	}
	s.comment("%d. %s", number, strings.ReplaceAll(strings.TrimSuffix(p.Endpoint, "_endpoint"), "_", " ")+" endpoint")
	s.comment("")
	if p.Endpoint == "authorization_endpoint" {
		s.comment("Open this page in a browser. Random values in it, such as state, are examples.")
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
	if s.proxyText != "" {
		p.Placeholders = slices.Clone(p.Placeholders)
		if proxy := s.proxyVariable(); proxy != nil {
			p.Placeholders = append(p.Placeholders, *proxy)
		}
	}
	s.explain(p)
	s.text.WriteString(s.conditions(p) + strings.Join(s.curl(p), " \\\n  ") + "\n")
}

// conditions returns the commands in front of a request without which it is not sent:
// that its variables are set, and that the server has a certificate that is pinned.
func (s *curlScript) conditions(p connection.Preview) string {
	var words []string
	for _, placeholder := range p.Placeholders {
		words = append(words, `"${`+placeholder.Name+`:?}"`)
	}
	text := ""
	if len(words) > 0 {
		text = ": " + strings.Join(words, " ") + " &&\n"
	}
	if pins := s.pins(); len(pins) > 0 {
		text += "PIN=$(" + s.call("pin") + " " + shellWord(dialed(p.URL)) + " " + shellWord(strings.Join(pins, " ")) + ") &&\n"
	}
	return text
}

// call returns the name of a function of the shell that the script has from then on.
func (s *curlScript) call(name string) string {
	if !slices.Contains(s.functions, name) {
		s.functions = append(s.functions, name)
	}
	return name
}

func headerNames(p connection.Preview) []string {
	var names []string
	for name := range p.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// explain adds where the values of the variables come from.
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
		if p.FormEncoded && strings.Contains(p.Password, placeholder.Text) {
			parts = append(parts, "form-encoded, RFC 6749 §2.3.1, by the function form")
		}
		s.comment("%s: %s", placeholder.Name, strings.Join(parts, "; "))
	}
}

// source returns where a secret of the file comes from: its reference, never the secret.
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
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprintf("%s of %s, which is %s", key, s.file, reference(value))
	}
	if p.Index < len(list) {
		value = list[p.Index]
	}
	text := fmt.Sprintf("%s of %s, which is %s", key, s.file, reference(value))
	if p.Key == "client_secret" && p.Param == "" && len(list) > 1 { // they are alternatives
		for _, other := range list[1:] {
			text += ", or if the server answers invalid_client " + reference(other)
		}
	}
	return text
}

// reference returns a value of the file if it refers to a secret, and never a secret.
func reference(value any) string {
	if text, _ := value.(string); isReference(text) {
		return text
	}
	return "in plain text"
}
