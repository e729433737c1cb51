package service

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/store"
)

// ConnectionsConfig configures [OpenConnections].
type ConnectionsConfig struct {
	DB    *database.DB // required
	Store *store.Store // required
	Key   []byte       // the master key of the Store; required

	Files   *connection.Set // the connections of files; required
	Egress  *egress.Client  // required
	OnEvent func(connection.Event)

	OnTokenFetch func(hostapi.Identity, hostapi.TokenFetch)

	// Callback is the URL of the callback page.
	Callback string
}

// Connections has the named connections of the server: those of files, and those that
// operators have made, which are in the Store. Of two with the same name, the one of the
// file counts.
type Connections struct {
	*connection.Manager

	cfg     ConnectionsConfig
	files   []string   // names of those of files, sorted
	changes sync.Mutex // one change at a time

	mu     sync.RWMutex
	set    *connection.Set
	names  []string // of set, sorted; immutable: each run needs them
	stored map[string]storedConnection
}

// inFile reports whether a connection is in a file.
func (c *Connections) inFile(name string) bool {
	_, found := slices.BinarySearch(c.files, name)
	return found
}

// usable returns the names of connections that can be used, sorted. The caller does not change them.
func (c *Connections) usable() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.names
}

// storedConnection is a connection that is in the Store, and what was read of it.
type storedConnection struct {
	store.Definition

	set *connection.Set
	err error // why it cannot be used, for example after an update of the server
}

func (s *storedConnection) is(d *store.Definition) bool {
	return s.Generation == d.Generation && bytes.Equal(s.Table, d.Table) && bytes.Equal(s.Secrets, d.Secrets)
}

// OpenConnections reads the connections. Close the Manager when done.
func OpenConnections(ctx context.Context, cfg ConnectionsConfig) (*Connections, error) {
	if err := createTables(ctx, cfg.DB); err != nil {
		return nil, err
	}
	c := &Connections{cfg: cfg, files: cfg.Files.Names()}
	var err error
	if c.set, c.stored, err = c.read(ctx); err != nil {
		return nil, err
	}
	c.names = c.set.Names()
	const length = 32
	sealKey, err := hkdf.Key(sha256.New, cfg.Key, nil, "postern authorizations under way", length)
	if err != nil {
		return nil, err
	}
	c.Manager, err = connection.NewManager(connection.Config{
		Set: c.set, Egress: cfg.Egress, Store: cfg.Store, Actor: "server", SealKey: sealKey, OnEvent: cfg.OnEvent, OnTokenFetch: cfg.OnTokenFetch,
	})
	return c, err
}

// read returns all connections, and those that are stored; a nil set if nothing has changed. What has not changed is not
// parsed again: there may be a thousand, and each node looks every few seconds.
func (c *Connections) read(ctx context.Context) (*connection.Set, map[string]storedConnection, error) {
	definitions, err := c.cfg.Store.Definitions(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	c.mu.RLock()
	before, isSame := c.stored, c.set != nil && len(c.stored) == len(definitions)
	c.mu.RUnlock()
	stored := make(map[string]storedConnection, len(definitions))
	sets := []*connection.Set{c.cfg.Files}
	for _, d := range definitions {
		s, known := before[d.Name]
		if !known || !s.is(&d) {
			isSame = false
			s = storedConnection{Definition: d}
			if s.set, s.err = parseStored(d); s.err == nil {
				_ = s.set.CheckSecrets(ctx) // reads them, so that Replace notices another secret; using one that is missing tells so
			}
		}
		stored[d.Name] = s
		if s.err == nil {
			sets = append(sets, s.set)
		}
	}
	if isSame {
		return nil, stored, nil
	}
	return connection.Merge(sets...), stored, nil
}

// Reload makes what has changed in the Store, also by other processes, take effect.
func (c *Connections) Reload(ctx context.Context) error {
	c.changes.Lock()
	defer c.changes.Unlock()
	return c.reload(ctx)
}

func (c *Connections) reload(ctx context.Context) error {
	set, stored, err := c.read(ctx)
	if err != nil || set == nil {
		return err
	}
	if err := c.Replace(set); err != nil {
		return err
	}
	names := set.Names()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set, c.names, c.stored = set, names, stored
	return nil
}

// storedRef begins a reference to a secret that is stored with the definition.
const storedRef = "stored:"

// parseStored reads a stored definition as a file with one connection.
func parseStored(d store.Definition) (*connection.Set, error) {
	var table map[string]any
	decoder := json.NewDecoder(bytes.NewReader(d.Table))
	decoder.UseNumber()
	if err := decoder.Decode(&table); err != nil {
		return nil, invalid("read connection", d.Name, "the stored settings are damaged", "enter them again")
	}
	secrets := make(map[string]string)
	if len(d.Secrets) > 0 {
		if err := json.Unmarshal(d.Secrets, &secrets); err != nil {
			return nil, invalid("read connection", d.Name, "the stored secrets are damaged", "enter them again")
		}
	}
	return parseTable(d.Name, table, secrets)
}

func parseTable(name string, table map[string]any, secrets map[string]string) (*connection.Set, error) {
	var text bytes.Buffer
	encoder := toml.NewEncoder(&text)
	encoder.Indent = ""
	if err := encoder.Encode(map[string]any{"connections": map[string]any{name: plainNumbers(table)}}); err != nil {
		return nil, invalid("connection", name, "the settings cannot be read", "use text, numbers, true, false, lists and objects")
	}
	return connection.Parse("settings of "+name, text.Bytes(), connection.ParseOptions{
		NoFiles: true,
		LookupSecret: func(_ context.Context, ref string) (string, error) {
			value, ok := secrets[strings.TrimPrefix(ref, storedRef)]
			if !ok || !strings.HasPrefix(ref, storedRef) {
				return "", errors.New("there is no such secret")
			}
			return value, nil
		},
	})
}

// plainNumbers returns a value whose numbers are those of Go. JSON null is left out.
func plainNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64() // the parser refuses what is out of range
		return f
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, e := range v {
			if e != nil {
				out[key] = plainNumbers(e)
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			if e != nil {
				out = append(out, plainNumbers(e))
			}
		}
		return out
	}
	return v
}

// secretKeys are the keys whose text is a secret.
func secretKeys() []string {
	return []string{"client_secret", "signing_key", "password", "token", "subject_token"}
}

// IsSecretKey reports whether the text of that key of a connection is a secret.
func IsSecretKey(key string) bool { return slices.Contains(secretKeys(), key) }

// splitSecrets takes the secrets out of settings: the text of a key that is a secret, and
// {"secret": TEXT} anywhere. What is not given is kept from before.
func splitSecrets(table map[string]any, before map[string]string) (map[string]any, map[string]string) {
	secrets := make(map[string]string)
	var walk func(path string, v any) any
	walk = func(path string, v any) any {
		switch v := v.(type) {
		case map[string]any:
			if text, ok := v["secret"].(string); ok && len(v) == 1 {
				secrets[path] = text
				return storedRef + path
			}
			out := make(map[string]any, len(v))
			for key, e := range v {
				out[key] = walk(path+"."+key, e)
			}
			return out
		case []any:
			out := make([]any, len(v))
			for i, e := range v {
				out[i] = walk(fmt.Sprintf("%s.%d", path, i), e)
			}
			return out
		case string:
			if path, ok := strings.CutPrefix(v, storedRef); ok { // as it was read
				if text, ok := before[path]; ok {
					secrets[path] = text
				}
			}
			return v
		}
		return v
	}
	out := make(map[string]any, len(table))
	for key, v := range table {
		text, isText := v.(string)
		switch {
		case v == nil:
		case isText && IsSecretKey(key) && !strings.HasPrefix(text, storedRef):
			secrets[key] = text
			out[key] = storedRef + key
		default:
			out[key] = walk(key, v)
		}
	}
	return out, secrets
}

// redirected reports whether settings name other places to send secrets to than those that are
// stored.
func redirected(before []byte, settings map[string]any) bool {
	var old map[string]any
	if json.Unmarshal(before, &old) != nil {
		return true
	}
	for _, keys := range []map[string]any{old, settings} {
		for key := range keys {
			isPlace := strings.HasSuffix(key, "_endpoint") || slices.Contains([]string{"issuer", "variables", "hosts", "tls", "proxy"}, key)
			if isPlace && jsonOf(old[key]) != jsonOf(settings[key]) {
				return true
			}
		}
	}
	return false
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

// ConnectionDetail is what can be shown of a connection.
type ConnectionDetail struct {
	Description connection.Description
	Status      connection.Status

	ETag        string         // of a stored one: identifies its settings and secrets
	Stored      bool           // made by an operator, and not in a file
	Settings    map[string]any // of a stored one, with references in place of secrets
	RedirectURI string         // to register with the authorization server
	Failure     error          // why it cannot be used
}

// ConnectionNames returns the names of all connections, sorted.
func (s *Service) ConnectionNames(caller Caller) ([]string, error) {
	if err := caller.mayRead("list connections", accounts.Viewer); err != nil {
		return nil, err
	}
	c := s.Connections
	c.mu.RLock()
	defer c.mu.RUnlock()
	names := slices.Clone(c.names)
	for name, s := range c.stored {
		if s.err != nil && !c.inFile(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// ConnectionList returns all connections by name.
func (s *Service) ConnectionList(ctx context.Context, caller Caller) ([]ConnectionDetail, error) {
	names, err := s.ConnectionNames(caller)
	if err != nil {
		return nil, err
	}
	return s.connectionsNamed(ctx, names)
}

// ConnectionPage returns the first limit connections by name, after the name after, whose name has search in any case. next
// is the after of the next page, "" of the last.
func (s *Service) ConnectionPage(ctx context.Context, caller Caller, search, after string, limit int) (list []ConnectionDetail, next string, err error) {
	names, err := s.ConnectionNames(caller)
	if err != nil {
		return nil, "", err
	}
	search = strings.ToLower(search)
	names = slices.DeleteFunc(names, func(name string) bool { return name <= after || !strings.Contains(strings.ToLower(name), search) })
	if len(names) > limit {
		names = names[:limit]
		next = names[limit-1]
	}
	list, err = s.connectionsNamed(ctx, names)
	return list, next, err
}

// connectionsNamed returns the connections of those names. One that was deleted meanwhile is left out.
func (s *Service) connectionsNamed(ctx context.Context, names []string) ([]ConnectionDetail, error) {
	list := make([]ConnectionDetail, 0, len(names))
	for _, name := range names {
		d, err := s.Connections.detail(ctx, name)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, *d)
	}
	return list, nil
}

// Connection returns a connection.
func (s *Service) Connection(ctx context.Context, caller Caller, name string) (*ConnectionDetail, error) {
	if err := caller.mayRead("show connection", accounts.Viewer); err != nil {
		return nil, err
	}
	return s.Connections.detail(ctx, name)
}

// tagOf identifies a definition. Each change has another generation, also one of secrets alone.
func tagOf(d store.Definition) string { return etag.Of(d.Name, d.Generation, d.Table) }

func unknownConnection(op, name string) error {
	return &hostapi.Error{Code: hostapi.CodeUnknownConnection, Op: op, Name: name, Message: "there is no such connection", Reason: ErrNotFound}
}

func (c *Connections) detail(ctx context.Context, name string) (*ConnectionDetail, error) {
	c.mu.RLock()
	set := c.set
	definition, isStored := c.stored[name]
	failure := definition.err
	inFile := c.inFile(name)
	c.mu.RUnlock()
	if !isStored && !inFile {
		return nil, unknownConnection("show connection", name)
	}
	d := &ConnectionDetail{Stored: isStored && !inFile, RedirectURI: c.cfg.Callback}
	if d.Stored {
		d.ETag = tagOf(definition.Definition)
		if err := json.Unmarshal(definition.Table, &d.Settings); err != nil {
			failure = err
		}
	}
	if d.Stored && failure != nil {
		d.Description.Name, d.Failure = name, failure
		return d, nil //nolint:nilerr // part of the result
	}
	var err error
	if d.Description, err = set.Describe(name); err != nil {
		return nil, err
	}
	if uri := set.RedirectURI(name); uri != "" {
		d.RedirectURI = uri
	}
	if d.Status, err = c.Status(ctx, name); err != nil {
		d.Failure = err
	}
	return d, nil
}

// SaveConnection stores a connection: a new one, or changes of a stored one. It returns whether it is new.
// Settings are the keys of a connection in an oauth.toml. A secret is the text of its key, or
// {"secret": TEXT}; a reference, as [ConnectionDetail].Settings has it, keeps what is
// stored.
func (s *Service) SaveConnection(ctx context.Context, caller Caller, name string, settings map[string]any, match etag.Match) (isNew bool, err error) {
	const op = "save connection"
	if err := caller.may(op, accounts.Operator); err != nil {
		return false, err
	}
	c := s.Connections
	c.changes.Lock()
	defer c.changes.Unlock()
	for saved := false; !saved; { // again if another node has changed it
		before, err := c.matching(ctx, op, name, match)
		if err != nil {
			return false, err
		}
		d, err := changed(ctx, before, name, settings)
		if err != nil {
			return false, err
		}
		isNew = before.Generation == 0
		if saved, err = c.cfg.Store.SaveDefinition(ctx, d); err != nil {
			return false, err
		}
	}
	action := actionChange
	if isNew {
		action = connection.ActionAdd
	}
	s.record(ctx, caller, action, name)
	return isNew, c.reload(ctx)
}

// matching returns the stored definition of a connection, for which match has to hold; a zero one if there is
// none. The caller has locked c.changes.
func (c *Connections) matching(ctx context.Context, op, name string, match etag.Match) (store.Definition, error) {
	if err := c.reload(ctx); err != nil {
		return store.Definition{}, err
	}
	c.mu.RLock()
	before, exists := c.stored[name]
	c.mu.RUnlock()
	if c.inFile(name) {
		return before.Definition, &hostapi.Error{
			Code: hostapi.CodeDenied, Op: op, Name: name, Message: "it is in a file, and cannot be changed here", Hint: "change the file, or choose another name",
		}
	}
	present := ""
	if exists {
		present = tagOf(before.Definition)
	}
	return before.Definition, match.Check(op, name, present)
}

// changed returns a definition with other settings, which keep the secrets of before that they refer to.
func changed(ctx context.Context, before store.Definition, name string, settings map[string]any) (store.Definition, error) {
	secrets := make(map[string]string)
	if len(before.Secrets) > 0 {
		if err := json.Unmarshal(before.Secrets, &secrets); err != nil {
			return before, err
		}
	}
	if before.Generation > 0 && redirected(before.Table, settings) {
		secrets = nil // they would be sent elsewhere, to someone who could not read them here
	}
	table, secrets := splitSecrets(settings, secrets)
	set, err := parseTable(name, table, secrets)
	if err != nil {
		return before, err
	}
	if err := set.CheckSecrets(ctx, name); err != nil {
		return before, err
	}
	d := store.Definition{Name: name, Generation: before.Generation}
	if d.Table, err = json.Marshal(table); err != nil {
		return before, err
	}
	if len(secrets) > 0 {
		d.Secrets, err = json.Marshal(secrets)
	}
	return d, err
}

// DeleteConnection deletes a stored connection with its tokens. It is not revoked at the
// authorization server, see [Service.Disconnect].
func (s *Service) DeleteConnection(ctx context.Context, caller Caller, name string, match etag.Match) error {
	const op = "delete connection"
	if err := caller.may(op, accounts.Operator); err != nil {
		return err
	}
	c := s.Connections
	c.changes.Lock()
	defer c.changes.Unlock()
	for deleted := false; !deleted; { // again if another node has changed it
		if err := c.reload(ctx); err != nil {
			return err
		}
		c.mu.RLock()
		d, exists := c.stored[name]
		c.mu.RUnlock()
		if !exists {
			return unknownConnection(op, name)
		}
		if err := match.Check(op, name, tagOf(d.Definition)); err != nil {
			return err
		}
		var err error
		if deleted, err = c.cfg.Store.DeleteDefinition(ctx, d.Definition); err != nil {
			return err
		}
	}
	if err := c.reload(ctx); err != nil {
		return err
	}
	if !c.inFile(name) {
		if err := c.cfg.Store.Delete(ctx, connection.Key{Connection: name}); err != nil {
			return err
		}
	}
	s.record(ctx, caller, actionDelete, name)
	return nil
}
