package wasmvm

import (
	"context"
	"strconv"

	"github.com/postern-dev/postern/hostapi"
)

// post_feed(json, json_len): the number of the post.
func postFeed(ctx context.Context, c *call) ([]byte, error) {
	post := new(struct {
		hostapi.FeedPost
		Files []*fileJSON `json:"files"`
	})
	if err := c.object("the post", "data_bytes", c.limits.DataBytes, post); err != nil {
		return nil, err
	}
	var err error
	if post.FeedPost.Files, err = c.filesFrom(ctx, post.Files, nil); err != nil {
		return nil, err
	}
	number, err := c.host.PostFeed(ctx, &post.FeedPost)
	if err != nil {
		return nil, err
	}
	return strconv.AppendInt(nil, number, 10), nil
}

// send_email(json, json_len): no result.
func sendEmail(ctx context.Context, c *call) ([]byte, error) {
	email := new(struct {
		hostapi.Email
		Files []*fileJSON `json:"files"`
	})
	if err := c.object("the message", "data_bytes", c.limits.DataBytes, email); err != nil {
		return nil, err
	}
	var err error
	if email.Email.Files, err = c.filesFrom(ctx, email.Files, nil); err != nil {
		return nil, err
	}
	return nil, c.host.SendEmail(ctx, &email.Email)
}
