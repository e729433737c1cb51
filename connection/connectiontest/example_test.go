package connectiontest_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/postern-dev/postern/connection/connectiontest"
)

// A server that responds as a test needs.
func ExampleProvider() {
	p := &connectiontest.Provider{
		Bend: func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/token" {
				return false
			}
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		},
	}
	server, err := connectiontest.Start("127.0.0.1:0", p)
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close() //nolint:errcheck // the example ends

	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, server.URL+"/token", http.NoBody)
	if err != nil {
		log.Fatal(err)
	}
	response, err := new(http.Client).Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // the example ends
	fmt.Println(response.StatusCode, p.Count("/token"))
	// Output: 503 1
}
