//go:build wasip1

package postern

import "unsafe"

// The imports that docs/ABI.md describes. A string is passed as pointer and length.

//go:wasmimport postern_v1 find_data
func hostFindData(name string) uint64

//go:wasmimport postern_v1 set_data
func hostSetData(name, json string) uint64

//go:wasmimport postern_v1 log
func hostLog(level uint32, message string) uint64

//go:wasmimport postern_v1 get_oauth2_token
func hostGetOAuth2Token(connection string) uint64

//go:wasmimport postern_v1 get_oauth2_token_info
func hostGetOAuth2TokenInfo(connection string) uint64

//go:wasmimport postern_v1 request
func hostRequest(json string, body unsafe.Pointer, bodyLen uint32) uint64

//go:wasmimport postern_v1 response_body
func hostResponseBody() uint64

//go:wasmimport postern_v1 decode_text
func hostDecodeText(contentType string, text unsafe.Pointer, textLen uint32) uint64

//go:wasmimport postern_v1 encode_text
func hostEncodeText(contentType, text string) uint64

//go:wasmimport postern_v1 data_items
func hostDataItems() uint64

//go:wasmimport postern_v1 setting
func hostSetting(name string) uint64

//go:wasmimport postern_v1 process
func hostProcess() uint64

//go:wasmimport postern_v1 find_users
func hostFindUsers(json string) uint64

//go:wasmimport postern_v1 find_groups
func hostFindGroups(json string) uint64

//go:wasmimport postern_v1 auth_setting
func hostAuthSetting(connection string) uint64

//go:wasmimport postern_v1 save_temporary_data
func hostSaveTemporaryData(text string) uint64

//go:wasmimport postern_v1 restore_temporary_data
func hostRestoreTemporaryData() uint64

//go:wasmimport postern_v1 start_process
func hostStartProcess(start uint32) uint64

//go:wasmimport postern_v1 post_feed
func hostPostFeed(json string) uint64

//go:wasmimport postern_v1 send_email
func hostSendEmail(json string) uint64

//go:wasmimport postern_v1 find_files
func hostFindFiles(name string) uint64

//go:wasmimport postern_v1 read_file
func hostReadFile(name string, index uint32, offset int64, length uint32) uint64

//go:wasmimport postern_v1 set_files
func hostSetFiles(name, json string, content unsafe.Pointer, contentLen uint32) uint64

//go:wasmimport postern_v1 read_result
func hostReadResult(buffer unsafe.Pointer, bufferLen uint32) int32

//go:wasmimport postern_v1 requesting_limit
func hostRequestingLimit() int32

//go:wasmimport postern_v1 fail
func hostFail(message string)
