package connection

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/internal/redact"
)

const (
	// maxOld bounds the credentials of a connection that are remembered until they expire.
	maxOld = 64

	// leastOld is how many are remembered even if they have expired: clocks differ.
	leastOld = 2
)

// credentials are the credentials of a connection or account that may be in a response: the
// current one, and those before it until they expire. They outlive the entry.
type credentials struct {
	name  string // of the connection, with its account
	hosts []*hostSecrets

	mu         sync.Mutex
	all        []credential
	shown      string // replaces them for tasks that hold the connection; "": these may see them
	generation int64  // of the last record that was read for them

	set atomic.Pointer[redact.Set] // nil: none
}

// credential is one that was, or may have been, sent.
type credential struct {
	text   string
	expiry time.Time // zero: unknown
}

// credentials returns those of the connection, or of its account.
func (s *slot) credentials(name, account string) *credentials {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.held[account]
	if c == nil {
		c = &credentials{name: name, hosts: s.hosts, shown: redact.Hidden}
		if s.held == nil {
			s.held = make(map[string]*credentials)
		}
		s.held[account] = c
	}
	return c
}

// credentialsOfAll returns those of the connection and its accounts that are known.
func (s *slot) credentialsOfAll() []*credentials {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]*credentials, 0, len(s.held))
	for _, c := range s.held {
		if c.set.Load() != nil {
			all = append(all, c)
		}
	}
	return all
}

// show sets what replaces the credentials in responses.
func (c *credentials) show(text string) {
	c.mu.Lock()
	c.shown = text
	c.rebuild()
	c.mu.Unlock()
	c.tell()
}

// add adds credentials: they are searched for from now on.
func (c *credentials) add(more ...credential) {
	c.mu.Lock()
	known := len(c.all)
	for _, m := range more {
		if m.text != "" && !slices.ContainsFunc(c.all, func(k credential) bool { return k.text == m.text }) {
			c.all = append(c.all, m)
		}
	}
	changed := len(c.all) > known
	if changed {
		c.all = unexpired(c.all)
		c.rebuild()
	}
	c.mu.Unlock()
	if changed {
		c.tell()
	}
}

// unexpired returns those of all, the oldest first, that have not expired, the last ones in
// any case.
func unexpired(all []credential) []credential {
	now := time.Now()
	kept := make([]credential, 0, len(all))
	for i, c := range all {
		if i >= len(all)-1-leastOld || c.expiry.IsZero() || now.Before(c.expiry) {
			kept = append(kept, c)
		}
	}
	return kept[max(0, len(kept)-1-maxOld):]
}

func (c *credentials) rebuild() {
	s := new(redact.Set)
	for _, k := range c.all {
		s.Replace(k.text, c.shown)
		if c.shown == "" {
			s.Hide(k.text)
		}
	}
	if !s.Empty() {
		c.set.Store(s)
	}
}

func (c *credentials) tell() {
	if c.set.Load() == nil {
		return
	}
	for _, p := range c.hosts {
		p.changed(c)
	}
}

// visible reports whether tasks that hold the connection may see its credentials.
func (c *credentials) visible() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown == ""
}

// has reports whether a credential is remembered.
func (c *credentials) has(text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, known := range slices.Backward(c.all) { // the newest is last
		if known.text == text {
			return true
		}
	}
	return false
}

// knows reports whether the record of that generation has been read.
func (c *credentials) knows(generation int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.generation >= generation
}

// learned notes that the record of that generation has been read.
func (c *credentials) learned(generation int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation = max(c.generation, generation)
}

// fixedCredentials returns what may be in a response of the credential in the file.
func fixedCredentials(c *oauthtoml.Connection) []credential {
	if !c.Grant.Basic {
		return []credential{{text: c.Token.Reveal()}}
	}
	all := []credential{{text: c.BasicCredential()}}
	for _, part := range []secret.Text{c.Password, c.SecretUsername} {
		if text := part.Reveal(); len(text) >= redact.MinLength {
			all = append(all, credential{text: text})
		}
	}
	return all
}
