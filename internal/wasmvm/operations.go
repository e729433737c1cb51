package wasmvm

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
)

// find_data(name, name_len): the value of a data item as JSON.
func findData(ctx context.Context, c *call) ([]byte, error) {
	name, err := c.name("the name")
	if err != nil {
		return nil, err
	}
	value, err := c.host.FindData(ctx, name)
	if err != nil {
		return nil, err
	}
	if value, err = c.withContent(ctx, value); err != nil {
		return nil, err
	}
	return encodeJSON(value)
}

// set_data(name, name_len, json, json_len): no result.
func setData(ctx context.Context, c *call) ([]byte, error) {
	name, err := c.name("the name")
	if err != nil {
		return nil, err
	}
	text, err := c.bytes(2, "the value")
	if err != nil {
		return nil, err
	}
	value, err := decodeValue(ctx, c, text)
	if err != nil {
		return nil, err
	}
	if value, err = c.files(ctx, name, value); err != nil {
		return nil, err
	}
	return nil, c.host.SetData(ctx, name, value)
}

// log(level, message, message_len): no result.
func logLine(ctx context.Context, c *call) ([]byte, error) {
	level, ok := levelOf(uint32(c.args[0]))
	if !ok {
		return nil, invalidArgument(c.op, fmt.Sprintf("the level is %d, not one of 0 to 3", uint32(c.args[0])))
	}
	message, err := c.bytes(1, "the message")
	if err != nil {
		return nil, err
	}
	return nil, c.host.Log(ctx, level, strings.ToValidUTF8(string(message), "\ufffd"))
}

func levelOf(n uint32) (hostapi.Level, bool) {
	switch n {
	case 0:
		return hostapi.LevelDebug, true
	case 1:
		return hostapi.LevelInfo, true
	case 2:
		return hostapi.LevelWarn, true
	case 3:
		return hostapi.LevelError, true
	}
	return "", false
}

// get_oauth2_token(connection, connection_len): the token.
func getOAuth2Token(ctx context.Context, c *call) ([]byte, error) {
	connection, err := c.name("the connection's name")
	if err != nil {
		return nil, err
	}
	token, err := c.host.OAuth2Token(ctx, connection)
	return []byte(token), err
}

// get_oauth2_token_info(connection, connection_len): metadata of the token as JSON.
func getOAuth2TokenInfo(ctx context.Context, c *call) ([]byte, error) {
	connection, err := c.name("the connection's name")
	if err != nil {
		return nil, err
	}
	info, err := c.host.OAuth2TokenInfo(ctx, connection)
	if err != nil {
		return nil, err
	}
	return encodeJSON(info)
}

// request(json, json_len, body, body_len): the head of the response as JSON.
func request(ctx context.Context, c *call) ([]byte, error) {
	c.response = nil
	req := new(requestJSON)
	if err := c.object("the request", "request_bytes", c.limits.RequestBytes, req); err != nil {
		return nil, err
	}
	body, err := c.requestBody()
	if err != nil {
		return nil, err
	}
	if err := c.setBody(ctx, req, body); err != nil {
		return nil, err
	}
	resp, err := c.host.Do(ctx, &req.Request)
	if err != nil {
		return nil, err
	}
	c.response = resp
	answer := *resp
	if answer.Header == nil {
		answer.Header = http.Header{}
	}
	return encodeJSON(answer)
}

// requestJSON is the JSON form of a request.
type requestJSON struct {
	hostapi.Request
	Multipart []partJSON     `json:"multipart"`
	BodyFile  *fileReference `json:"bodyFile"`
}

// partJSON is the JSON form of a part.
type partJSON struct {
	hostapi.Part

	// Instead of Content: the next Size bytes of the body, or the content of a file.
	Size *int64         `json:"size"`
	File *fileReference `json:"file"`
}

// fileReference refers to a file of a data item.
type fileReference struct {
	Item  string `json:"item"`
	Index int64  `json:"index"`
}

// setBody sets the body of req. body is what the guest passes beside the JSON, from which
// parts take their content.
func (c *call) setBody(ctx context.Context, req *requestJSON, body []byte) error {
	if f := req.BodyFile; f != nil {
		file, err := c.fileAt(ctx, f.Item, f.Index)
		if err != nil {
			return err
		}
		req.Request.BodyFile = file
		if req.ContentType == "" {
			req.ContentType = file.ContentType
		}
	}
	if req.Multipart != nil {
		req.Request.Multipart = make([]hostapi.Part, len(req.Multipart))
	}
	left, taken := body, false
	for i := range req.Multipart {
		part := &req.Multipart[i]
		if part.File != nil && part.Size != nil || (part.File != nil || part.Size != nil) && part.Content != nil {
			return invalidArgument(c.op, "a part has more than one of content, size and file")
		}
		switch {
		case part.Size != nil:
			var err error
			if part.Content, err = c.takeContent(*part.Size, &left); err != nil {
				return err
			}
			taken = true
		case part.File != nil:
			file, err := c.fileAt(ctx, part.File.Item, part.File.Index)
			if err != nil {
				return err
			}
			part.Part.File = file
			part.FileName = cmp.Or(part.FileName, file.Name)
			part.ContentType = cmp.Or(part.ContentType, file.ContentType)
		}
		req.Request.Multipart[i] = part.Part
	}
	switch {
	case !taken:
		req.Body = body
	case len(left) > 0:
		return c.leftOver(len(left))
	}
	return nil
}

// requestBody returns a copy of the body, because a transport may still read it when the guest
// is running again; nil if the pointer is 0.
func (c *call) requestBody() ([]byte, error) {
	if uint32(c.args[2]) == 0 {
		if uint32(c.args[3]) != 0 {
			return nil, invalidArgument(c.op, "the body has a length but no pointer")
		}
		return nil, nil
	}
	body, err := c.bytes(2, "the body")
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > c.limits.RequestBytes {
		return body, nil // which the host refuses
	}
	return append([]byte{}, body...), nil
}

// response_body(): the body of the last response.
func responseBody(_ context.Context, c *call) ([]byte, error) {
	if c.response == nil {
		return nil, invalidArgument(c.op, "there is no response: no request succeeded yet, or the last one failed")
	}
	return c.response.Body, nil
}

// response_part(offset, length): that part of the body of the last response.
func responsePart(ctx context.Context, c *call) ([]byte, error) {
	body, err := responseBody(ctx, c)
	if err != nil {
		return nil, err
	}
	offset, length, err := c.part(0, int64(len(body)))
	return body[offset : offset+length], err
}

// decode_text(content_type, content_type_len, bytes, bytes_len): the bytes as
// UTF-8.
func decodeText(ctx context.Context, c *call) ([]byte, error) {
	contentType, err := c.name("the content type")
	if err != nil {
		return nil, err
	}
	body, err := c.bytes(2, "the text")
	if err != nil {
		return nil, err
	}
	return c.readAll(ctx, func() io.Reader { return charset.NewReader(contentType, body) })
}

// encode_text(content_type, content_type_len, text, text_len): the text as bytes.
func encodeText(_ context.Context, c *call) ([]byte, error) {
	contentType, err := c.name("the content type")
	if err != nil {
		return nil, err
	}
	// Encoding takes the text, its copy and the result at the same time.
	text, err := c.textWithin(2, "the text", c.room()/4, "memory")
	if err != nil {
		return nil, err
	}
	return charset.Encode(contentType, text), nil
}

// readAll returns what open reads, in pieces between which the run may end. It is read twice, so
// that no more memory than for the result is taken.
func (c *call) readAll(ctx context.Context, open func() io.Reader) ([]byte, error) {
	const piece = 64 << 10
	size, most := int64(0), c.room()/2
	for r := open(); ; {
		c.stopIfOver(ctx)
		n, err := io.CopyN(io.Discard, r, piece)
		if size += n; size > most {
			return nil, reached(c.op, "memory", c.limits)
		}
		if err == io.EOF { //nolint:errorlint // never wrapped
			break
		}
		if err != nil {
			return nil, err
		}
	}
	all, r := make([]byte, size), open()
	for rest := all; len(rest) > 0; {
		c.stopIfOver(ctx)
		n, err := io.ReadFull(r, rest[:min(len(rest), piece)])
		if err != nil {
			return nil, err
		}
		rest = rest[n:]
	}
	return all, nil
}
