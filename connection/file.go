package connection

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// file is the content of an oauth.toml, checked. It never changes.
type file struct {
	connections map[string]*connection
	egress      egress.Config
	limits      hostapi.Limits
	requests    hostapi.Limits // those that the [egress] table sets
	cookies     hostapi.Cookies
	storeURL    string
	storeKey    secret

	storeWarnings []string
	skipped       bool // without secrets
	hasEgress     bool // there is such a table
	hasLimits     bool
	hasStore      bool
}

// options say where the secrets that a file refers to are found, as ParseOptions of
// package connection does.
type options struct {
	Dir          string
	LookupEnv    func(name string) (string, bool)
	LookupSecret func(ref string) (string, error)
	SkipSecrets  bool
}

// parseFile reads data as an oauth.toml that errors call name.
func parseFile(name string, data []byte, opts options) (*file, error) {
	doc, top := parseDocument(name, data)
	if doc.err != nil {
		return nil, doc.err
	}
	top.check(topKeys())
	doc.next()
	f := &file{connections: make(map[string]*connection), skipped: opts.SkipSecrets}
	f.hasEgress, f.hasLimits, f.hasStore = top.has("egress"), top.has("limits"), top.has("store")
	f.readLimits(top.table("limits", "limits"))
	doc.next()
	f.readEgress(top.table("egress", "egress"), opts)
	doc.next()
	if f.hasStore {
		f.readStore(top.table("store", "store"), opts)
	}
	doc.next()
	all := top.table("connections", "connections")
	doc.next()
	form, reading := opts, new(sync.Mutex)
	form.SkipSecrets = true
	for _, name := range all.keys() {
		t := all.table(name, fmt.Sprintf("connection %q", shorten(name)))
		c := readConnection(name, t, form)
		if f.connections[name] = c; !opts.SkipSecrets {
			c.read = func() (*connection, error) {
				reading.Lock() // the tables remember what they were asked
				defer reading.Unlock()
				return rereadConnection(name, t, opts)
			}
		}
		doc.next()
	}
	return f, doc.mistakes()
}

// names returns the names of all connections in order.
func (f *file) names() []string { return slices.Sorted(maps.Keys(f.connections)) }

// warnings returns what an operator should know though it is allowed.
func (f *file) warnings() []string {
	all := slices.Clone(f.storeWarnings)
	for _, name := range f.names() {
		all = append(all, f.connections[name].warnings...)
	}
	return all
}

// readEgress reads the [egress] table.
func (f *file) readEgress(t *table, opts options) {
	t.check(egressKeys())
	f.egress.Allow, f.egress.AllowAddrs = t.places("allow")
	f.egress.Deny, f.egress.DenyAddrs = t.places("deny")
	if t.has("dns") {
		f.egress.DNS = t.text("dns")
		if _, err := netip.ParseAddrPort(f.egress.DNS); err != nil {
			t.fail("dns", problem{"is not the address of a name server", `write address and port, such as "192.0.2.53:53"`})
		}
	}
	if t.has("proxy") {
		f.egress.Proxy = t.proxy("proxy", opts)
	}
	f.cookies = t.readCookies()
	if n, ok := value[int64](t, "max_redirects", "a whole number"); ok {
		switch {
		case n < 0 || n > 100:
			t.fail("max_redirects", problem{"must be from 0 to 100", ""})
		case n == 0:
			f.requests.Redirects = -1 // none: zero would mean the default
		default:
			f.requests.Redirects = int(n)
		}
	}
	if n, ok := value[int64](t, "max_response_bytes", "a whole number"); ok {
		if n <= 0 {
			t.fail("max_response_bytes", problem{"must be above 0", ""})
		}
		f.requests.ResponseBytes = n
	}
	t.setOnce("max_redirects", f.limits.Redirects != 0)
	t.setOnce("max_response_bytes", f.limits.ResponseBytes != 0)
}

// setOnce refuses a key of [egress] whose limit the [limits] table sets too.
func (t *table) setOnce(key string, inLimits bool) {
	if inLimits && t.has(key) {
		t.fail(key, problem{"is set by [limits] as well", "keep the one in [limits]"})
	}
}

// readLimits reads the [limits] table.
func (f *file) readLimits(t *table) {
	t.check(limitsKeys())
	for _, name := range t.keys() {
		if err := limit.Set(&f.limits, name, t.any(name)); err != nil {
			e, _ := errors.AsType[*hostapi.Error](err)
			t.fail(name, problem{e.Message, e.Hint})
		}
	}
}

// readStore reads the [store] table.
func (f *file) readStore(t *table, opts options) {
	t.check(storeKeys())
	t.need("url", `write "sqlite:postern.db", or "postgres://…"`)
	t.need("key", "write env:NAME or file:PATH of 32 random bytes in base64")
	if f.storeURL = t.text("url"); isReference(f.storeURL) { // a PostgreSQL URL may hold a password
		resolved, p := opts.resolve(f.storeURL, false)
		if p != nil {
			t.fail("url", *p)
		}
		f.storeURL = resolved.reveal()
	} else {
		f.checkStoreURL(t)
	}
	if text := t.text("key"); t.doc.err == nil {
		var p *problem
		if f.storeKey, p = opts.resolve(text, false); p != nil {
			t.fail("key", *p)
		}
	}
}

// checkStoreURL looks at a URL that stands in the file.
func (f *file) checkStoreURL(t *table) {
	scheme, _, _ := strings.Cut(f.storeURL, ":")
	u, err := url.Parse(f.storeURL)
	switch {
	case strings.ContainsAny(f.storeURL, "<>"):
		t.fail("url", notReplaced(`write "sqlite:postern.db", or "postgres://…"`))
	case !slices.Contains([]string{"sqlite", "postgres", "postgresql"}, scheme):
		t.fail("url", problem{"is not the URL of a store", `write "sqlite:postern.db", or "postgres://…"`})
	case scheme == "sqlite":
	case err != nil || u.Host == "":
		t.fail("url", problem{"is not the URL of a database", `write "postgres://USER@HOST/DATABASE", or env:NAME for a URL with a password`})
	default:
		if _, has := u.User.Password(); has {
			f.storeWarnings = append(f.storeWarnings, "store url holds a password in plain text: write env:NAME or file:PATH for the whole URL")
		}
	}
}

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
func (t *table) proxy(key string, opts options) *url.URL {
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

// checkSecrets looks up the secrets of connections, and returns what is missing.
func checkSecrets(all []*connection) error {
	doc := new(document)
	for _, c := range all {
		_, err := c.whole()
		doc.err, _ = errors.AsType[*hostapi.Error](err)
		doc.next()
	}
	return doc.mistakes()
}
