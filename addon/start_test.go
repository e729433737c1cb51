package addon_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

const entries = `[
	{"id": "e1", "at": 1709168400000, "title": "old", "score": 1},
	{"id": "e2", "at": 1709254800000, "title": "started", "score": 2},
	{"id": "e3", "at": 1709341200000, "title": "new", "score": 2.5, "language": "en"},
	{"id": "e4", "at": 1709427600123, "title": null},
	{"id": "e3", "at": 1709341200000, "title": "again"}
]`

func TestList(t *testing.T) {
	t.Parallel()
	d := parseFile(t, "feed.xml")
	connector := &hostapitest.Connector{Handler: hostapitest.Text(200, "application/json", entries), Tokens: map[string]string{"feed": "secret"}}
	a := compile(t, d, runtime.Config{Connector: connector})
	env := addon.Environment{
		Items: []hostapi.Item{
			{VarName: "q_id", Type: hostapi.TypeTextfield},
			{VarName: "q_at", Type: hostapi.TypeDatetime},
			{VarName: "q_title", Type: hostapi.TypeTextfield},
			{VarName: "q_score", Type: hostapi.TypeString},
		},
		Connections: []addon.Connection{{Name: "feed", AuthType: addon.AuthToken}},
		Process:     &hostapi.Process{TimeZone: "GMT+09:00", Started: []string{"e2"}},
	}
	values := map[string]string{"conf_auth": "feed", "conf_idData": "q_id", "conf_timestampData": "q_at", "conf_titleData": "q_title", "conf_scoreData": "q_score"}
	listing, err := a.List(t.Context(), task(t, d, values, env), 10, time.UnixMilli(1709254800000))
	if err != nil {
		t.Fatal(err)
	}
	want := []addon.StartItem{
		{ID: "e3", Data: map[string]any{"q_id": "e3", "q_at": "2024-03-02T10:00:00+09:00", "q_title": "new", "q_score": "2.5"}},
		{ID: "e4", Data: map[string]any{"q_id": "e4", "q_at": "2024-03-03T10:00:00.123+09:00"}},
	}
	if len(listing.Items) != len(want) {
		t.Fatalf("items %+v", listing.Items)
	}
	for i, item := range listing.Items {
		if item.ID != want[i].ID || !reflect.DeepEqual(item.Data, want[i].Data) {
			t.Errorf("item %+v, want %+v", item, want[i])
		}
	}
	if at := listing.Items[1].Timestamp; at.UnixMilli() != 1709427600123 {
		t.Errorf("timestamp %v", at)
	}
	if got := connector.Requests(); len(got) != 1 || !strings.Contains(got[0], "/entries?limit=10 ") {
		t.Errorf("requests %q", got)
	}

	listing, err = a.List(t.Context(), task(t, d, values, env), 3, time.UnixMilli(0))
	wantError(t, err, hostapi.CodeScript, "feed.xml: list returned 5 items, and the limit is 3")
	if listing.Items != nil {
		t.Errorf("after a failure: %+v", listing.Items)
	}
}

// A timer has no lower limit, and an id may be a group.
func TestListOfTimer(t *testing.T) {
	t.Parallel()
	d := parseFile(t, "users.xml")
	env := addon.Environment{
		Items: []hostapi.Item{{VarName: "q_part", Type: hostapi.TypeGroup}},
		Process: &hostapi.Process{
			Groups:  []hostapi.Group{{ID: 1, Name: "all"}, {ID: 2, Name: "a", ParentID: 1}, {ID: 3, Name: "b", ParentID: 1}, {ID: 4, Name: "c", ParentID: 1}},
			Started: []string{"3"},
		},
	}
	task := task(t, d, map[string]string{"conf_group": "all", "conf_idData": "q_part"}, env)
	listing, err := compile(t, d, runtime.Config{}).List(t.Context(), task, 5, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, item := range listing.Items {
		group, _ := item.Data["q_part"].(hostapi.Group)
		got = append(got, item.ID+group.Name)
	}
	if strings.Join(got, " ") != "2a 4c" || !listing.Items[0].Timestamp.IsZero() {
		t.Errorf("items %+v", listing.Items)
	}
}

// start is a start event of a timer whose list returns value.
func start(t *testing.T, value string) *addon.Definition {
	t.Helper()
	return parse(t, definitionOf(`<engine-type>3</engine-type><addon-type>START_EVENT_TIMER</addon-type>
		<configs><config name="conf_xData" form-type="SELECT"/></configs>
		<script><![CDATA[
function list() {
  engine.setDataByVarName('q_other', 'written');
  return `+value+`;
}]]></script>`))
}

// What an item of each type makes of a property.
func TestListFits(t *testing.T) {
	t.Parallel()
	at := "new java.sql.Timestamp(1709254800000)"
	for _, tt := range []struct {
		itemType hostapi.ItemType
		value    string
		want     any
	}{
		{hostapi.TypeTextfield, "1.5", "1.5"},
		{hostapi.TypeTextfield, "true", "true"},
		{hostapi.TypeTextfield, "java.math.BigDecimal.valueOf(1e10)", "10000000000"},
		{hostapi.TypeTextarea, "'a\\nb'", "a\nb"},
		{hostapi.TypeString, at, "2024-03-01T01:00:00Z"},
		{hostapi.TypeDecimal, "'1.50'", hostapi.Decimal("1.50")},
		{hostapi.TypeDecimal, "2", 2.0},
		{hostapi.TypeDate, at, "2024-03-01"},
		{hostapi.TypeDateYMD, "'2024-02-29'", "2024-02-29"},
		{hostapi.TypeDatetime, at, "2024-03-01T01:00:00Z"},
		{hostapi.TypeSelectSingle, "'one'", []any{"one"}},
		{hostapi.TypeSelectCheckbox, "['one', 'two']", []any{"one", "two"}},
		{hostapi.TypeList, "[{c: 1}]", []any{map[string]any{"c": "1"}}},
		{hostapi.TypeJSON, "{a: [1]}", map[string]any{"a": []any{1.0}}},
	} {
		d := start(t, "[{id: 'i', x: "+tt.value+"}]")
		env := addon.Environment{Items: []hostapi.Item{{VarName: "q_x", Type: tt.itemType}, {VarName: "q_other", Type: hostapi.TypeString}}}
		if tt.itemType == hostapi.TypeList {
			env.Items[0].Columns = []hostapi.Column{{VarName: "c", Type: hostapi.TypeString}}
		}
		listing, err := compile(t, d, runtime.Config{}).List(t.Context(), task(t, d, map[string]string{"conf_xData": "q_x"}, env), 1, time.Time{})
		if err != nil {
			t.Errorf("%s of %s: %v", tt.itemType, tt.value, err)
			continue
		}
		if got := listing.Items[0].Data["q_x"]; !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s of %s: %#v, want %#v", tt.itemType, tt.value, got, tt.want)
		}
	}

	d := start(t, "[{id: 'i', x: new com.questetra.bpms.core.event.scripttask.NewQfile('a.txt', 'text/plain', 'x')}]")
	env := addon.Environment{Items: []hostapi.Item{{VarName: "q_x", Type: hostapi.TypeFile}, {VarName: "q_other", Type: hostapi.TypeString}}}
	listing, err := compile(t, d, runtime.Config{}).List(t.Context(), task(t, d, map[string]string{"conf_xData": "q_x"}, env), 1, time.Time{})
	if err != nil || fmt.Sprintf("%T", listing.Items[0].Data["q_x"]) != "[]interface {}" {
		t.Errorf("a file: %+v, error %v", listing.Items, err)
	}
}

func TestListErrors(t *testing.T) {
	t.Parallel()
	env := addon.Environment{Items: []hostapi.Item{{VarName: "q_x", Type: hostapi.TypeDecimal}, {VarName: "q_other", Type: hostapi.TypeString}}}
	for value, want := range map[string]string{
		"undefined":             "list must return an array",
		"'x'":                   "list must return an array",
		"['x']":                 "item 1 of the list is not an object",
		"[{}]":                  "item 1 of the list has no id",
		"[{id: 'a'}, {id: ''}]": "item 2 of the list has no id",
		"[{id: ['a']}]":         "item 1 of the list has no id",
		"[{id: 'a', x: 'no'}]":  `item 1 of the list: x does not fit the data item "q_x": DECIMAL needs a number, got text`,
	} {
		d := start(t, value)
		task := task(t, d, map[string]string{"conf_xData": "q_x"}, env)
		listing, err := compile(t, d, runtime.Config{}).List(t.Context(), task, 10, time.Time{})
		if hostapi.CodeOf(err) != hostapi.CodeScript || err.Error() != want {
			t.Errorf("%s: error %v, want %s", value, err, want)
		}
		if listing.Items != nil || listing.Data["q_other"] != nil {
			t.Errorf("%s: after a failure %+v", value, listing)
		}
	}

	d := start(t, "[]")
	a := compile(t, d, runtime.Config{})
	if listing, err := a.List(t.Context(), runtime.Task{}, 0, time.Time{}); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument || listing.Result == nil {
		t.Errorf("a limit of 0: %+v, error %v", listing, err)
	}
	_, err := a.Run(t.Context(), runtime.Task{})
	wantError(t, err, hostapi.CodeInvalidArgument, "add-on test.xml: the definition is a START_EVENT_TIMER\nhint: use List")
}

func TestPost(t *testing.T) {
	t.Parallel()
	d := parseFile(t, "hook.xml")
	a := compile(t, d, runtime.Config{})
	env := addon.Environment{Items: []hostapi.Item{{VarName: "q_text", Type: hostapi.TypeString}}}
	task := task(t, d, map[string]string{"conf_key": "k", "conf_text": "q_text"}, env)
	headers := http.Header{"X-Key": {"k"}}

	reply, err := a.Post(t.Context(), task, addon.WebhookRequest{Header: headers, Body: []byte(`{"text": "hi"}`)})
	if err != nil || reply.Status != 200 || reply.ContentType != "" || reply.Body != "" || !reply.StartProcess || reply.Data["q_text"] != "hi" {
		t.Errorf("a form: %+v, error %v", reply, err)
	}
	reply, err = a.Post(t.Context(), task, addon.WebhookRequest{Header: headers, Body: []byte(`{"challenge": "123"}`)})
	if err != nil || reply.Status != 200 || reply.ContentType != "text/plain" || reply.Body != "123" || reply.StartProcess {
		t.Errorf("a challenge: %+v, error %v", reply, err)
	}
	reply, err = a.Post(t.Context(), task, addon.WebhookRequest{Body: []byte(`{"text": "hi"}`)})
	if err != nil || reply.Status != 403 || reply.StartProcess {
		t.Errorf("without a key: %+v, error %v", reply, err)
	}
	reply, err = a.Post(t.Context(), task, addon.WebhookRequest{Header: headers, Body: []byte("?")})
	if hostapi.CodeOf(err) != hostapi.CodeScript || reply.Status != 500 || reply.Result == nil || reply.StartProcess {
		t.Errorf("no JSON: %+v, error %v", reply, err)
	}
}

// A script sees the request with its method, URL, text and bytes.
func TestPostRequest(t *testing.T) {
	t.Parallel()
	d := parse(t, definitionOf(`<addon-type>START_EVENT_WEBHOOK</addon-type><script>function post(r) {
		return {body: [r.method, r.url, r.body, base64.encodeToString(r.bodyBytes), r.bodyBytes.getLength(), r.headers.getFirst("x-event")].join(" ")};
	}</script>`))
	a := compile(t, d, runtime.Config{})
	for want, request := range map[string]addon.WebhookRequest{
		"POST    0 ":                          {},
		"PUT /hook?event=push {} e30= 2 push": {Method: "PUT", URL: "/hook?event=push", Header: http.Header{"X-Event": {"push"}}, Body: []byte("{}")},
		"POST  日 k/o= 2 ":                     {Header: http.Header{"Content-Type": {"text/plain; charset=Shift_JIS"}}, Body: []byte("\x93\xfa")},
		"POST  \ufffd\x00 /wA= 2 ":            {Body: []byte{0xff, 0}},
	} {
		reply, err := a.Post(t.Context(), runtime.Task{}, request)
		if err != nil || reply.Body != want {
			t.Errorf("%+v: %q, want %q, error %v", request, reply.Body, want, err)
		}
	}
}

func TestPostErrors(t *testing.T) {
	t.Parallel()
	const hint = "\nhint: return {status: 200, 'content-type': '…', body: '…'}"
	for value, want := range map[string]string{
		"7":                           "a value that is not an object",
		"[]":                          "a value that is not an object",
		"({status: '200'})":           "a status that is not a number from 100 to 599",
		"({status: 99})":              "a status that is not a number from 100 to 599",
		"({status: 200.5})":           "a status that is not a number from 100 to 599",
		"({status: 1e300})":           "a status that is not a number from 100 to 599",
		"({'content-type': {}})":      "a content-type that is not text",
		"({body: 1, status: 200})":    "a body that is not text",
		"({body: null, status: 204})": "",
	} {
		d := parse(t, definitionOf("<addon-type>START_EVENT_WEBHOOK</addon-type><script>function post() { engine.setStartProcess(true); return "+value+"; }</script>"))
		reply, err := compile(t, d, runtime.Config{}).Post(t.Context(), runtime.Task{}, addon.WebhookRequest{})
		if want == "" {
			if err != nil || reply.Status != 204 || reply.Body != "" {
				t.Errorf("%s: %+v, error %v", value, reply, err)
			}
			continue
		}
		wantError(t, err, hostapi.CodeScript, "test.xml: post returned "+want+hint)
		if reply.Status != 500 || reply.StartProcess || reply.Body != "" || reply.ContentType != "" {
			t.Errorf("%s: after a failure %+v", value, reply)
		}
	}
}
