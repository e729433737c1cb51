package runtime

import (
	"container/list"
	"crypto/sha256"
	"sync"
)

// cache keeps compiled scripts up to a total size. Concurrent requests for the same
// script compile it once.
type cache struct {
	max int64

	mu      sync.Mutex
	used    int64
	entries map[[sha256.Size]byte]*list.Element // of *entry
	recent  list.List                           // most recent first
}

type entry struct {
	key     [sha256.Size]byte
	compile func() (*Script, error) // runs once
	size    int64                   // 0 while compiling
}

func newCache(maxBytes int64) *cache {
	return &cache{max: max(0, maxBytes), entries: make(map[[sha256.Size]byte]*list.Element)}
}

func (c *cache) get(key [sha256.Size]byte, compile func() (*Script, error)) (*Script, error) {
	c.mu.Lock()
	element, ok := c.entries[key]
	if ok {
		c.recent.MoveToFront(element)
	} else {
		element = c.recent.PushFront(&entry{key: key, compile: sync.OnceValues(compile)})
		c.entries[key] = element
	}
	e := entryOf(element)
	c.mu.Unlock()

	script, err := e.compile()
	if !ok {
		c.settle(element, e, script)
	}
	return script, err
}

// settle adds the size of a newly compiled script, or removes one that failed, and
// drops the least recently used until the rest fits.
func (c *cache) settle(element *list.Element, e *entry, script *Script) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[e.key] != element {
		return // dropped while it compiled
	}
	if script == nil {
		c.drop(element, e)
		return
	}
	e.size = script.program.size()
	c.used += e.size
	for c.used > c.max {
		oldest := c.recent.Back()
		c.drop(oldest, entryOf(oldest))
	}
}

// entryOf returns the value of a list element, which is always an entry.
func entryOf(element *list.Element) *entry {
	e, _ := element.Value.(*entry)
	return e
}

func (c *cache) drop(element *list.Element, e *entry) {
	c.recent.Remove(element)
	delete(c.entries, e.key)
	c.used -= e.size
}
