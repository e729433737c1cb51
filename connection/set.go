package connection

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/nearest"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// Set is the content of an oauth.toml, checked. The secrets that its connections
// refer to are looked up when a connection is first used, see [Set.CheckSecrets].
// It never changes and may be used by many goroutines.
type Set struct {
	connections map[string]*connection
	egress      egress.Config
	limits      hostapi.Limits
	requests    hostapi.Limits // those that the [egress] table sets
	cookies     hostapi.Cookies
	storeURL    string
	storeKey    secret
	warnings    []string

	storeWarnings []string
	skipped       bool // without secrets
	hasEgress     bool // there is such a table
	hasLimits     bool
	hasStore      bool
}

// ParseOptions say where the secrets that a file refers to are found.
type ParseOptions struct {
	// Dir is the folder that relative file: secrets are looked up in; default
	// the folder of the file.
	Dir string

	// LookupEnv finds env: secrets, as [os.LookupEnv] does. Nil finds none.
	LookupEnv func(name string) (string, bool)

	// LookupSecret finds any other reference, such as "vault:crm/secret". Nil
	// refuses them. In a connection with allow_plaintext it is not asked.
	LookupSecret func(ref string) (string, error)

	// SkipSecrets reads a file whose secrets are not at hand, to see what it
	// says: references are checked for their form, not looked up, and the Set is
	// of no use to a [Manager].
	SkipSecrets bool
}

// Load reads the file at path, see [Parse]. It may be a pipe.
func Load(path string, opts ParseOptions) (*Set, error) {
	data, err := input.Read(path, stricttoml.MaxSize)
	if err != nil {
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "read connections", Cause: err, Hint: "name a file of connections that is there",
		}
	}
	return Parse(path, data, opts)
}

// Parse reads data as an oauth.toml that errors call file. It is strict: an
// unknown, misspelt, conflicting or missing key is an error, as is a secret
// of [store] or [egress] that cannot be found. Those of connections are looked up
// when they are used. The error is a *[hostapi.Error] with the file, the line
// and the key, and it never repeats a value. Where several tables have mistakes it
// wraps the first of each, as [errors.Join] does. A file has at most 16 MiB.
func Parse(file string, data []byte, opts ParseOptions) (*Set, error) {
	if opts.Dir == "" {
		opts.Dir = filepath.Dir(file)
	}
	doc, top := parseDocument(file, data)
	if doc.err != nil {
		return nil, doc.err
	}
	top.check(topKeys())
	doc.next()
	s := &Set{connections: make(map[string]*connection), skipped: opts.SkipSecrets}
	s.hasEgress, s.hasLimits, s.hasStore = top.has("egress"), top.has("limits"), top.has("store")
	s.readLimits(top.table("limits", "limits"))
	doc.next()
	s.readEgress(top.table("egress", "egress"), opts)
	doc.next()
	if s.hasStore {
		s.readStore(top.table("store", "store"), opts)
	}
	doc.next()
	all := top.table("connections", "connections")
	doc.next()
	form, reading := opts, new(sync.Mutex)
	form.SkipSecrets = true
	for _, name := range all.keys() {
		t := all.table(name, fmt.Sprintf("connection %q", shorten(name)))
		c := readConnection(name, t, form)
		if s.connections[name] = c; !opts.SkipSecrets {
			c.read = func() (*connection, error) {
				reading.Lock() // the tables remember what they were asked
				defer reading.Unlock()
				return rereadConnection(name, t, opts)
			}
		}
		doc.next()
	}
	if err := doc.mistakes(); err != nil {
		return nil, err
	}
	for _, name := range s.Names() {
		s.warnings = append(s.warnings, s.connections[name].warnings...)
	}
	return s, nil
}

// readEgress reads the [egress] table.
func (s *Set) readEgress(t *table, opts ParseOptions) {
	t.check(egressKeys())
	s.egress.Allow, s.egress.AllowAddrs = t.places("allow")
	s.egress.Deny, s.egress.DenyAddrs = t.places("deny")
	if t.has("dns") {
		s.egress.DNS = t.text("dns")
		if _, err := netip.ParseAddrPort(s.egress.DNS); err != nil {
			t.fail("dns", problem{"is not the address of a name server", `write address and port, such as "192.0.2.53:53"`})
		}
	}
	if t.has("proxy") {
		s.egress.Proxy = t.proxy("proxy", opts)
	}
	s.cookies = t.readCookies()
	if n, ok := value[int64](t, "max_redirects", "a whole number"); ok {
		switch {
		case n < 0 || n > 100:
			t.fail("max_redirects", problem{"must be from 0 to 100", ""})
		case n == 0:
			s.requests.Redirects = -1 // none: zero would mean the default
		default:
			s.requests.Redirects = int(n)
		}
	}
	if n, ok := value[int64](t, "max_response_bytes", "a whole number"); ok {
		if n <= 0 {
			t.fail("max_response_bytes", problem{"must be above 0", ""})
		}
		s.requests.ResponseBytes = n
	}
	t.setOnce("max_redirects", s.limits.Redirects != 0)
	t.setOnce("max_response_bytes", s.limits.ResponseBytes != 0)
}

// setOnce refuses a key of [egress] whose limit the [limits] table sets too.
func (t *table) setOnce(key string, inLimits bool) {
	if inLimits && t.has(key) {
		t.fail(key, problem{"is set by [limits] as well", "keep the one in [limits]"})
	}
}

// readLimits reads the [limits] table.
func (s *Set) readLimits(t *table) {
	t.check(limitsKeys())
	for _, name := range t.keys() {
		if err := limit.Set(&s.limits, name, t.any(name)); err != nil {
			e, _ := errors.AsType[*hostapi.Error](err)
			t.fail(name, problem{e.Message, e.Hint})
		}
	}
}

// readStore reads the [store] table.
func (s *Set) readStore(t *table, opts ParseOptions) {
	t.check(storeKeys())
	t.need("url", `write "sqlite:postern.db", or "postgres://…"`)
	t.need("key", "write env:NAME or file:PATH of 32 random bytes in base64")
	if s.storeURL = t.text("url"); isReference(s.storeURL) { // a PostgreSQL URL may hold a password
		resolved, p := opts.resolve(s.storeURL, false)
		if p != nil {
			t.fail("url", *p)
		}
		s.storeURL = resolved.reveal()
	} else {
		s.checkStoreURL(t)
	}
	if text := t.text("key"); t.doc.err == nil {
		var p *problem
		if s.storeKey, p = opts.resolve(text, false); p != nil {
			t.fail("key", *p)
		}
	}
}

// checkStoreURL looks at a URL that stands in the file.
func (s *Set) checkStoreURL(t *table) {
	scheme, _, _ := strings.Cut(s.storeURL, ":")
	u, err := url.Parse(s.storeURL)
	switch {
	case strings.ContainsAny(s.storeURL, "<>"):
		t.fail("url", notReplaced(`write "sqlite:postern.db", or "postgres://…"`))
	case !slices.Contains([]string{"sqlite", "postgres", "postgresql"}, scheme):
		t.fail("url", problem{"is not the URL of a store", `write "sqlite:postern.db", or "postgres://…"`})
	case scheme == "sqlite":
	case err != nil || u.Host == "":
		t.fail("url", problem{"is not the URL of a database", `write "postgres://USER@HOST/DATABASE", or env:NAME for a URL with a password`})
	default:
		if _, has := u.User.Password(); has {
			s.storeWarnings = append(s.storeWarnings, "store url holds a password in plain text: write env:NAME or file:PATH for the whole URL")
		}
	}
}

// Store returns the [store] table: the URL of the store, "" if there is none, and
// the text of the key that encrypts what is in it.
func (s *Set) Store() (url string, key []byte) { return s.storeURL, []byte(s.storeKey.reveal()) }

// places returns the list at key as host rules and address ranges.
func (t *table) places(key string) (rules []hostapi.Rule, addrs []netip.Prefix) {
	for _, text := range t.list(key) {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			addrs = append(addrs, prefix.Masked())
			continue
		}
		rule, err := hostapi.ParseRule(text)
		if err != nil {
			t.fail(key, problem{
				"has an entry that is neither a rule nor an address range",
				`write host:port or a range such as "10.1.0.0/16"; a rule may also have methods, a scheme and a path`,
			})
			return nil, nil
		}
		rules = append(rules, rule)
	}
	return rules, addrs
}

// proxy returns the URL at key. It may be a reference, and must be one if it
// holds a password.
func (t *table) proxy(key string, opts ParseOptions) *url.URL {
	text := t.text(key)
	referred := isReference(text)
	if referred {
		resolved, p := opts.resolve(text, false)
		if p != nil {
			t.fail(key, *p)
			return nil
		}
		if opts.SkipSecrets {
			return nil
		}
		text = resolved.reveal()
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme):
		t.fail(key, problem{"is not a proxy's URL", "write http://host:port"})
		return nil
	case u.User != nil && !referred:
		t.fail(key, problem{"holds a password in plain text", "write env:NAME or file:PATH for the whole URL"})
	}
	return u
}

// Names returns the names of all connections in order.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.connections)) }

// Egress returns the [egress] table for [egress.New].
func (s *Set) Egress() egress.Config {
	c := s.egress
	c.Allow, c.Deny = slices.Clone(c.Allow), slices.Clone(c.Deny)
	c.AllowAddrs, c.DenyAddrs = slices.Clone(c.AllowAddrs), slices.Clone(c.DenyAddrs)
	return c
}

// Limits returns the limits that the tables [limits] and [egress] set, the others
// zero. They are those of an engine: a task can lower them.
func (s *Set) Limits() hostapi.Limits { return s.limits.Or(s.requests) }

// Warnings returns what an operator should know though it is allowed, one line
// each: grants that are on their way out, secrets in plain text, and so on.
func (s *Set) Warnings() []string { return slices.Concat(s.storeWarnings, s.warnings) }

// Description is what may be known of a connection. It holds no secret.
type Description struct {
	Name                    string            `json:"name"`
	Grant                   string            `json:"grant"`
	Endpoints               map[string]string `json:"endpoints,omitempty"` // by key, without their query
	ClientID                string            `json:"client_id,omitempty"`
	TokenEndpointAuthMethod string            `json:"token_endpoint_auth_method,omitempty"`
	Scopes                  []string          `json:"scopes,omitempty"`
	Header                  string            `json:"header"`
	Scheme                  string            `json:"scheme"`
	Hosts                   []string          `json:"hosts"`
	Sealed                  bool              `json:"sealed"`
	Timeout                 string            `json:"timeout,omitempty"` // of one token request, such as "30s"
	Expires                 time.Time         `json:"expires,omitzero"`  // of the credential in the file, as the file says
	Warnings                []string          `json:"warnings,omitempty"`
}

// Describe returns what may be known of the connection of that name, or of one of
// its accounts, name#account.
func (s *Set) Describe(name string) (Description, error) {
	c := s.named(name)
	if c == nil {
		return Description{}, unknown("connection", name, s.Names())
	}
	d := Description{
		Name: name, Grant: c.grant.name, ClientID: c.clientID, TokenEndpointAuthMethod: c.authMethod,
		Scopes: slices.Clone(c.scopes), Header: c.header, Scheme: c.scheme, Sealed: c.sealed, Expires: c.expires,
		Warnings: slices.Clone(c.warnings), Hosts: make([]string, 0, len(c.hosts)),
	}
	if c.timeout > 0 {
		d.Timeout = c.timeout.String()
	}
	for key, u := range c.endpoints {
		if d.Endpoints == nil {
			d.Endpoints = make(map[string]string)
		}
		// A query can hold an API key.
		d.Endpoints[key] = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
	}
	for _, rule := range c.hosts {
		d.Hosts = append(d.Hosts, rule.String())
	}
	return d, nil
}

// unknown is the error for a name that no connection among known has.
func unknown(op, name string, known []string) *hostapi.Error {
	e := &hostapi.Error{
		Code: hostapi.CodeUnknownConnection, Op: op, Name: shorten(name), Message: "there is no such connection",
	}
	if near := nearest.Names(name, known); len(near) > 0 {
		for i, n := range near {
			near[i] = fmt.Sprintf("%q", n)
		}
		e.Hint = "did you mean " + nearest.List(near) + "?"
	}
	return e
}

// secrets returns what must never be seen outside the connection.
func (c *connection) secrets() []string {
	var list []string
	for _, s := range slices.Concat(c.clientSecrets, c.extraSecrets, []secret{c.secretUsername, c.password, c.token, c.subjectToken}) {
		if s != nil {
			list = append(list, s.reveal())
		}
	}
	return list
}

// holds reports whether text contains one of the connection's secrets.
func (c *connection) holds(text string) bool {
	return slices.ContainsFunc(c.secrets(), func(s string) bool { return strings.Contains(text, s) })
}
