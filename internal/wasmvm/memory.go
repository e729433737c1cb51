package wasmvm

import "github.com/tetratelabs/wazero/experimental"

// memory is the linear memory of one run. It is ordinary Go memory, given up to
// the collector when the run ends.
type memory struct {
	limit    uint64 // bytes it may have
	capacity uint64 // bytes to set aside at the start

	peak    uint64
	refused bool // the guest asked for more than limit
	buffer  []byte
}

// Allocate implements experimental.MemoryAllocator.
func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate implements experimental.LinearMemory. A nil result makes the
// guest's memory.grow return -1.
//
// A guest that grows page by page is copied as often as its size doubles, not
// at every step.
func (m *memory) Reallocate(size uint64) []byte {
	if size > m.limit {
		m.refused = true
		return nil
	}
	if size > uint64(cap(m.buffer)) {
		grown := make([]byte, size, min(max(size, m.capacity, 2*uint64(cap(m.buffer))), m.limit))
		copy(grown, m.buffer)
		m.buffer = grown
	}
	m.buffer = m.buffer[:size]
	m.peak = size
	return m.buffer
}

// Free implements experimental.LinearMemory.
func (m *memory) Free() {}
