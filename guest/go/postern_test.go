package postern

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

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
		{awsSignV4{}, hostapi.AWSSignV4{}},
		{Response{}, hostapi.Response{}},
		{Item{}, hostapi.Item{}},
		{Option{}, hostapi.Option{}},
		{Column{}, hostapi.Column{}},
		{Bounds{}, hostapi.Bounds{}},
		{File{}, hostapi.File{}},
		{User{}, hostapi.User{}},
		{Group{}, hostapi.Group{}},
		{Member{}, hostapi.Member{}},
		{Process{}, hostapi.Process{}},
		{Setting{}, hostapi.Setting{}},
		{AuthSetting{}, hostapi.AuthSetting{}},
		{TokenInfo{}, hostapi.TokenInfo{}},
		{FeedPost{}, hostapi.FeedPost{}},
		{Email{}, hostapi.Email{}},
		{Address{}, hostapi.Address{}},
	}
	for _, tt := range tests {
		ours, contract := tags(tt.ours), tags(tt.contract)
		for name := range alternatives(tt.ours) {
			delete(ours, name)
			delete(contract, name)
		}
		if !reflect.DeepEqual(ours, contract) {
			t.Errorf("%T has %v\n%T has %v", tt.ours, ours, tt.contract, contract)
		}
	}
}

// alternatives are the fields that the ABI alone has, instead of content: the conformance
// cases show that they work. Content is left out with them.
func alternatives(v any) map[string]bool {
	switch v.(type) {
	case requestHead:
		return map[string]bool{"bodyFile,omitempty": true}
	case part:
		return map[string]bool{"size,omitempty": true, "file,omitempty": true, "content,omitempty": true, "content": true}
	case File:
		return map[string]bool{"item,omitempty": true, "index,omitempty": true, "size,omitempty": true, "content,omitempty": true, "content": true}
	}
	return nil
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
	_, infoErr := OAuth2TokenInfo("crm")
	_, getErr := Begin().Get("https://api.example.com/")
	_, decodeErr := DecodeText("", nil)
	_, encodeErr := EncodeText("", "")
	_, itemsErr := Items()
	_, settingErr := FindSetting("conf")
	_, processErr := CurrentProcess()
	_, authErr := FindAuthSetting("crm")
	_, _, restoreErr := RestoreTemporaryData()
	_, postErr := PostFeed(new(FeedPost))
	_, filesErr := FindFiles("q_x")
	_, readErr := (&File{Item: "q_x", Size: 1}).ReadAll()
	for name, err := range map[string]error{
		"FindData": FindData("q_x", &value), "SetData": SetData("q_x", 1), "Log": Log(LevelInfo, "x"), "OAuth2Token": tokenErr, "Get": getErr,
		"OAuth2TokenInfo": infoErr,
		"DecodeText":      decodeErr, "EncodeText": encodeErr, "Items": itemsErr, "FindSetting": settingErr, "CurrentProcess": processErr,
		"FindAuthSetting": authErr, "SaveTemporaryData": SaveTemporaryData("x"), "RestoreTemporaryData": restoreErr,
		"FindFiles": filesErr, "ReadAll": readErr, "SetFiles": SetFiles("q_x", nil),
		"StartProcess": StartProcess(true), "PostFeed": postErr, "SendEmail": SendEmail(new(Email)),
	} {
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Code != "config" || e.Message == "" || e.Hint == "" {
			t.Errorf("%s returned %#v", name, err)
		}
	}
}

func TestFileInMemory(t *testing.T) {
	t.Parallel()
	f := &File{Name: "a", Content: []byte("content")}
	if err := iotest.TestReader(f.Reader(), f.Content); err != nil {
		t.Error(err)
	}
	if got, err := f.ReadAll(); err != nil || string(got) != "content" || f.Length() != 7 {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := f.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("read before the start")
	}
}

func TestLastCredentialCounts(t *testing.T) {
	t.Parallel()
	r := Begin().Bearer("t").Basic("u", "p").Authorization("Key", "c").AWSSignV4("a", "s", "r", "s3").AuthSetting("crm")
	if want := (requestHead{AuthSetting: "crm"}); !reflect.DeepEqual(r.head, want) {
		t.Errorf("got %+v, want %+v", r.head, want)
	}
	r.AWSSignV4("a", "s", "r", "s3")
	if want := (requestHead{AWSSignV4: &awsSignV4{"a", "s", "r", "s3"}}); !reflect.DeepEqual(r.head, want) {
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

// Adds up a table and puts a file with the sum beside it.
func ExampleSetData() {
	task := func() error {
		var rows []map[string]string
		if err := FindData("q_table", &rows); err != nil {
			return err
		}
		sum := 0.0
		for _, row := range rows {
			amount, err := strconv.ParseFloat(row["amount"], 64)
			if err != nil {
				return err
			}
			sum += amount
		}
		content, err := EncodeText("text/csv; charset=Shift_JIS", fmt.Sprintf("合計,%.2f\r\n", sum))
		if err != nil {
			return err
		}
		var files []File
		if err := FindData("q_files", &files); err != nil {
			return err
		}
		files = append(files, File{Name: "sum.csv", ContentType: "text/csv; charset=Shift_JIS", Content: content})
		return SetData("q_files", files)
	}
	fmt.Println(task()) // what a test of the task sees
	// Output:
	// there is no host outside a task
}

// Sends the address in a setting to a user, once.
func ExampleSendEmail() {
	task := func() error {
		_, sent, err := RestoreTemporaryData()
		if err != nil || sent {
			return err
		}
		setting, err := FindSetting("conf_url")
		if err != nil {
			return err
		}
		if setting == nil || setting.Text == "" {
			return errors.New("conf_url is not set")
		}
		var user *User
		if err := FindData("q_user", &user); err != nil {
			return err
		}
		if user == nil {
			return errors.New("q_user has no value")
		}
		email := &Email{
			From:    Address{Name: "Orders", Address: "orders@example.com"},
			To:      []Address{{user.Name, user.Email}},
			Subject: "Your order",
			Body:    "See " + setting.Text,
		}
		if err := SendEmail(email); err != nil {
			return err
		}
		return SaveTemporaryData("sent")
	}
	fmt.Println(task()) // what a test of the task sees
	// Output:
	// there is no host outside a task
}
