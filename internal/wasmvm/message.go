package wasmvm

import (
	"context"
	"slices"
	"strconv"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/mediatype"
)

// post_feed(json, json_len): the number of the post.
func postFeed(ctx context.Context, c *call) ([]byte, error) {
	post := new(hostapi.FeedPost)
	if err := c.object("the post", "data_bytes", c.limits.DataBytes, post); err != nil {
		return nil, err
	}
	if err := c.normalizeFiles(post.Files); err != nil {
		return nil, err
	}
	number, err := c.host.PostFeed(ctx, post)
	if err != nil {
		return nil, err
	}
	return strconv.AppendInt(nil, number, 10), nil
}

// send_email(json, json_len): no result.
func sendEmail(ctx context.Context, c *call) ([]byte, error) {
	email := new(hostapi.Email)
	if err := c.object("the message", "data_bytes", c.limits.DataBytes, email); err != nil {
		return nil, err
	}
	if err := c.normalizeFiles(email.Files); err != nil {
		return nil, err
	}
	return nil, c.host.SendEmail(ctx, email)
}

// normalizeFiles ignores values that are not files; the host refuses them.
func (c *call) normalizeFiles(files []*hostapi.File) error {
	for _, f := range files {
		if f == nil {
			continue
		}
		if err := c.normalize(f); err != nil {
			return err
		}
	}
	return nil
}

// files returns a value for the data item of that name, with the JSON form of files converted
// to files if the item holds files: the limit counts their bytes, not those of their base64. A
// value that is not a list of files is refused by the host.
func (c *call) files(varName string, value any) (any, error) {
	holds := func(item hostapi.Item) bool { return item.VarName == varName && item.Type == hostapi.TypeFile }
	if !slices.ContainsFunc(c.host.Items(), holds) {
		return value, nil
	}
	checked, err := (&hostapi.Item{Type: hostapi.TypeFile}).Check(value)
	if err != nil {
		return value, nil //nolint:nilerr // the host returns it as well, with the item's name
	}
	list, _ := checked.([]any) // nil: the item is cleared
	for _, v := range list {
		if f, ok := v.(*hostapi.File); ok {
			if err := c.normalize(f); err != nil {
				return nil, err
			}
		}
	}
	return checked, nil
}

// normalize converts a file of the guest to the form that all files have.
func (c *call) normalize(f *hostapi.File) error {
	if f.Content == nil {
		f.Content = []byte{} // as JSON "", not null
	}
	if f.ContentType == "" {
		f.ContentType = "application/octet-stream"
	}
	contentType, err := mediatype.Normalize(f.ContentType, f.Name, false, "")
	if err != nil {
		return invalidArgument(c.op, "a file's content type: "+err.Error())
	}
	f.ContentType = contentType
	return nil
}
