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

// put sets a value, unless next fails, which gets the present one.
func (s *shared[V]) put(key string, next func(old V, ok bool) (V, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.m[key]
	v, err := next(old, ok)
	if err != nil {
		return err
	}
	if s.m == nil {
		s.m = map[string]V{}
	}
	s.m[key] = v
	return nil
}

func (s *shared[V]) remove(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.m, key)
}
