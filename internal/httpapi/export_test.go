package httpapi

// What tests see.
var (
	ReadMultipart = readMultipart
	DecodeData    = decodeData
)
