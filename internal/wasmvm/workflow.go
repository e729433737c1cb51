package wasmvm

import (
	"cmp"
	"context"
	"fmt"

	"github.com/postern-dev/postern/internal/timezone"
)

// data_items(): the declared data items as JSON; null if none are declared and
// any name may be used.
func dataItems(_ context.Context, c *call) ([]byte, error) { return encodeJSON(c.host.Items()) }

// setting(name, name_len): a setting of the task as JSON; null if it is not set.
func setting(_ context.Context, c *call) ([]byte, error) {
	name, err := c.name("the name")
	if err != nil {
		return nil, err
	}
	s, ok := c.host.Setting(name)
	if !ok {
		return encodeJSON(nil)
	}
	return encodeJSON(s)
}

// process(): the workflow process, as JSON.
func process(_ context.Context, c *call) ([]byte, error) {
	p := *c.host.Process()
	p.TimeZone = cmp.Or(p.TimeZone, timezone.Default)
	return encodeJSON(p)
}

// auth_setting(connection, connection_len): a description of a connection without secrets,
// as JSON.
func authSetting(ctx context.Context, c *call) ([]byte, error) {
	connection, err := c.name("the connection's name")
	if err != nil {
		return nil, err
	}
	s, err := c.host.AuthSetting(ctx, connection)
	if err != nil {
		return nil, err
	}
	return encodeJSON(s)
}

// save_temporary_data(text, text_len): no result.
func saveTemporaryData(ctx context.Context, c *call) ([]byte, error) {
	text, err := c.textWithin(0, "the text", c.limits.DataBytes, "data_bytes")
	if err != nil {
		return nil, err
	}
	return nil, c.host.SaveTemporaryData(ctx, text)
}

// restore_temporary_data(): the text that was saved, as JSON; null if none was.
func restoreTemporaryData(ctx context.Context, c *call) ([]byte, error) {
	text, ok, err := c.host.RestoreTemporaryData(ctx)
	if err != nil {
		return nil, err
	}
	if !ok {
		return encodeJSON(nil)
	}
	return encodeJSON(text)
}

// start_process(start): no result.
func startProcess(ctx context.Context, c *call) ([]byte, error) {
	start := uint32(c.args[0])
	if start > 1 {
		return nil, invalidArgument(c.op, fmt.Sprintf("start is %d, not 0 or 1", start))
	}
	return nil, c.host.StartProcess(ctx, start == 1)
}
