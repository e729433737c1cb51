package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
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
