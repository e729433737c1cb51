package httpapi

// What tests see.
var (
	ReadMultipart = readMultipart //nolint:gochecknoglobals // a function
	DecodeData    = decodeData    //nolint:gochecknoglobals // a function
)
