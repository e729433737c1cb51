package postern

import "unsafe"

// DecodeText decodes bytes by the charset that the content type names; default UTF-8.
// A byte order mark is dropped, and malformed input becomes U+FFFD.
func DecodeText(contentType string, text []byte) (string, error) {
	decoded, err := take(hostDecodeText(contentType, unsafe.Pointer(unsafe.SliceData(text)), uint32(len(text))))
	return string(decoded), err
}

// EncodeText encodes text in the charset that the content type names; default UTF-8.
// A character that the charset lacks becomes "?".
func EncodeText(contentType, text string) ([]byte, error) {
	return take(hostEncodeText(contentType, text))
}
