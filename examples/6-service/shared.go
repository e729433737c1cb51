package main

import "sync"

// shared is a map that goroutines share. The zero value is empty.
type shared[V any] struct {
	mu sync.Mutex
	m  map[string]V
}

func (s *shared[V]) get(key string) (V, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.m[key]
	return v, ok
}

// put returns the value that it replaces.
func (s *shared[V]) put(key string, v V) (old V, replaced bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[string]V{}
	}
	old, replaced = s.m[key]
	s.m[key] = v
	return old, replaced
}

func (s *shared[V]) remove(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.m, key)
}
