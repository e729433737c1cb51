package connection_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// A task gets a stand-in for the token of a connection and sends it to an API,
// which receives the real one.
func Example() {
	server, err := connectiontest.Start("127.0.0.1:0", new(connectiontest.Provider))
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close() //nolint:errcheck // the example ends

	set, err := connection.Parse("oauth.toml", []byte(server.OAuthTOML()), connection.ParseOptions{})
	if err != nil {
		log.Fatal(err)
	}
	manager, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(set.Egress())})
	if err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	grant := &hostapi.Grant{Connections: []string{"playground"}, Limits: hostapi.DefaultLimits()}
	token, err := manager.OAuth2Token(ctx, grant, "playground")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the script holds a stand-in:", strings.HasPrefix(token, hostapi.SealedPrefix))

	response, err := manager.Do(ctx, grant, &hostapi.Request{Method: "GET", URL: server.URL + "/api/items", Bearer: token})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the API answers:", response.Status)
	// Output:
	// the script holds a stand-in: true
	// the API answers: 200
}

func ExampleParse() {
	_, err := connection.Parse("oauth.toml", []byte(`
[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "postern"
client_secrt = "env:CRM_SECRET"
`), connection.ParseOptions{})
	fmt.Println(err)
	// Output: connection "crm" client_secrt: unknown key
}

func ExampleSet_Describe() {
	set, err := connection.Parse("oauth.toml", []byte(`
[connections."customer data"]
grant = "client_credentials"
token_endpoint = "https://{tenant}.example.com/token"
variables = { tenant = "acme" }
client_id = "postern"
client_secret = "env:CRM_SECRET"
scopes = ["read"]
hosts = ["api.example.com"]
`), connection.ParseOptions{LookupEnv: func(string) (string, bool) { return "s3cret", true }})
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range set.Names() {
		d, err := set.Describe(name)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(d.Name, d.Grant, d.Endpoints["token_endpoint"], d.Scopes, d.Hosts)
	}
	// Output: customer data client_credentials https://acme.example.com/token [read] [api.example.com]
}

// A service reads its file again while tasks run: connections that did not change keep
// their tokens.
func ExampleManager_Replace() {
	file := `[connections.crm]
grant = "static"
token = "env:CRM_TOKEN"
hosts = ["api.example.com"]
`
	options := connection.ParseOptions{LookupEnv: func(string) (string, bool) { return "a-token-of-an-example", true }}
	set, err := connection.Parse("oauth.toml", []byte(file), options)
	if err != nil {
		log.Fatal(err)
	}
	manager, err := connection.NewManager(connection.Config{Set: set, Egress: egress.New(set.Egress())})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	grant := &hostapi.Grant{Connections: []string{"crm", "erp"}}
	before, err := manager.OAuth2Token(ctx, grant, "crm")
	if err != nil {
		log.Fatal(err)
	}

	file += strings.ReplaceAll(file, "crm", "erp")
	if set, err = connection.Parse("oauth.toml", []byte(file), options); err != nil {
		log.Fatal(err)
	}
	if err := manager.Replace(set); err != nil {
		log.Fatal(err)
	}
	after, err := manager.OAuth2Token(ctx, grant, "crm")
	fmt.Println("crm has the same stand-in:", after == before, err)
	_, err = manager.OAuth2Token(ctx, grant, "erp")
	fmt.Println("erp is there:", err)
	// Output:
	// crm has the same stand-in: true <nil>
	// erp is there: <nil>
}
