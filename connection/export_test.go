package connection

// NewMemoryStore returns the Store of a Manager that has none.
func NewMemoryStore() Store { return newMemory() }
