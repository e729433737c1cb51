package httpapi

// What tests see.
var ( //nolint:gochecknoglobals // functions
	ReadMultipart = readMultipart
	DecodeData    = decodeData
)
