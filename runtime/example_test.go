package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/store"
)

func Example() {
	ctx := context.Background()
	engine := runtime.New(runtime.Config{})
	script, err := engine.Compile(ctx, runtime.Source{Name: "greet.js", Code: []byte(`
		engine.setDataByVarName("q_greeting", "Hello, " + engine.findDataByVarName("q_name"));`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := engine.Run(ctx, runtime.Task{Script: script, Data: map[string]any{"q_name": "Ada"}})
	fmt.Println(result.Data["q_greeting"], err)
	// Output: Hello, Ada <nil>
}

// An error tells where the script failed, and what to do about it.
func ExampleEngine_Run_error() {
	ctx := context.Background()
	engine := runtime.New(runtime.Config{})
	script, err := engine.Compile(ctx, runtime.Source{Name: "typo.js", Code: []byte("httpClient.begin()\n  .formParam()\n  .post('https://api.example.com/')")})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = engine.Run(ctx, runtime.Task{Script: script})
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		fmt.Println(e.Code)
		fmt.Println(e.Detail())
	}
	// Output:
	// invalid_argument
	// typo.js:2:13: formParam: needs (name, value)
	// hint: write formParam(name, value)
}

// A connector stands between tasks and everything else. This one answers in the
// same process, which is what a test wants.
func ExampleConfig_connector() {
	ctx := context.Background()
	engine := runtime.New(runtime.Config{Connector: &hostapitest.Connector{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "you sent %q", r.FormValue("greeting"))
		}),
	}})
	script, err := engine.Compile(ctx, runtime.Source{Name: "call.js", Code: []byte(`
		engine.log(httpClient.begin().formParam("greeting", "hi").post("https://api.example.com/").getResponseAsString())`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := engine.Run(ctx, runtime.Task{Script: script})
	fmt.Println(result.Logs[0].Message, err)
	// Output: you sent "hi" <nil>
}

// A service ends: no task begins, those in progress have ten seconds, and what they used
// is closed after them.
func ExampleEngine_Shutdown() {
	ctx := context.Background()
	set, err := connection.Parse("oauth.toml", nil, connection.ParseOptions{})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "postern")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // of an example
	key := make([]byte, 32) // of an example
	tokens, err := store.Open(ctx, store.Config{URL: "sqlite:" + filepath.Join(dir, "postern.db"), Key: key})
	if err != nil {
		log.Fatal(err)
	}
	network := egress.New(set.Egress())
	manager, err := connection.NewManager(connection.Config{Set: set, Egress: network, Store: tokens})
	if err != nil {
		log.Fatal(err)
	}
	engine := runtime.New(runtime.Config{Connector: manager})

	tasks, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	fmt.Println(engine.Shutdown(tasks)) // an error says how many tasks it cancelled
	// Not the rest of that time: a token that is being renewed has to be stored.
	renewals, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	fmt.Println(manager.Close(renewals))
	network.Close()
	fmt.Println(tokens.Close())

	_, err = engine.Run(ctx, runtime.Task{})
	fmt.Println(errors.Is(err, hostapi.ErrClosed))
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// true
}

// Engines of several tenants compile a script once. When its source changes, the old
// one is forgotten.
func ExampleCache() {
	ctx := context.Background()
	shared := &runtime.Cache{MaxBytes: 64 << 20}
	ada, bob := runtime.New(runtime.Config{Cache: shared}), runtime.New(runtime.Config{Cache: shared})
	source := runtime.Source{Name: "greet.js", Code: []byte(`engine.log("hello")`)}
	first, err := ada.Compile(ctx, source)
	if err != nil {
		log.Fatal(err)
	}
	second, err := bob.Compile(ctx, source)
	fmt.Println(first == second, err)

	ada.Forget(first)
	fmt.Println(shared.Bytes())
	_, err = bob.Run(ctx, runtime.Task{Script: second}) // it is still held here
	fmt.Println(err)
	// Output:
	// true <nil>
	// 0
	// <nil>
}
