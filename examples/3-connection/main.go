// Command 3-connection lets a task call an API through a named OAuth
// connection. The authorization server and the API are part of this program, so
// it runs without a network.
package main

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

const source = `
const token = httpClient.getOAuth2Token("playground");
const response = httpClient.begin()
	.bearer(token)
	.formParam("greeting", "hello")
	.post(engine.findDataByVarName("q_base_url") + "/api/echo");
engine.setDataByVarName("q_status", response.getStatusCode());
engine.setDataByVarName("q_token", token);
`

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	server, err := connectiontest.Start("", &connectiontest.Provider{})
	if err != nil {
		return err
	}
	defer server.Close() //nolint:errcheck // the program ends here

	// A program of yours would have connection.Load("oauth.toml", …).
	set, err := connection.Parse("oauth.toml", []byte(server.OAuthTOML()), connection.ParseOptions{})
	if err != nil {
		return err
	}
	gate := egress.New(set.Egress())
	defer gate.Close()
	manager, err := connection.NewManager(connection.Config{Set: set, Egress: gate})
	if err != nil {
		return err
	}
	defer manager.Close(ctx) //nolint:errcheck // the program ends here

	engine := runtime.New(runtime.Config{Connector: manager})
	defer engine.Close() //nolint:errcheck // the program ends here
	script, err := engine.Compile(ctx, runtime.Source{Name: "call.js", Code: []byte(source)})
	if err != nil {
		return err
	}
	task := runtime.Task{
		Script:      script,
		Data:        map[string]any{"q_base_url": server.URL},
		Connections: []string{"playground"},
	}
	result, err := engine.Run(ctx, task)
	if err != nil {
		return err
	}
	token, _ := result.Data["q_token"].(string)
	fmt.Println("the API responded with", result.Data["q_status"])
	fmt.Println("the task held a stand-in:", strings.HasPrefix(token, hostapi.SealedPrefix))

	task.Connections = nil
	_, err = engine.Run(ctx, task)
	fmt.Println("without the grant:", hostapi.CodeOf(err))
	return nil
}
