package wasmvm

import "github.com/tetratelabs/wazero/experimental"

// memory is the linear memory of one run. It is ordinary Go memory, which is released to the
// garbage collector when the run ends.
type memory struct {
	limit    uint64 // maximum size in bytes
	capacity uint64 // bytes to allocate at the start

	peak    uint64
	refused bool // the guest requested more than limit
	buffer  []byte
}

// Allocate implements experimental.MemoryAllocator.
func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate implements experimental.LinearMemory. A nil result makes the
// guest's memory.grow return -1.
//
// If a guest grows page by page, its memory is copied only when it has become four times as
// large: what was copied is garbage, which is then at most half of the limit.
func (m *memory) Reallocate(size uint64) []byte {
	if size > m.limit {
		m.refused = true
		return nil
	}
	if size > uint64(cap(m.buffer)) {
		const growth = 4
		grown := make([]byte, size, min(max(size, m.capacity, growth*uint64(cap(m.buffer))), m.limit))
		copy(grown, m.buffer)
		m.buffer = grown
	}
	m.buffer = m.buffer[:size]
	m.peak = size
	return m.buffer
}

// Free implements experimental.LinearMemory.
func (m *memory) Free() {}
