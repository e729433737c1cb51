package embedding

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

func Example_greet() {
	fmt.Println(greet(context.Background()))
	// Output: Hello, Ada <nil>
}

func Example_readme() {
	connector := &hostapitest.Connector{Tokens: map[string]string{"crm": "t"}, Handler: hostapitest.Text(200, "text/plain", "hello")}
	result, err := readme(context.Background(), connector, []byte(`
		engine.log(httpClient.begin().authSetting("crm").get("https://crm.example.com/").getResponseAsString())`))
	fmt.Println(result.Logs[0].Message, err)
	// Output: hello <nil>
}

func Example_book() {
	ctx := context.Background()
	engine := runtime.New(runtime.Config{})
	defer engine.Close() //nolint:errcheck // the example ends here
	script, err := engine.Compile(ctx, runtime.Source{Name: "book.js", Code: []byte(`
		const { number, total } = engine.findDataByVarName("q_invoice");
		if (number === 0) throw new Error("an invoice without a number");
		engine.setDataByVarName("q_sum", total)`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(book(ctx, engine, script, invoice{Number: 7, Total: "1234567890123456789.05"}))
	_, err = book(ctx, engine, script, invoice{Total: "0"})
	fmt.Println(err)
	// Output:
	// 1234567890123456789.05 <nil>
	// an invoice without a number
}

func Example_call() {
	server, err := connectiontest.Start("", &connectiontest.Provider{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close() //nolint:errcheck // the example ends here
	set, err := connection.Parse("oauth.toml", []byte(server.OAuthTOML()), connection.ParseOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	err = withConnections(ctx, set, func(engine *runtime.Engine) error {
		script, err := engine.Compile(ctx, runtime.Source{Name: "call.js", Code: []byte(`
			const response = httpClient.begin().authSetting("playground").get(engine.findDataByVarName("q_url") + "/api/items");
			engine.setDataByVarName("q_status", response.getStatusCode())`)})
		if err != nil {
			return err
		}
		fmt.Println(call(ctx, engine, script, server.URL))
		return nil
	})
	fmt.Println(err)
	// Output:
	// 200 <nil>
	// <nil>
}

func Example_withDirectory() {
	ctx := context.Background()
	engine := withDirectory(staff{byID: map[int64]hostapi.User{7: {ID: 7, Name: "Ada", Email: "ada@example.com"}}})
	defer engine.Close() //nolint:errcheck // the example ends here
	script, err := engine.Compile(ctx, runtime.Source{Name: "who.js", Code: []byte(`
		console.log(quserDao.findById(7).getName(), quserDao.findById(8));
		quserDao.findByEmail("ada@example.com")`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := engine.Run(ctx, runtime.Task{Script: script})
	fmt.Println(result.Logs[0].Message)
	fmt.Println(hostapi.CodeOf(err))
	// Output:
	// Ada null
	// denied
}

func Example_withLimits() {
	ctx := context.Background()
	engine := withLimits(nil, &runtime.Cache{})
	defer engine.Close() //nolint:errcheck // the example ends here
	script, err := engine.Compile(ctx, runtime.Source{Name: "long.js", Code: []byte(`while (true);`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = engine.Run(ctx, quick(script))
	fmt.Println(err, errors.Is(err, hostapi.ErrTimeLimit))
	fmt.Println(decide(err).action)
	// Output:
	// time limit of 100ms reached true
	// ask the author
}

func TestDecide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want decision
	}{
		{nil, decision{"finish", 0}},
		{&hostapi.Error{Code: hostapi.CodeClosed}, decision{"run it elsewhere", 0}},
		{&hostapi.Error{Code: hostapi.CodeCanceled}, decision{"drop", 0}},
		{&hostapi.Error{Code: hostapi.CodeLimit}, decision{"ask the author", 0}},
		{&hostapi.Error{Code: hostapi.CodeNeedsReauth}, decision{"ask a user to authorize", 0}},
		{&hostapi.Error{Code: hostapi.CodeNetwork}, decision{"retry", time.Second}},
		{&hostapi.Error{Code: hostapi.CodeConnection, Transient: true, RetryAfter: time.Minute}, decision{"retry", time.Minute}},
		{&hostapi.Error{Code: hostapi.CodeInternal, Cause: &hostapi.PanicError{}}, decision{"report a fault", 0}},
		{&hostapi.Error{Code: hostapi.CodeScript}, decision{"show it to the author", 0}},
	} {
		if got := decide(c.err); got != c.want {
			t.Errorf("decide(%v) = %v, want %v", c.err, got, c.want)
		}
	}
}
