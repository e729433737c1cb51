package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// File is a file of a data item; several of one item are a list.
type File struct {
	Item        string `json:"item"`
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Content     []byte `json:"content,omitempty"` // nil in what the server returns
}

// maxRequestPart is how much JSON the server takes beside files.
const maxRequestPart = 1 << 20

// encode returns the body of a request to start a run. Files go as they are, multipart/form-data, rather than in
// base64, unless the data are too large for that.
func (r RunRequest) encode() (any, error) {
	files := r.Files
	r.Files = nil
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("client: the data are not JSON: %w", err)
	}
	if len(files) == 0 || len(text) > maxRequestPart {
		r.Files = files
		return r, nil
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("request", string(text)); err != nil {
		return nil, err
	}
	for _, f := range files {
		header := textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf("form-data; name=%s; filename=%s", quoted(f.Item), quoted(f.Name))},
		}
		if f.ContentType != "" {
			header.Set("Content-Type", f.ContentType)
		}
		part, err := w.CreatePart(header)
		if err != nil {
			return nil, err
		}
		if _, err := part.Write(f.Content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return content{w.FormDataContentType(), b.Bytes()}, nil
}

// quoted returns a name as browsers write it in a header of a part, RFC 7578 §4.2.
func quoted(name string) string {
	return `"` + strings.NewReplacer("\\", "\\\\", `"`, "\\\"", "\r", "%0D", "\n", "%0A").Replace(name) + `"`
}

// RunFile describes a file in the data of a run. [Client.RunFile] returns its content.
type RunFile struct {
	Item        string `json:"item"`
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Size        int    `json:"size"` // bytes
}

// RunFile returns the content of a file in the data of a run, by its place in Run.Files.
func (c *Client) RunFile(ctx context.Context, id string, index int) ([]byte, error) {
	var content []byte
	err := c.do(ctx, request{
		method: http.MethodGet, path: []string{"runs", id, "files", strconv.Itoa(index)}, header: http.Header{"Accept": {"*/*"}},
	}, &content)
	return content, err
}
