package wasmvm

import (
	"context"
	"strconv"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/sandbox"
)

// host has one value, one token and one answer, for whatever it is asked.
type host struct {
	value    any
	token    string
	info     *hostapi.TokenInfo
	response *hostapi.Response
	items    []hostapi.Item
	setting  *hostapi.Setting
	process  hostapi.Process
	kept     *string
	err      error

	got     string // what it was asked
	request *hostapi.Request
	message any // posted or sent
}

func (h *host) FindData(_ context.Context, name string) (any, error) {
	h.got = name
	return h.value, h.err
}

func (h *host) SetData(_ context.Context, name string, value any) error {
	h.got, h.value = name, value
	return h.err
}

func (h *host) Log(_ context.Context, level hostapi.Level, message string) error {
	h.got = string(level) + ": " + message
	return h.err
}

func (h *host) OAuth2Token(_ context.Context, connection string) (string, error) {
	h.got = connection
	return h.token, h.err
}

func (h *host) OAuth2TokenInfo(_ context.Context, connection string) (*hostapi.TokenInfo, error) {
	h.got = connection
	if h.info != nil {
		return h.info, h.err
	}
	return &hostapi.TokenInfo{TokenType: "Bearer", Scope: "a b"}, h.err
}

func (h *host) Do(_ context.Context, req *hostapi.Request) (*hostapi.Response, error) {
	h.request = req
	return h.response, h.err
}

func (h *host) RequestingLimit() int { return 42 }

func (h *host) Items() []hostapi.Item { return h.items }

func (h *host) Setting(name string) (hostapi.Setting, bool) {
	h.got = name
	if h.setting == nil {
		return hostapi.Setting{}, false
	}
	return *h.setting, true
}

func (h *host) Process() *hostapi.Process { return &h.process }

func (h *host) AuthSetting(_ context.Context, connection string) (*hostapi.AuthSetting, error) {
	h.got = connection
	return &hostapi.AuthSetting{Name: connection, Scope: "a b", ClientID: "id"}, h.err
}

func (h *host) SaveTemporaryData(_ context.Context, text string) error {
	h.got = text
	return h.err
}

func (h *host) RestoreTemporaryData(context.Context) (string, bool, error) {
	if h.kept == nil {
		return "", false, h.err
	}
	return *h.kept, true, h.err
}

func (h *host) StartProcess(_ context.Context, start bool) error {
	h.got = strconv.FormatBool(start)
	return h.err
}

func (h *host) PostFeed(_ context.Context, post *hostapi.FeedPost) (int64, error) {
	if err := post.Check(); err != nil { // as every host does
		return 0, err
	}
	h.message = *post
	return 3, h.err
}

func (h *host) Directory() hostapi.Directory {
	return &hostapi.StaticDirectory{Users: h.process.Users, Groups: h.process.Groups}
}

func (h *host) Modules() []sandbox.Module { return nil }

func (h *host) Call(_ context.Context, module, function string, args []any) (any, error) {
	h.got = module + "." + function
	return args, h.err
}

func (h *host) SendEmail(_ context.Context, email *hostapi.Email) error {
	if err := email.Check(); err != nil {
		return err
	}
	h.message = *email
	return h.err
}

func openVM(tb testing.TB) *VM {
	tb.Helper()
	vm, err := New(context.WithoutCancel(tb.Context()), "")
	if err != nil {
		tb.Fatal(err)
	}
	return vm
}
