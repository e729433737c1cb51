package postern

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// TestWireNames compares the JSON forms with those of the contract, so that
// both sides keep one spelling.
func TestWireNames(t *testing.T) {
	t.Parallel()
	tests := []struct{ ours, contract any }{
		{requestHead{}, hostapi.Request{}},
		{param{}, hostapi.Param{}},
		{part{}, hostapi.Part{}},
		{basic{}, hostapi.Basic{}},
		{authorization{}, hostapi.Authorization{}},
		{Response{}, hostapi.Response{}},
	}
	for _, tt := range tests {
		ours, contract := tags(tt.ours), tags(tt.contract)
		if !reflect.DeepEqual(ours, contract) {
			t.Errorf("%T has %v\n%T has %v", tt.ours, ours, tt.contract, contract)
		}
	}
}

func tags(v any) map[string]bool {
	names := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
		if tag := f.Tag.Get("json"); tag != "" && tag != "-" {
			names[tag] = true
		}
	}
	return names
}

func TestLevels(t *testing.T) {
	t.Parallel()
	if LevelDebug != 0 || LevelInfo != 1 || LevelWarn != 2 || LevelError != 3 {
		t.Error("the levels are not the numbers of the ABI")
	}
}

func TestOutsideATask(t *testing.T) {
	t.Parallel()
	var value string
	_, tokenErr := OAuth2Token("crm")
	_, getErr := Begin().Get("https://api.example.com/")
	for name, err := range map[string]error{
		"FindData": FindData("q_x", &value), "SetData": SetData("q_x", 1), "Log": Log(LevelInfo, "x"), "OAuth2Token": tokenErr, "Get": getErr,
	} {
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Code != "config" || e.Message == "" || e.Hint == "" {
			t.Errorf("%s returned %#v", name, err)
		}
	}
}

func TestLastCredentialCounts(t *testing.T) {
	t.Parallel()
	r := Begin().Bearer("t").Basic("u", "p").Authorization("Key", "c").AuthSetting("crm")
	if want := (requestHead{AuthSetting: "crm"}); !reflect.DeepEqual(r.head, want) {
		t.Errorf("got %+v, want %+v", r.head, want)
	}
}

func TestResponseHeader(t *testing.T) {
	t.Parallel()
	r := &Response{Header: map[string][]string{"Content-Type": {"Text/HTML ; charset=utf-8"}}}
	if got := r.ContentType(); got != "text/html" {
		t.Errorf("content type %q", got)
	}
	if got := r.HeaderValues("content-TYPE"); len(got) != 1 {
		t.Errorf("header values %q", got)
	}
	if got := new(Response).ContentType(); got != "" {
		t.Errorf("content type %q of a response without one", got)
	}
}

func TestReadmeShowsTheSample(t *testing.T) {
	t.Parallel()
	sample, err := os.ReadFile("../../scripts/named-connection-go/main.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(sample), "\npackage main")
	if code == "" || !strings.Contains(string(readme), "\npackage main"+code) {
		t.Error("README.md does not show the sample as it is")
	}
}

func ExampleRun() {
	task := func() error {
		fmt.Println("working")
		return nil
	}
	fmt.Println(Run(task)) // what the exported run returns
	// Output:
	// working
	// 0
}
