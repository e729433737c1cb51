package egress_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// A task reaches what its grant names, and nothing else.
func ExampleClient_Do() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello, %s", r.UserAgent())
	}))
	defer api.Close()

	client := egress.New(egress.Config{})
	defer client.Close()
	rule, err := hostapi.ParseRule(api.Listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	grant := &hostapi.Grant{Allow: []hostapi.Rule{rule}, Limits: hostapi.DefaultLimits()}

	resp, err := client.Do(context.Background(), grant, &hostapi.Request{Method: "GET", URL: api.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Status, string(resp.Body))

	_, err = client.Do(context.Background(), grant, &hostapi.Request{Method: "GET", URL: "http://169.254.169.254/"})
	fmt.Println(err)
	// Output:
	// 200 hello, postern
	// get 169.254.169.254:80: no rule allows it
}

// A rule without a port does not lead to a private address; naming host and
// port does.
func ExampleConfig() {
	client := egress.New(egress.Config{Allow: []hostapi.Rule{{Host: "127.0.0.1"}}})
	defer client.Close()
	grant := &hostapi.Grant{Limits: hostapi.DefaultLimits()}

	_, err := client.Do(context.Background(), grant, &hostapi.Request{Method: "GET", URL: "http://127.0.0.1/"})
	fmt.Println(hostapi.CodeOf(err), err)
	// Output:
	// denied get 127.0.0.1:80: 127.0.0.1 is a loopback address
}
