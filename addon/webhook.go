package addon

import (
	"cmp"
	"context"
	"net/http"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
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

// WebhookRequest is an HTTP request to a webhook. Post does not change it.
type WebhookRequest struct {
	Method string      // default POST
	URL    string      // as the host wants scripts to see it, such as "/hooks/7?event=push"; default ""
	Header http.Header // default: none
	Body   []byte      // as received; scripts get its bytes, and its text in the charset of Content-Type, default UTF-8
}

// argument returns the argument of the function post.
func (r *WebhookRequest) argument() map[string]any {
	headers := r.Header
	if headers == nil {
		headers = http.Header{}
	}
	return map[string]any{
		"method": cmp.Or(r.Method, http.MethodPost), "url": r.URL, "headers": headers,
		"body": charset.Decode(headers.Get("Content-Type"), r.Body), "bodyBytes": r.Body,
	}
}

// Post runs a [StartEventWebhook] for an HTTP request. The Reply is never nil, see
// [runtime.Engine.Run]; after an error its status is 500.
func (a *Addon) Post(ctx context.Context, task runtime.Task, request WebhookRequest) (*Reply, error) {
	args := []any{request.argument()}
	result, err := a.run(ctx, task, postFunction, args, StartEventWebhook)
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
