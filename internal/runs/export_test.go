package runs

// What tests see.
var (
	EncodeCursor = encodeCursor //nolint:gochecknoglobals // a function
	DecodeCursor = decodeCursor //nolint:gochecknoglobals // a function
)
