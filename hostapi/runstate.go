package hostapi

import "reflect"

// RunState is what Connectors keep for the length of one run, each under its own key: what
// the first call of a run decided, its later calls find again. So a connection.Manager
// whose connections are replaced uses the same ones for all of a run.
//
// The zero value is ready to use. It must not be used concurrently: a run calls its
// Connector one call after the other.
type RunState struct {
	key, value any
	next       *RunState
}

// Get returns the value of key; nil if there is none, and for a nil RunState.
func (s *RunState) Get(key any) any {
	for ; s != nil; s = s.next {
		if s.key == key && key != nil {
			return s.value
		}
	}
	return nil
}

// Set sets the value of key. Nothing is kept for a key that is nil or not comparable, or
// by a nil RunState.
func (s *RunState) Set(key, value any) {
	if s == nil || key == nil || !reflect.ValueOf(key).Comparable() {
		return
	}
	for ; ; s = s.next {
		if s.key == key || s.key == nil {
			s.key, s.value = key, value
			return
		}
		if s.next == nil {
			s.next = new(RunState)
		}
	}
}
