package server_test

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/postern-dev/postern/internal/httpapi"
)

// contract is what the OpenAPI document says, for any server.
var contract = sync.OnceValues(func() (*openapi3.T, routers.Router) { //nolint:gochecknoglobals // read once
	text, err := httpapi.Document("test", "")
	if err != nil {
		panic(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		panic(err)
	}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		panic(err)
	}
	return document, router
})

// checkContract holds a response to the OpenAPI document: its status is declared, and its
// body has the members that it says, and no others.
func checkContract(t *testing.T, r *http.Response, body []byte) {
	t.Helper()
	_, router := contract()
	route, parameters, err := router.FindRoute(r.Request)
	if err != nil {
		return // a path that does not exist
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r.Request, PathParams: parameters, Route: route},
		Status:                 r.StatusCode, Header: r.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	if err := openapi3filter.ValidateResponse(t.Context(), input); err != nil {
		t.Errorf("%s %s: %d is not as the OpenAPI document says: %v", r.Request.Method, r.Request.URL.Path, r.StatusCode, err)
	}
}

// The document is valid OpenAPI 3.1, and each operation has an ID, a summary and a tag.
func TestDocument(t *testing.T) {
	t.Parallel()
	document, _ := contract()
	if err := document.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	for path, item := range document.Paths.Map() {
		for method, o := range item.Operations() {
			if o.OperationID == "" || o.Summary == "" || len(o.Tags) != 1 {
				t.Errorf("%s %s: %q %q %q", method, path, o.OperationID, o.Summary, o.Tags)
			}
		}
	}
}
