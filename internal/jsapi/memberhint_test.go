package jsapi_test

import (
	"errors"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// A member that an object of the API lacks is compared with those that it has.
func TestHintsForMembers(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`const request = httpClient.begin(); request.setHeader("a", "b")`: "did you mean request.header?",
		`httpClient.begin().queryParams("a", "b")`:                        "did you mean queryParam?",
		`httpClient.get("https://api.example.com")`:                       "a request begins with httpClient.begin(), as in httpClient.begin().get(url)",
		`new java.util.ArrayList([1]).length()`:                           "length is a property: remove the parentheses",
		`const now = new java.sql.Timestamp(0); now.getMinute()`:          "did you mean now.getMinutes or setMinutes?",
		`configs.getFile("a")`:                                            "it has get, getObject",
		`new java.math.BigDecimal(1).plus(1)`:                             "postern.d.ts lists the members that it has",
		`engine.getData("a")`:                                             "did you mean engine.setData, findData or findDataByNumber?",
		`if (engine.json) {} ({}).json()`:                                 "use JSON.parse(response.getResponseAsString())",
		`if (engine.findDat) {} ({}).length()`:                            "length is a property: remove the parentheses",
		`({}).findDat()`:                                                  "",
	} {
		_, err := run(t, runtime.Task{}, runtime.Config{}, runtime.Source{Code: []byte(source)})
		e, ok := errors.AsType[*hostapi.Error](err)
		if !ok {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if e.Hint != want {
			t.Errorf("%s: hint %q, want %q", source, e.Hint, want)
		}
	}
}
