//go:build !wasip1

package postern

import "unsafe"

// noHost is the error of every call outside a task, where there is no host.
const noHost = `{"code":"config","message":"there is no host outside a task","hint":"build with GOOS=wasip1 GOARCH=wasm and run it with postern"}`

const refused = 1<<32 | uint64(len(noHost))

func hostFindData(string) uint64                                  { return refused }
func hostSetData(_, _ string) uint64                              { return refused }
func hostLog(uint32, string) uint64                               { return refused }
func hostGetOAuth2Token(string) uint64                            { return refused }
func hostGetOAuth2TokenInfo(string) uint64                        { return refused }
func hostRequest(string, unsafe.Pointer, uint32) uint64           { return refused }
func hostResponseBody() uint64                                    { return refused }
func hostDecodeText(string, unsafe.Pointer, uint32) uint64        { return refused }
func hostEncodeText(_, _ string) uint64                           { return refused }
func hostDataItems() uint64                                       { return refused }
func hostSetting(string) uint64                                   { return refused }
func hostProcess() uint64                                         { return refused }
func hostFindUsers(string) uint64                                 { return refused }
func hostFindGroups(string) uint64                                { return refused }
func hostAuthSetting(string) uint64                               { return refused }
func hostSaveTemporaryData(string) uint64                         { return refused }
func hostRestoreTemporaryData() uint64                            { return refused }
func hostStartProcess(uint32) uint64                              { return refused }
func hostPostFeed(string) uint64                                  { return refused }
func hostSendEmail(string) uint64                                 { return refused }
func hostFindFiles(string) uint64                                 { return refused }
func hostReadFile(string, uint32, int64, uint32) uint64           { return refused }
func hostSetFiles(_, _ string, _ unsafe.Pointer, _ uint32) uint64 { return refused }
func hostRequestingLimit() int32                                  { return 0 }
func hostFail(string)                                             {}
func hostReadResult(buffer unsafe.Pointer, size uint32) int32 {
	return int32(copy(unsafe.Slice((*byte)(buffer), size), noHost))
}
