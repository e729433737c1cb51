package runs

// What tests see.
var (
	EncodeCursor = encodeCursor
	DecodeCursor = decodeCursor
)
