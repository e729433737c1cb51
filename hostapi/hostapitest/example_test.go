package hostapitest_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
)

// The engine is given such a connector in place of the network; here a request
// is sent by hand.
func ExampleConnector() {
	network := &hostapitest.Connector{
		Handler: hostapitest.Text(200, "application/json", `{"name":"Ada"}`),
		Tokens:  map[string]string{"crm": "made-up"},
	}
	grant := &hostapi.Grant{Connections: []string{"crm"}}
	resp, err := network.Do(context.Background(), grant, &hostapi.Request{
		Method: "GET", URL: "https://api.example.com/v1/me", AuthSetting: "crm",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Status, resp.ContentType(), string(resp.Body))
	fmt.Println(strings.Contains(network.Requests()[0], "Authorization: Bearer made-up"))
	// Output:
	// 200 application/json {"name":"Ada"}
	// true
}
