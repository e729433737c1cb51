package jsapi

import (
	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// testFeedServiceClass is the global feedService of a test, which can set a handler.
var testFeedServiceClass = newSubclass(feedServiceClass, "feedService", members{ //nolint:gochecknoglobals // a table, never changed
	"setPostHandler": testOnly((*Testbed).setPostHandler),
})

func (t *Testbed) setPostHandler(c call) (goja.Value, error) {
	handler, ok := goja.AssertFunction(c.arg(0))
	if !ok {
		return nil, invalid(c.op, "needs a function, got "+typeName(c.arg(0)), "write feedService.setPostHandler(post => …)")
	}
	t.poster = handler
	return goja.Undefined(), nil
}

// post passes a post that the host would accept to the test's handler.
func (t *Testbed) post(p *hostapi.FeedPost) (goja.Value, error) {
	a := t.api
	if _, err := a.host.PostFeed(a.ctx, p); err != nil {
		return nil, err
	}
	if t.poster == nil {
		return nil, &hostapi.Error{
			Code: hostapi.CodeDenied, Op: "post", Message: "a test has no feed",
			Hint: "handle posts with feedService.setPostHandler(post => number)",
		}
	}
	record := a.vm.NewObject()
	set := func(name string, v any) { _ = record.Set(name, v) } // a fresh object takes any property
	set("channel", a.orNull(p.Channel))
	set("messageId", goja.Null())
	if p.MessageID != nil {
		set("messageId", *p.MessageID)
	}
	set("message", p.Message)
	set("markdown", p.Markdown)
	files := make([]any, len(p.Files))
	for i, f := range p.Files {
		files[i] = a.file(f)
	}
	// Only the members above are enumerable, so that tests can compare the record.
	_ = record.DefineDataProperty("files", a.newList(files), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return t.poster(goja.Undefined(), record)
}
