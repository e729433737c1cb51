package connection

import (
	"path/filepath"
	"slices"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// Set is the content of an oauth.toml, checked. The secrets that its connections
// refer to are looked up when a connection is first used, see [Set.CheckSecrets].
// It never changes and may be used by many goroutines.
type Set struct{ file oauthtoml.File }

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
	f, err := oauthtoml.Parse(file, data, oauthtoml.Options(opts))
	if err != nil {
		return nil, err
	}
	return &Set{*f}, nil
}

// Merge returns the connections of all sets as one, such as those of a program and
// those that several programs share. Of connections with the same name that of the
// earlier set counts. [egress], [limits] and [store] are each taken as a whole from the
// first set that has such a table. A nil set has nothing.
func Merge(sets ...*Set) *Set {
	var files []*oauthtoml.File
	for _, s := range sets {
		if s != nil {
			files = append(files, &s.file)
		}
	}
	return &Set{*oauthtoml.Merge(files...)}
}

// Store returns the [store] table: the URL of the store, "" if there is none, and
// the text of the key that encrypts what is in it.
func (s *Set) Store() (url string, key []byte) {
	return s.file.StoreURL, []byte(s.file.StoreKey.Reveal())
}

// Names returns the names of all connections in order.
func (s *Set) Names() []string {
	if s == nil { // as that of the zero Manager
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

// Limits returns the limits that the tables [limits] and [egress] set, the others
// zero. They are those of an engine: a task can lower them.
func (s *Set) Limits() hostapi.Limits { return s.file.Limits.Or(s.file.Requests) }

// Warnings returns what an operator should know though it is allowed, one line
// each: grants that are on their way out, secrets in plain text, and so on.
func (s *Set) Warnings() []string { return s.file.Warnings() }

// named returns the connection of that name or account, nil if there can be none. The
// set may be nil, as that of the zero [Manager] is.
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
		return nil // a credential that is written down is the only one
	}
	return c
}

// CheckSecrets looks up what the named connections refer to, or all of them if none
// is named, and returns what is missing: each error names the connection, the key
// and the reference. Other connections are of use all the same.
func (s *Set) CheckSecrets(names ...string) error {
	if len(names) == 0 {
		names = s.Names()
	}
	all := make([]*oauthtoml.Connection, len(names))
	for i, name := range names {
		if all[i] = s.named(name); all[i] == nil {
			return unknown("connection", name, s.Names())
		}
	}
	return oauthtoml.CheckSecrets(all)
}

// IsKey reports whether a connection in an oauth.toml may have a key of that name,
// with one grant or another.
func IsKey(name string) bool { return slices.Contains(oauthtoml.ConnectionKeys().Known, name) }
