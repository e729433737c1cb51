package runs

// What tests see.
var ( //nolint:gochecknoglobals // functions
	EncodeCursor = encodeCursor
	DecodeCursor = decodeCursor
)
