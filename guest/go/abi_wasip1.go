//go:build wasip1

package postern

import "unsafe"

// The imports of docs/ABI.md. A string goes over as pointer and length.

//go:wasmimport postern_v1 find_data
func hostFindData(name string) uint64

//go:wasmimport postern_v1 set_data
func hostSetData(name, json string) uint64

//go:wasmimport postern_v1 log
func hostLog(level uint32, message string) uint64

//go:wasmimport postern_v1 get_oauth2_token
func hostGetOAuth2Token(connection string) uint64

//go:wasmimport postern_v1 request
func hostRequest(json string, body unsafe.Pointer, bodyLen uint32) uint64

//go:wasmimport postern_v1 response_body
func hostResponseBody() uint64

//go:wasmimport postern_v1 decode_text
func hostDecodeText(contentType string, text unsafe.Pointer, textLen uint32) uint64

//go:wasmimport postern_v1 read_result
func hostReadResult(buffer unsafe.Pointer, bufferLen uint32) int32

//go:wasmimport postern_v1 requesting_limit
func hostRequestingLimit() int32

//go:wasmimport postern_v1 fail
func hostFail(message string)
