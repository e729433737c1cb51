package jsapi

import (
	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// feedServiceClass is the global feedService, which posts messages to feeds.
var feedServiceClass = newClass("feedService", members{ //nolint:gochecknoglobals // a table, never changed
	"begin": func(a *API, _ call) (goja.Value, error) { return a.object(feedPostClass, &hostapi.FeedPost{}), nil },
})

// feedPostClass is a builder of a post. Every setter changes it and returns it.
var feedPostClass = newClass("feed post", members{ //nolint:gochecknoglobals // a table, never changed
	"setChannel":     feedPostText(func(p *hostapi.FeedPost, text string) { p.Channel = text }),
	"setMessage":     feedPostText(func(p *hostapi.FeedPost, text string) { p.Message, p.Markdown = text, false }),
	"setMarkdown":    feedPostText(func(p *hostapi.FeedPost, text string) { p.Message, p.Markdown = text, true }),
	"setMessageId":   feedPostSetMessageID,
	"attachFile":     feedPostAttachFile,
	"setShareQgroup": feedPostSetShareQgroup,
	"post":           feedPostPost,
})

func feedPostText(set func(p *hostapi.FeedPost, text string)) func(*API, call) (goja.Value, error) {
	return func(_ *API, c call) (goja.Value, error) {
		p, err := state[*hostapi.FeedPost](c)
		if err != nil {
			return nil, err
		}
		text, err := c.text(0, "text")
		if err != nil {
			return nil, err
		}
		set(p, text)
		return c.this, nil
	}
}

func feedPostSetMessageID(_ *API, c call) (goja.Value, error) {
	p, err := state[*hostapi.FeedPost](c)
	if err != nil {
		return nil, err
	}
	p.MessageID = nil
	if v := c.arg(0); !absent(v) {
		id, err := c.long(0, "id")
		if err != nil {
			return nil, err
		}
		p.MessageID = &id
	}
	return c.this, nil
}

func feedPostAttachFile(_ *API, c call) (goja.Value, error) {
	p, err := state[*hostapi.FeedPost](c)
	if err != nil {
		return nil, err
	}
	f, ok := stateOf[*hostapi.File](c.arg(0))
	if !ok {
		return nil, invalid(c.op, "needs a file, got "+typeName(c.arg(0)), "")
	}
	p.Files = append(p.Files, f)
	return c.this, nil
}

func feedPostSetShareQgroup(_ *API, c call) (goja.Value, error) {
	p, err := state[*hostapi.FeedPost](c)
	if err != nil {
		return nil, err
	}
	g, ok := stateOf[*group](c.arg(0))
	if !ok {
		return nil, invalid(c.op, "needs a group, got "+typeName(c.arg(0)), "")
	}
	p.GroupID = &g.ID
	return c.this, nil
}

// feedPostPost returns the number of the post.
func feedPostPost(a *API, c call) (goja.Value, error) {
	p, err := state[*hostapi.FeedPost](c)
	if err != nil {
		return nil, err
	}
	return a.world.post(p)
}
