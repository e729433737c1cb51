package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/postern-dev/postern/internal/service"
)

// Bounds of multipart/form-data.
const (
	maxParts       = 100
	maxRequestPart = 1 << 20
)

const requestPart = "request"

// fromMultipart makes of a request with multipart/form-data one with JSON: the part named
// request is the body without files, and each other part is a file of the data item of its
// name. It reports whether the request can go on.
func (a *api) fromMultipart(w http.ResponseWriter, r *http.Request) bool {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/form-data" {
		return true
	}
	body, wrong := readMultipart(r)
	if wrong != "" {
		p := problem{Status: http.StatusUnprocessableEntity, Detail: wrong}
		if wrong == tooLarge {
			p.Status = http.StatusRequestEntityTooLarge
		}
		write(w, p)
		return false
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Type", "application/json")
	return true
}

const tooLarge = "the body is too large"

// readMultipart returns the JSON, or what is wrong.
func readMultipart(r *http.Request) (body []byte, wrong string) {
	reader, err := r.MultipartReader()
	if err != nil {
		return nil, "the multipart body has no boundary"
	}
	var members map[string]json.RawMessage
	var files []service.File
	for n := 0; ; n++ {
		part, err := reader.NextPart()
		switch {
		case errors.Is(err, io.EOF) && members == nil:
			return nil, "there is no part request, which has the JSON of the request without its files"
		case errors.Is(err, io.EOF) && members["files"] != nil && files != nil:
			return nil, "there are files in the part request and in other parts; send them in one of the two ways"
		case errors.Is(err, io.EOF):
			if files != nil {
				if members["files"], err = json.Marshal(files); err != nil {
					return nil, "the files cannot be read"
				}
			}
			body, err = json.Marshal(members)
			if err != nil {
				return nil, "the part request is not a JSON object"
			}
			return body, ""
		case err != nil:
			return nil, multipartProblem(err)
		case n >= maxParts:
			return nil, "there are more than 100 parts"
		}
		if part.FormName() == requestPart {
			if members != nil {
				return nil, "there are two parts request"
			}
			if wrong := readRequestPart(part, &members); wrong != "" {
				return nil, wrong
			}
			continue
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, multipartProblem(err)
		}
		if part.FileName() == "" {
			return nil, "the part " + strconv.Quote(shortened(part.FormName())) + " is not a file: it has no filename; values of data items are in the part request"
		}
		files = append(files, service.File{Item: part.FormName(), Name: part.FileName(), ContentType: part.Header.Get("Content-Type"), Content: content})
	}
}

func readRequestPart(part *multipart.Part, members *map[string]json.RawMessage) (wrong string) {
	text, err := io.ReadAll(io.LimitReader(part, maxRequestPart+1))
	switch {
	case err != nil:
		return multipartProblem(err)
	case len(text) > maxRequestPart:
		return tooLarge
	case !utf8.Valid(text):
		return "the part request is not UTF-8"
	case json.Unmarshal(text, members) != nil || *members == nil:
		return "the part request is not a JSON object"
	}
	return ""
}

func multipartProblem(err error) string {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge
	}
	return "the multipart body ends too early, or is malformed"
}
