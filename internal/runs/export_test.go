package runs

// What tests see.
var (
	EncodeCursor = encodeCursor //nolint:gochecknoglobals // a function
	DecodeCursor = decodeCursor //nolint:gochecknoglobals // a function
)

// Others returns how many other nodes it knows of.
func (r *Runs) Others() int64 { return r.others.n.Load() }
