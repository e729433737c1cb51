// Package oauthtoml parses an oauth.toml: it checks the keys of each table, reports
// mistakes by line, and resolves references to secrets. It makes no request.
//
// [Parse] reads a file into a [File] of [Connection]s. grantTypes lists the grants with
// their keys; parse.go reads what every connection has, and each other parse file one
// group of keys.
package oauthtoml

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// File is the content of an oauth.toml, checked. It is immutable.
type File struct {
	Connections map[string]*Connection
	Egress      egress.Config
	Limits      hostapi.Limits
	Requests    hostapi.Limits // set by the [egress] table
	Cookies     hostapi.Cookies
	StoreURL    string
	StoreKey    secret.Text
	Store       StoreOptions

	storeWarnings []string
	Skipped       bool // parsed with SkipSecrets
	hasEgress     bool // the file has the table
	hasLimits     bool
	hasStore      bool
}

// Options say how references to secrets are resolved, see connection.ParseOptions.
type Options struct {
	Dir          string
	LookupEnv    func(name string) (string, bool)
	LookupSecret func(ctx context.Context, ref string) (string, error)
	NoFiles      bool
	PublicOnly   bool
	SkipSecrets  bool

	lookup func(ref string) (string, error) // LookupSecret with a context
	given  []Given                          // see GivenText
}

// Parse reads data as an oauth.toml; errors call it name.
//
//nolint:contextcheck,nolintlint // for callers: secrets of connections have the context of their use
func Parse(name string, data []byte, opts Options) (*File, error) {
	opts = opts.within(context.Background())
	doc, top := parseDocument(name, data)
	if doc.err != nil {
		return nil, doc.err
	}
	top.check(topKeys())
	doc.next()
	f := &File{Skipped: opts.SkipSecrets}
	f.hasEgress, f.hasLimits, f.hasStore = top.has("egress"), top.has("limits"), top.has("store")
	f.readLimits(top.table("limits"))
	doc.next()
	f.readEgress(top.table("egress"), opts)
	doc.next()
	if f.hasStore {
		f.readStore(top.table("store"), opts)
	}
	doc.next()
	all := top.table("connections")
	doc.next()
	f.readConnections(all, nil, opts)
	return f, doc.mistakes()
}

// New returns a File of connections that do not come from a file: tables have the keys
// and values of each, with a [GivenText] for each of its secrets.
//
//nolint:contextcheck,nolintlint // as above
func New(tables map[string]any, secrets map[string][]Given, opts Options) (*File, error) {
	doc := &document{schema: newSchema()}
	top := &table{doc: doc, toml: *stricttoml.New(map[string]any{"connections": tables})}
	f := &File{Skipped: opts.SkipSecrets}
	f.readConnections(top.table("connections"), secrets, opts.within(context.Background()))
	return f, doc.mistakes()
}

// readConnections reads the tables of all connections, without their secrets.
func (f *File) readConnections(all *table, secrets map[string][]Given, opts Options) {
	names := all.keys()
	f.Connections = make(map[string]*Connection, len(names))
	for _, name := range names {
		opts := opts
		opts.given = secrets[name]
		form := opts
		form.SkipSecrets = true
		t := all.table(name)
		t.title = "connection " + strconv.Quote(Shorten(name))
		c := readConnection(name, t, form)
		if f.Connections[name] = c; !opts.SkipSecrets {
			c.table, c.dir, c.given = &t.toml, opts.Dir, opts.given
			c.secrets = newResolution(func(ctx context.Context) (*Connection, error) {
				return rereadConnection(name, t, opts.within(ctx))
			})
		}
		all.doc.next()
	}
}

// Names returns the names of all connections, sorted.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.Connections)) }

// Warnings returns settings that are allowed but risky.
func (f *File) Warnings() []string {
	all := slices.Clone(f.storeWarnings)
	for _, name := range f.Names() {
		all = append(all, f.Connections[name].Warnings...)
	}
	return all
}

// readEgress reads the [egress] table.
func (f *File) readEgress(t *table, opts Options) {
	t.check(egressKeys())
	f.Egress.Allow, f.Egress.AllowAddrs = t.rulesAndRanges("allow")
	f.Egress.Deny, f.Egress.DenyAddrs = t.rulesAndRanges("deny")
	if t.has("dns") {
		f.Egress.DNS = t.text("dns")
		if _, err := netip.ParseAddrPort(f.Egress.DNS); err != nil {
			t.fail("dns", Problem{"is not the address of a name server", `write address and port, such as "192.0.2.53:53"`})
		}
	}
	if t.has("proxy") {
		f.Egress.Proxy = t.proxy("proxy", opts)
	}
	f.Cookies = t.readCookies()
	if n, ok := value[int64](t, "max_redirects", "a whole number"); ok {
		switch {
		case n < 0 || n > 100:
			t.fail("max_redirects", Problem{"must be from 0 to 100", ""})
		case n == 0:
			f.Requests.Redirects = -1 // none: zero would mean the default
		default:
			f.Requests.Redirects = int(n)
		}
	}
	if n, ok := value[int64](t, "max_response_bytes", "a whole number"); ok {
		if n <= 0 {
			t.fail("max_response_bytes", Problem{"must be above 0", ""})
		}
		f.Requests.ResponseBytes = n
	}
	t.setOnce("max_redirects", f.Limits.Redirects != 0)
	t.setOnce("max_response_bytes", f.Limits.ResponseBytes != 0)
}

// setOnce refuses a key of [egress] whose limit the [limits] table also sets.
func (t *table) setOnce(key string, inLimits bool) {
	if inLimits && t.has(key) {
		t.fail(key, Problem{"is set by [limits] as well", "keep the one in [limits]"})
	}
}

// readLimits reads the [limits] table.
func (f *File) readLimits(t *table) {
	t.check(limitsKeys())
	for _, name := range t.keys() {
		if err := limit.Set(&f.Limits, name, t.any(name)); err != nil {
			e, _ := errors.AsType[*hostapi.Error](err)
			t.fail(name, Problem{e.Message, e.Hint})
		}
	}
}

// StoreOptions are the keys of the [store] table beside url and key.
type StoreOptions struct {
	Prefix    string // of the names of its tables
	Schema    string // of PostgreSQL
	Namespace string // of the connections
}

// readStore reads the [store] table.
func (f *File) readStore(t *table, opts Options) {
	t.check(storeKeys())
	t.need("url", `write "sqlite:postern.db", or "postgres://…"`)
	t.need("key", "write env:NAME or file:PATH of 32 random bytes in base64")
	if f.StoreURL = t.text("url"); isReference(f.StoreURL) { // a PostgreSQL URL may hold a password
		resolved, p := opts.resolve(f.StoreURL, false)
		if p != nil {
			t.failResolve("url", p)
		}
		f.StoreURL = resolved.Reveal()
	} else {
		f.checkStoreURL(t)
	}
	if text := t.text("key"); t.doc.err == nil {
		var p *unresolved
		if f.StoreKey, p = opts.resolve(text, false); p != nil {
			if p.Hint == hintCreate {
				p.Hint = "postern keys new makes a key; a store that was used before needs its own"
			}
			t.failResolve("key", p)
		}
	}
	f.Store = StoreOptions{Prefix: t.identifier("prefix", 32), Schema: t.identifier("schema", 63), Namespace: t.text("namespace")}
}

// identifier returns the text at key, part of the name of a table: letters of ASCII in lower
// case, digits and underscores.
func (t *table) identifier(key string, most int) string {
	text := t.text(key)
	for i, c := range []byte(text) {
		if c != '_' && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') || i == most {
			t.fail(key, Problem{"cannot be in the name of a table", fmt.Sprintf(
				"use at most %d lower-case letters, digits and underscores, and begin with a letter or underscore", most)})
			return ""
		}
	}
	return text
}

// checkStoreURL checks a URL that is not a reference.
func (f *File) checkStoreURL(t *table) {
	scheme, _, _ := strings.Cut(f.StoreURL, ":")
	u, err := url.Parse(f.StoreURL)
	switch {
	case strings.ContainsAny(f.StoreURL, "<>"):
		t.fail("url", notReplaced(`write "sqlite:postern.db", or "postgres://…"`))
	case !slices.Contains([]string{"sqlite", "postgres", "postgresql"}, scheme):
		t.fail("url", Problem{"is not the URL of a store", `write "sqlite:postern.db", or "postgres://…"`})
	case scheme == "sqlite":
	case err != nil || u.Host == "":
		t.fail("url", Problem{"is not the URL of a database", `write "postgres://USER@HOST/DATABASE", or env:NAME for a URL with a password`})
	default:
		if _, has := u.User.Password(); has {
			f.storeWarnings = append(f.storeWarnings, "store url holds a password in plaintext: write env:NAME or file:PATH for the whole URL")
		}
	}
}

// rulesAndRanges returns the list at key as rules and address ranges.
func (t *table) rulesAndRanges(key string) (rules []hostapi.Rule, addrs []netip.Prefix) {
	for _, text := range t.list(key) {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			addrs = append(addrs, prefix.Masked())
			continue
		}
		rule, err := hostapi.ParseRule(text)
		if err != nil {
			t.fail(key, Problem{
				"has an entry that is neither a rule nor an address range",
				`write host:port or a range such as "10.1.0.0/16"; a rule may also have methods, a scheme and a path`,
			})
			return nil, nil
		}
		rules = append(rules, rule)
	}
	return rules, addrs
}

// proxy returns the URL at key. One with a password must be a reference.
func (t *table) proxy(key string, opts Options) *url.URL {
	text := t.text(key)
	referred := isReference(text)
	if referred {
		resolved, p := opts.resolve(text, false)
		if p != nil {
			t.failResolve(key, p)
			return nil
		}
		if opts.SkipSecrets {
			return nil
		}
		text = resolved.Reveal()
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme):
		t.fail(key, Problem{"is not the URL of a proxy", "write http://host:port"})
		return nil
	case u.User != nil && !referred:
		t.fail(key, Problem{"holds a password in plaintext", "write env:NAME or file:PATH for the whole URL"})
	}
	return u
}

// CheckSecrets resolves the secrets of connections, and returns what is missing.
func CheckSecrets(ctx context.Context, all []*Connection) error {
	doc := new(document)
	for _, c := range all {
		_, err := c.WithSecrets(ctx)
		doc.err, _ = errors.AsType[*hostapi.Error](err)
		doc.next()
	}
	return doc.mistakes()
}
