package addon_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// load reads and compiles a definition, as every example does first.
func load(file string, cfg runtime.Config) (*addon.Addon, error) {
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		return nil, err
	}
	definition, err := addon.Parse(file, data)
	if err != nil {
		return nil, err
	}
	return addon.Compile(context.Background(), runtime.New(cfg), definition)
}

func Example() {
	greet, err := load("greet.xml", runtime.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	items := []hostapi.Item{{VarName: "q_name", Type: hostapi.TypeTextfield}, {VarName: "q_greeting", Type: hostapi.TypeTextfield}}
	data := map[string]any{"q_name": "Ada"}
	settings, err := greet.Definition().Configure(context.Background(), map[string]string{
		"conf_name":  "#{q_name} Lovelace",
		"conf_style": "Dear",
		"conf_out":   "q_greeting",
	}, addon.Environment{Items: items, Data: data})
	if err != nil {
		fmt.Println(err)
		return
	}
	outcome, err := greet.Run(context.Background(), runtime.Task{Settings: settings, Items: items, Data: data})
	fmt.Println(outcome.Data["q_greeting"], err)
	// Output: Dear, Ada Lovelace <nil>
}

func ExampleParse() {
	definition, err := addon.Parse("sample.xml", []byte(`<service-task-definition>
  <label>Sample</label>
  <label locale="de">Beispiel</label>
  <configs><config name="conf_text" form-type="TEXT"/></configs>
  <script><![CDATA[engine.log('hello');]]></script>
</service-task-definition>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(definition.Label.In("de-AT"), definition.Type, definition.Script.Line)
	for _, warning := range definition.Warnings {
		fmt.Println(warning)
	}
	// Output:
	// Beispiel SERVICE_TASK 5
	// sample.xml:4: form-type "TEXT" is unknown; TEXTFIELD is assumed; use TEXTFIELD, TEXTAREA, TOGGLE, SELECT, SELECT_ITEM, SELECT_LIST_SUB_DATA, OAUTH2, QUSER or QGROUP
	// sample.xml:1: the definition has no icon
}

// An error has the position and a hint.
func ExampleParse_error() {
	_, err := addon.Parse("sample.xml", []byte("<service-task-definition>\n  <label>Here & there</label>\n</service-task-definition>"))
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		fmt.Println(e.Detail())
	}
	// Output:
	// sample.xml:2:16: add-on: malformed XML: invalid character entity & (no semicolon)
	// hint: write &amp; for &, or put the text into <![CDATA[ … ]]>
}

// All mistakes are reported at once.
func ExampleDefinition_Configure() {
	greet, err := load("greet.xml", runtime.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = greet.Definition().Configure(context.Background(), map[string]string{"conf_name": "#{q_name}", "conf_style": "Yo"}, addon.Environment{
		Items: []hostapi.Item{{VarName: "q_greeting", Type: hostapi.TypeTextfield}},
	})
	fmt.Println(err)
	// Output:
	// config conf_name: expression at character 3: there is no data item "q_name"
	// config conf_style: not one of the values to choose from
	// config conf_out: a value is required
}

// An unfinished task is resumed later, with its saved data.
func ExampleAddon_Proceed() {
	ctx := context.Background()
	wait, err := load("wait.xml", runtime.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	settings, err := wait.Definition().Configure(ctx, map[string]string{"rounds": "2"}, addon.Environment{})
	if err != nil {
		fmt.Println(err)
		return
	}
	task := runtime.Task{Settings: settings}
	outcome, err := wait.Run(ctx, task)
	for err == nil && !outcome.Finished {
		fmt.Println("saved", *outcome.TemporaryData)
		task.TemporaryData = outcome.TemporaryData
		outcome, err = wait.Proceed(ctx, task)
	}
	fmt.Println(outcome.Finished, err)
	// Output:
	// saved 1
	// saved 2
	// true <nil>
}

func ExampleAddon_List() {
	feed, err := load("feed.xml", runtime.Config{Connector: &hostapitest.Connector{
		Handler: hostapitest.Text(200, "application/json", `[{"id": "e1", "at": 1709254800000, "title": "Leap day"}]`),
		Tokens:  map[string]string{"news": "a token"},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	items := []hostapi.Item{{VarName: "q_title", Type: hostapi.TypeTextfield}}
	settings, err := feed.Definition().Configure(context.Background(), map[string]string{"conf_auth": "news", "conf_titleData": "q_title"}, addon.Environment{
		Items: items, Connections: []addon.Connection{{Name: "news"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	listing, err := feed.List(context.Background(), runtime.Task{Settings: settings, Items: items}, 10, time.UnixMilli(0))
	for _, item := range listing.Items {
		fmt.Println(item.ID, item.Timestamp.UTC(), item.Data)
	}
	fmt.Println(err)
	// Output:
	// e1 2024-03-01 01:00:00 +0000 UTC map[q_title:Leap day]
	// <nil>
}

func ExampleAddon_Missing() {
	ctx := context.Background()
	engine := runtime.New(runtime.Config{})
	defer engine.Shutdown(ctx) //nolint:errcheck // nothing runs

	d, err := addon.Parse("greet.xml", []byte(`<service-task-definition>
<addon-version>2</addon-version>
<script>function mian() { engine.log("hello") }</script>
</service-task-definition>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := addon.Compile(ctx, engine, d)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("missing:", a.Missing())
	// Output: missing: main
}

func ExampleAddon_Post() {
	hook, err := load("hook.xml", runtime.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	items := []hostapi.Item{{VarName: "q_text", Type: hostapi.TypeTextarea}}
	settings, err := hook.Definition().Configure(context.Background(), map[string]string{"conf_key": "k", "conf_text": "q_text"}, addon.Environment{Items: items})
	if err != nil {
		fmt.Println(err)
		return
	}
	task := runtime.Task{Settings: settings, Items: items}
	reply, err := hook.Post(context.Background(), task, addon.WebhookRequest{
		Method: http.MethodPost, URL: "/hook", Header: http.Header{"X-Key": {"k"}}, Body: []byte(`{"text": "hello"}`),
	})
	fmt.Println(reply.Status, reply.StartProcess, reply.Data["q_text"], err)
	// Output: 200 true hello <nil>
}

func ExampleAddon_Suite() {
	ctx := context.Background()
	engine := runtime.New(runtime.Config{})
	data, err := os.ReadFile("testdata/greet.xml")
	if err != nil {
		fmt.Println(err)
		return
	}
	definition, err := addon.Parse("greet.xml", data)
	if err != nil {
		fmt.Println(err)
		return
	}
	greet, err := addon.Compile(ctx, engine, definition)
	if err != nil {
		fmt.Println(err)
		return
	}
	suite, ok, err := greet.Suite(ctx)
	if err != nil || !ok {
		fmt.Println("no tests", err)
		return
	}
	tests, err := engine.FindTests(ctx, suite)
	for i, test := range tests {
		result, err := engine.RunTest(ctx, suite, i)
		fmt.Println(test.Name, err, result.Err)
	}
	fmt.Println(err)
	// Output:
	// greets <nil> <nil>
	// greets in style <nil> <nil>
	// nobody <nil> <nil>
	// <nil>
}
