package httpapi

import (
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// anyType is the type of responses that have that of a file.
const anyType = "application/octet-stream"

// operationOf returns the operation with a pattern such as GET /v1/tasks/{name}; nil if there is none.
func (a *api) operationOf(pattern string) *huma.Operation {
	method, path, _ := strings.Cut(pattern, " ")
	item := a.huma.OpenAPI().Paths[path]
	if item == nil {
		return nil
	}
	return map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodDelete: item.Delete,
	}[method]
}

// mediaProblem returns why an operation cannot take the body of a request, RFC 9110 §15.5.16, or respond what it
// accepts, §15.5.7; nil if it can.
func mediaProblem(o *huma.Operation, r *http.Request) *problem {
	if o == nil {
		return nil
	}
	if o.RequestBody != nil && r.ContentLength != 0 {
		taken := slices.Sorted(maps.Keys(o.RequestBody.Content))
		if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
			return &problem{
				Status: http.StatusUnsupportedMediaType, Detail: "the body has a Content-Encoding", Hint: "send it as it is",
				header: http.Header{"Accept-Encoding": {"identity"}},
			}
		}
		if kind := r.Header.Get("Content-Type"); kind != "" && !isOf(kind, taken) {
			return &problem{
				Status: http.StatusUnsupportedMediaType, Detail: "the body has a Content-Type that the operation does not take",
				Hint: "send " + strings.Join(taken, " or "), header: http.Header{"Accept": {strings.Join(taken, ", ")}},
			}
		}
	}
	var made []string
	for status, response := range o.Responses {
		if strings.HasPrefix(status, "2") {
			made = slices.AppendSeq(made, maps.Keys(response.Content))
		}
	}
	slices.Sort(made)
	made = slices.Compact(made)
	if len(made) == 0 || slices.Contains(made, anyType) || slices.ContainsFunc(made, func(kind string) bool { return accepts(r, kind) }) {
		return nil
	}
	return &problem{
		Status: http.StatusNotAcceptable, Detail: "the operation responds with no media type that Accept has", Hint: "accept " + strings.Join(made, " or "),
	}
}

func isOf(contentType string, kinds []string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && slices.Contains(kinds, kind)
}

// accepts reports whether the Accept of a request allows a media type: the most specific range that has it
// counts, RFC 9110 §12.5.1. What cannot be read is left out; without Accept, all are allowed.
func accepts(r *http.Request, kind string) bool {
	if len(r.Header.Values("Accept")) == 0 {
		return true
	}
	family, _, _ := strings.Cut(kind, "/")
	allowed, found := false, 0
	for element := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		part, params, err := mime.ParseMediaType(element)
		if err != nil {
			continue
		}
		specific := 1 + slices.Index([]string{"*/*", family + "/*", kind}, part)
		if specific > found {
			q, err := strconv.ParseFloat(params["q"], 64)
			allowed, found = err != nil || q > 0, specific
		}
	}
	return allowed
}
