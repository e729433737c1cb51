package addon

import (
	"context"
	"net/http"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// Reply is the response of a webhook to an HTTP request. If StartProcess is true,
// start a workflow with the Data of the result.
type Reply struct {
	*runtime.Result

	Status      int    // default 200
	ContentType string // default: none
	Body        string
}

// Post runs a [StartEventWebhook] for an HTTP request with that body and these
// headers. The Reply is never nil, see [runtime.Engine.Run]; after an error its status
// is 500.
func (a *Addon) Post(ctx context.Context, task runtime.Task, body string, headers http.Header) (*Reply, error) {
	if headers == nil {
		headers = http.Header{}
	}
	args := []any{map[string]any{"body": body, "headers": headers}}
	result, err := a.run(ctx, task, "post", args, StartEventWebhook)
	reply := &Reply{Result: result, Status: http.StatusOK}
	if err == nil {
		if err = reply.read(result.Value, a.definition.File); err != nil {
			result = undone(result, task)
		}
	}
	if err != nil {
		*reply = Reply{Result: result, Status: http.StatusInternalServerError}
	}
	return reply, err
}

// read converts the value that post returned: {status, 'content-type', body}, or
// nothing.
func (r *Reply) read(value any, file string) error {
	fail := func(message string) error {
		return &hostapi.Error{
			Code: hostapi.CodeScript, Message: "post returned " + message, Hint: "return {status: 200, 'content-type': '…', body: '…'}", File: file,
		}
	}
	if value == nil {
		return nil
	}
	properties, ok := value.(map[string]any)
	if !ok {
		return fail("a value that is not an object")
	}
	if v := properties["status"]; v != nil {
		status, ok := v.(float64)
		if !ok || status < 100 || status > 599 || status != float64(int(status)) {
			return fail("a status that is not a number from 100 to 599")
		}
		r.Status = int(status)
	}
	if v := properties["content-type"]; v != nil {
		if r.ContentType, ok = v.(string); !ok {
			return fail("a content-type that is not text")
		}
	}
	if v := properties["body"]; v != nil {
		if r.Body, ok = v.(string); !ok {
			return fail("a body that is not text")
		}
	}
	return nil
}
