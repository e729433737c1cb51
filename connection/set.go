package connection

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// Set is the content of an oauth.toml or of [NewSet], checked. The secrets that its connections refer
// to are resolved when a connection is first used, see [Set.CheckSecrets]. It is
// immutable and safe for concurrent use.
type Set struct{ file oauthtoml.File }

// ParseOptions say how the references to secrets in a file are resolved.
type ParseOptions struct {
	// Dir is the folder of relative file: references. Default: the folder of the file.
	Dir string

	// LookupEnv resolves env: references, as [os.LookupEnv] does. Default nil: there are
	// no environment variables, and an env: reference is an error.
	LookupEnv func(name string) (string, bool)

	// LookupSecret resolves references of any other form. Default nil: they are refused.
	// It is not called for a connection with allow_plaintext. The context is that of the
	// call that needs the secret, such as the request of a task; for [store] and [egress],
	// which [Parse] resolves, it never ends. It may be called from many goroutines at once,
	// for one connection from one at a time, until it has succeeded. An error is found by
	// errors.Is and its text is not shown; that of a *[hostapi.Error] determines the code
	// and whether it is temporary.
	//
	//   // client_secret = "vault:crm/secret"
	//   LookupSecret: func(ctx context.Context, ref string) (string, error) { return vault.Read(ctx, ref) },
	LookupSecret func(ctx context.Context, ref string) (string, error)

	// NoFiles refuses file: references and the files of tls: definitions that a tenant
	// wrote must not read files of the machine. Default false.
	NoFiles bool

	// PublicOnly refuses hosts, endpoints and an issuer with a private, loopback or
	// otherwise special address, and a proxy, whose address is not checked: a tenant that
	// writes definitions must not reach the network of the machine. The address is checked
	// when it is dialled. A rule of [egress.Config].Allow or AllowAddrs can still allow it.
	// Default false: a host or endpoint with a port may have any address.
	PublicOnly bool

	// SkipSecrets reads a file without its secrets, to inspect its settings: references
	// are checked for their form but not resolved, and [NewManager] refuses the Set. Default false.
	SkipSecrets bool
}

func (o ParseOptions) internal() oauthtoml.Options {
	return oauthtoml.Options{
		Dir: o.Dir, LookupEnv: o.LookupEnv, LookupSecret: o.LookupSecret, NoFiles: o.NoFiles, PublicOnly: o.PublicOnly, SkipSecrets: o.SkipSecrets,
	}
}

// Load reads the file at path, see [Parse]. The path may be that of a pipe.
func Load(path string, opts ParseOptions) (*Set, error) {
	data, err := input.Read(path, stricttoml.MaxSize)
	if err != nil {
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "read connections", Cause: err, Hint: "give the path of an existing oauth.toml",
		}
	}
	return Parse(path, data, opts)
}

// Parse reads data as an oauth.toml; errors call it file. It is strict: an unknown,
// misspelt, conflicting or missing key is an error, as is a secret of [store] or
// [egress] that cannot be resolved. Secrets of connections are resolved on first use.
// The error is a *[hostapi.Error] with file, line and key, and never repeats a value.
// If several tables have mistakes, it wraps the first of each, as [errors.Join] does. A
// file has at most 16 MiB.
func Parse(file string, data []byte, opts ParseOptions) (*Set, error) {
	if opts.Dir == "" {
		opts.Dir = filepath.Dir(file)
	}
	f, err := oauthtoml.Parse(file, data, opts.internal())
	if err != nil {
		return nil, err
	}
	return &Set{*f}, nil
}

// Merge returns the connections of all sets as one, such as those of a program and
// those that several programs share. Where names are equal, the earlier set wins.
// [egress], [limits] and [store] are each taken as a whole from the first set that has
// such a table. A nil set is empty.
func Merge(sets ...*Set) *Set {
	var files []*oauthtoml.File
	for _, s := range sets {
		if s != nil {
			files = append(files, &s.file)
		}
	}
	return &Set{*oauthtoml.Merge(files...)}
}

// Store returns the [store] table: the URL of the store, "" if there is none, and the
// text of its encryption key.
func (s *Set) Store() (url string, key []byte) {
	return s.file.StoreURL, []byte(s.file.StoreKey.Reveal())
}

// StoreOptions are the keys of a [store] table beside url and key: Prefix and Schema of
// the store's Config, and the Namespace of a [Config]. The default of each is "".
type StoreOptions struct{ Prefix, Schema, Namespace string }

// StoreOptions returns the other keys of the [store] table, which a command that works on
// the store of a service needs to find what belongs to one of its tenants.
func (s *Set) StoreOptions() StoreOptions { return StoreOptions(s.file.Store) }

// Names returns the names of all connections, sorted.
func (s *Set) Names() []string {
	if s == nil { // of the zero Manager
		return nil
	}
	return s.file.Names()
}

// Egress returns the [egress] table for [egress.New].
func (s *Set) Egress() egress.Config {
	c := s.file.Egress
	c.Allow, c.Deny = slices.Clone(c.Allow), slices.Clone(c.Deny)
	c.AllowAddrs, c.DenyAddrs = slices.Clone(c.AllowAddrs), slices.Clone(c.DenyAddrs)
	return c
}

// ChangedTables returns the names of the tables of s whose content is not that of before:
// "egress", "limits" and "store", which [Manager.Replace] does not apply. Either may be
// nil, which is an empty set.
func (s *Set) ChangedTables(before *Set) []string {
	var a, b oauthtoml.File
	if s != nil {
		a = s.file
	}
	if before != nil {
		b = before.file
	}
	var names []string
	for _, table := range []struct {
		name string
		same bool
	}{
		{"egress", reflect.DeepEqual(a.Egress, b.Egress) && a.Requests == b.Requests && a.Cookies == b.Cookies},
		{"limits", a.Limits == b.Limits},
		{"store", a.StoreURL == b.StoreURL && a.StoreKey.Reveal() == b.StoreKey.Reveal() && a.Store == b.Store},
	} {
		if !table.same {
			names = append(names, table.name)
		}
	}
	return names
}

// Limits returns the limits that the tables [limits] and [egress] set, the others zero.
// They are those of an engine: a task can lower them.
func (s *Set) Limits() hostapi.Limits { return s.file.Limits.Or(s.file.Requests) }

// Warnings returns settings that are allowed but risky, one line each: deprecated
// grants, secrets in plaintext, and so on.
func (s *Set) Warnings() []string { return s.file.Warnings() }

// named returns the connection of that name or account; nil if there can be none. The
// set may be nil, as in the zero [Manager].
func (s *Set) named(name string) *oauthtoml.Connection {
	if s == nil {
		return nil
	}
	if c := s.file.Connections[name]; c != nil {
		return c
	}
	base, account := splitAccount(name)
	c := s.file.Connections[base]
	if c == nil || c.Grant.Static || oauthtoml.CheckAccount(account) != nil || len(name) > oauthtoml.MaxName {
		return nil // a static credential has no accounts
	}
	return c
}

// CheckSecrets resolves the secrets of the named connections, or of all if none is
// named, and returns what is missing: each error has the connection, the key and the
// reference. Connections with all their secrets can be used regardless. The context is
// that of LookupSecret.
func (s *Set) CheckSecrets(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		names = s.Names()
	}
	all := make([]*oauthtoml.Connection, len(names))
	for i, name := range names {
		if all[i] = s.named(name); all[i] == nil {
			return unknown("connection", name, s.Names())
		}
	}
	return oauthtoml.CheckSecrets(ctx, all)
}

// IsKey reports whether name is a key of a connection in an oauth.toml, with any grant.
func IsKey(name string) bool { return slices.Contains(oauthtoml.ConnectionKeys().Known, name) }
