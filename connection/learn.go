package connection

import (
	"context"
	"errors"
	"time"
)

const (
	// learnAgain is how long what is known of the credentials that other processes have
	// obtained stays good.
	learnAgain = time.Second

	// learnShare bounds the share of time that goes into asking the store: as many times as
	// it took are waited.
	learnShare = 50
)

// learn makes known the credentials that may be in responses of a host, also those of
// connections that this process has not used: that another process, or an earlier one, had
// the host store. The error is that of the store, if nothing is known of it yet.
func (m *Manager) learn(ctx context.Context, s *snapshot, p *hostEntry) error {
	if now := time.Since(m.start); now < time.Duration(p.learned.Load()) {
		return nil
	}
	p.learning.Lock()
	defer p.learning.Unlock()
	start := time.Since(m.start)
	first := p.learned.Load() == 0
	if !first && start < time.Duration(p.learned.Load()) {
		return nil // another request was first
	}
	m.learnFixed(ctx, s, p)
	next := forever
	if _, ok := m.cfg.Store.(*memory); !ok {
		if err := m.learnStored(ctx, s, p); err != nil && first {
			return err
		}
		took := time.Since(m.start) - start
		next = start + took + max(learnAgain, learnShare*took)
	}
	p.learned.Store(int64(next))
	return nil
}

// learnFixed makes known the credentials that are in the file. One that cannot be read now
// was not sent by this process.
func (m *Manager) learnFixed(ctx context.Context, s *snapshot, p *hostEntry) {
	for _, name := range p.names {
		c := s.set.named(name)
		if c == nil || !c.Grant.Static {
			continue
		}
		held := s.slots[name].credentials(name, "")
		if held.knows(1) {
			continue
		}
		held.learned(1)
		if whole, err := c.WithSecrets(ctx); err == nil {
			if !whole.Sealed && !whole.Grant.Basic {
				held.show("")
			}
			held.add(fixedCredentials(whole)...)
		}
	}
}

// learnStored makes known the tokens that are in the store.
func (m *Manager) learnStored(ctx context.Context, s *snapshot, p *hostEntry) error {
	all, err := m.cfg.Store.List(ctx, m.cfg.Namespace)
	if err != nil {
		return err
	}
	here := make(map[string]bool, len(p.names))
	for _, name := range p.names {
		if c := s.set.named(name); c != nil && !c.Grant.Static { // whose records have no credential
			here[name] = true
		}
	}
	for _, r := range all {
		in := s.slots[r.Connection]
		if !here[r.Connection] || in == nil {
			continue
		}
		name := r.Connection
		if r.Account != "" {
			name += "#" + r.Account
		}
		held := in.credentials(name, r.Account)
		if held.knows(r.Generation) {
			continue
		}
		if !s.set.named(name).Sealed {
			held.show("")
		}
		record, err := m.cfg.Store.Load(ctx, r.Key)
		if err != nil && !errors.Is(err, ErrUnreadable) {
			return err
		}
		if h, broken := open(record); err == nil && broken == nil {
			held.add(h.sendable()...)
		}
		held.learned(r.Generation) // also a damaged one, whose token cannot be sent
	}
	return nil
}
