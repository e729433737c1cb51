package addon_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
)

// environment has one of everything that a setting can name.
func environment() addon.Environment {
	return addon.Environment{
		Items: []hostapi.Item{
			{VarName: "q_title", Name: "Title", Type: hostapi.TypeTextfield},
			{VarName: "q_amount", Name: "Amount", Number: 7, Type: hostapi.TypeDecimal},
			{VarName: "q_files", Name: "Files", Type: hostapi.TypeFile},
			{VarName: "q_rows", Name: "Rows", Type: hostapi.TypeList, Columns: []hostapi.Column{
				{VarName: "c_name", Name: "Name", Type: hostapi.TypeString}, {VarName: "c_price", Type: hostapi.TypeDecimal},
			}},
			{VarName: "q_empty", Name: "Same", Type: hostapi.TypeList},
			{VarName: "q_other", Name: "Same", Type: hostapi.TypeTextarea},
		},
		Connections: []addon.Connection{{"crm", addon.AuthClientCredentials}, {"mail", addon.AuthBasic}, {"any", ""}},
		Process: &hostapi.Process{
			Users:  []hostapi.User{{ID: 5, Name: "Ada", Email: "ada@example.com"}, {ID: 6, Name: "Ben"}},
			Groups: []hostapi.Group{{ID: 8, Name: "Sales"}, {ID: 9, Name: "Twin"}, {ID: 10, Name: "Twin"}},
		},
	}
}

// show returns a setting as one word.
func show(s hostapi.Setting, ok bool) string {
	switch {
	case !ok:
		return "none"
	case s.On != nil && *s.On:
		return "on"
	case s.On != nil:
		return "off"
	case s.Item != "":
		return "item " + s.Item
	case s.Connection != "":
		return "connection " + s.Connection
	case s.User != nil:
		return "user " + s.User.Name
	case s.Group != nil:
		return "group " + s.Group.Name
	}
	return "text " + s.Text
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	const table = `form-type="SELECT_LIST_SUB_DATA" depends-on="table"`
	const item = `form-type="SELECT_ITEM"><item value="one"/><item value="two"/`
	for _, tt := range []struct{ config, value, want string }{
		{``, "some text", "text some text"},
		{``, "", "none"},
		{`form-type="TEXTFIELD"`, "#{q_title}", "text #{q_title}"},
		{`form-type="TEXTFIELD"`, "a\nb", "the text has more than one line; write it on one line"},
		{`form-type="TEXTAREA"`, "a\nb", "text a\nb"},
		{`form-type="TEXTAREA" el-enabled="true"`, "a\n#{1 + 1}", "text a\n2"},

		{`form-type="TOGGLE"`, "true", "on"},
		{`form-type="TOGGLE"`, "on", "on"},
		{`form-type="TOGGLE"`, "false", "off"},
		{`form-type="TOGGLE"`, "off", "off"},
		{`form-type="TOGGLE"`, "", "off"},
		{`form-type="TOGGLE" required="true"`, "", "off"},
		{`form-type="TOGGLE"`, "yes", "neither true nor false; use true or false"},

		{`form-type="SELECT"`, "q_title", "item q_title"},
		{`form-type="SELECT"`, "1", "item q_title"},
		{`form-type="SELECT"`, "7", "item q_amount"},
		{`form-type="SELECT"`, "Title", "item q_title"},
		{`form-type="SELECT"`, "Same", `several data items have the name "Same"; write the variable name of one`},
		{`form-type="SELECT"`, "", "none"},
		{`form-type="SELECT" select-data-type="DECIMAL|FILE"`, "q_files", "item q_files"},
		{`form-type="SELECT" select-data-type="STRING"`, "q_other", "item q_other"},
		{`form-type="SELECT" select-data-type="DECIMAL|FILE"`, "q_title", `the data item "q_title" is a STRING_TEXTFIELD; a DECIMAL|FILE is needed; use q_amount or q_files`},
		{`form-type="SELECT" select-data-type="DECIMAL|FILE"`, "q_none", `there is no data item "q_none"; use q_amount or q_files`},
		{`form-type="SELECT" select-data-type="QUSER"`, "2", `there is no data item "2"; declare a data item of type QUSER`},
		{`form-type="SELECT" select-data-type="QUSER"`, "q_title", `the data item "q_title" is a STRING_TEXTFIELD; a QUSER is needed; declare a data item of type QUSER`},

		{`form-type="SELECT" editable="true" select-data-type="STRING"`, "q_title", "item q_title"},
		{`form-type="SELECT" editable="true" select-data-type="STRING"`, "Title", "text Title"},
		{`form-type="SELECT" editable="true" select-data-type="STRING"`, "1", "text 1"},
		{`form-type="SELECT" editable="true" select-data-type="STRING"`, "item:1", "item q_title"},
		{`form-type="SELECT" editable="true" select-data-type="STRING"`, "item:Title", "item q_title"},
		{`form-type="SELECT" editable="true" select-data-type="STRING"`, "text:q_title", "text q_title"},
		{`form-type="SELECT" editable="true" select-data-type="STRING"`, "text:text:", "text text:"},
		{`form-type="SELECT" editable="true" select-data-type="STRING" el-enabled="true"`, "#{'q_title'}", "text q_title"},
		{`form-type="SELECT" editable="true" select-data-type="STRING"`, "q_amount", `the data item "q_amount" is a DECIMAL; a STRING is needed; use q_title or q_other; for the text itself write text:q_amount`},

		{item, "two", "text two"},
		{item, "three", "not one of the values to choose from; use one or two"},
		{`editable="true" ` + item, "three", "text three"},
		{`editable="true" el-enabled="true" ` + item, "#{'on'}e", "text one"},

		{table, "c_name", "text c_name"},
		{table, "Name", "text c_name"},
		{table, "c_none", `the table "q_rows" has no column "c_none"; use c_name or c_price`},
		{`form-type="SELECT_LIST_SUB_DATA"`, "c_name", "no table to choose a column from; the definition names none: this config cannot be used"},

		{`form-type="OAUTH2"`, "crm", "connection crm"},
		{`form-type="OAUTH2"`, "any", "connection any"},
		{`form-type="OAUTH2" auth-type="TOKEN"`, "crm", "connection crm"},
		{`form-type="OAUTH2" auth-type="BASIC"`, "mail", "connection mail"},
		{`form-type="OAUTH2" auth-type="BASIC"`, "any", "connection any"},
		{`form-type="OAUTH2" auth-type="BASIC"`, "crm", `the connection "crm" has the type OAUTH2_CLIENT_CREDENTIALS; BASIC is needed; use mail or any`},
		{`form-type="OAUTH2" auth-type="OAUTH2_JWT_BEARER"`, "crm", `the connection "crm" has the type OAUTH2_CLIENT_CREDENTIALS; OAUTH2_JWT_BEARER is needed; use any`},
		{`form-type="OAUTH2"`, "crn", "there is no such connection for the task; use crm or any"},

		{`form-type="QUSER"`, "5", "user Ada"},
		{`form-type="QUSER"`, "Ada@Example.com", "user Ada"},
		{`form-type="QUSER"`, "Ben", `there is no user "Ben"; write the id or email address of a user`},
		{`form-type="QGROUP"`, "8", "group Sales"},
		{`form-type="QGROUP"`, "Sales", "group Sales"},
		{`form-type="QGROUP"`, "Twin", `several groups have the name "Twin"; write the id of one`},
		{`form-type="QGROUP"`, "10", "group Twin"},
		{`form-type="QGROUP"`, "None", `there is no group "None"; write the id or name of a group`},
	} {
		d := parse(t, definitionOf(script+`<configs><config name="table" form-type="SELECT"/><config name="a" `+tt.config+`></config></configs>`))
		settings, err := d.Configure(t.Context(), map[string]string{"a": tt.value, "table": "q_rows"}, environment())
		setting, ok := settings["a"]
		got := show(setting, ok)
		if e, ok := errors.AsType[*hostapi.Error](err); ok {
			got = strings.TrimSuffix(e.Message+"; "+e.Hint, "; ")
			if e.Code != hostapi.CodeConfig || e.Op != "config" || e.Name != "a" {
				t.Errorf("%s: error %+v", tt.config, e)
			}
		}
		if got != tt.want {
			t.Errorf("%s, value %q:\n%s\nwant\n%s", tt.config, tt.value, got, tt.want)
		}
	}
}

func TestConfigureRequired(t *testing.T) {
	t.Parallel()
	d := parse(t, definitionOf(script+`<configs>
		<config name="text" required="true"/>
		<config name="switch" form-type="TOGGLE"/>
		<config name="switched" required="true" depends-on="switch"/>
		<config name="deep" required="true" depends-on="switched"/>
		<config name="old" required="true" deprecated="true"/>
		<config name="circle" required="true" depends-on="circle"/>
		<config name="orphan" depends-on="gone" required="true"/>
	</configs>`))
	for _, tt := range []struct {
		values map[string]string
		want   string
	}{
		{map[string]string{}, "text orphan"},
		{map[string]string{"text": "", "orphan": "x"}, "text"},
		{map[string]string{"text": "x", "orphan": "x"}, ""},
		{map[string]string{"text": "x", "orphan": "x", "old": "x", "circle": "x"}, ""},
		{map[string]string{"text": "x", "orphan": "x", "switch": "true"}, "switched"},
		{map[string]string{"text": "x", "orphan": "x", "switched": "x"}, ""},
		{map[string]string{"text": "x", "orphan": "x", "switch": "on", "switched": "x"}, "deep"},
		{map[string]string{"text": "x", "orphan": "x", "switch": "on", "switched": "x", "deep": "x"}, ""},
	} {
		_, err := d.Configure(t.Context(), tt.values, addon.Environment{})
		if got := strings.Join(namesOf(err), " "); got != tt.want {
			t.Errorf("%v: missing %q, want %q", tt.values, got, tt.want)
		}
	}
}

// namesOf returns the names of the configs that err is about.
func namesOf(err error) []string {
	var names []string
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, err := range joined.Unwrap() {
		if e, ok := errors.AsType[*hostapi.Error](err); ok {
			names = append(names, e.Name)
		}
	}
	return names
}

func TestConfigureReportsAllMistakes(t *testing.T) {
	t.Parallel()
	d := parse(t, definitionOf(script+`<configs>
		<config name="a" required="true"/>
		<config name="b" form-type="TOGGLE"/>
		<config name="c" form-type="SELECT_LIST_SUB_DATA" depends-on="d" required="true"/>
		<config name="d" form-type="SELECT" select-data-type="LIST"/>
	</configs>`))
	_, err := d.Configure(t.Context(), map[string]string{"b": "maybe", "c": "c_name", "d": "q_title", "z": "x", "y": ""}, environment())
	want := lines(
		"config a: a value is required",
		"config b: neither true nor false",
		`config d: the data item "q_title" is a STRING_TEXTFIELD; a LIST is needed`,
		"config c: no table to choose a column from",
		"config y: unknown config",
		"config z: unknown config",
	)
	if err == nil || err.Error() != want {
		t.Errorf("mistakes\n%v\nwant\n%s", err, want)
	}
	if hostapi.CodeOf(err) != hostapi.CodeConfig {
		t.Errorf("code %s", hostapi.CodeOf(err))
	}
}

func TestConfigureNamesTheConfigs(t *testing.T) {
	t.Parallel()
	d := parse(t, definitionOf(script+`<configs><config name="first"/><config name="second"/></configs>`))
	_, err := d.Configure(t.Context(), map[string]string{"frist": "x"}, addon.Environment{})
	wantError(t, err, hostapi.CodeConfig, "config frist: unknown config\nhint: use first or second")
	_, err = parse(t, definitionOf(script)).Configure(t.Context(), map[string]string{"frist": "x"}, addon.Environment{})
	wantError(t, err, hostapi.CodeConfig, "config frist: unknown config\nhint: the definition has no configs")
	_, err = d.Configure(t.Context(), nil, addon.Environment{Items: []hostapi.Item{{VarName: "q", Type: "NONE"}}})
	if hostapi.CodeOf(err) != hostapi.CodeConfig {
		t.Errorf("wrong data items: %v", err)
	}
}

// The value of a config may be a secret that was entered by mistake.
func TestConfigureKeepsSecrets(t *testing.T) {
	t.Parallel()
	const secret = "sk-4711"
	d := parse(t, definitionOf(script+`<configs>
		<config name="a"/><config name="b" form-type="TOGGLE"/><config name="c" form-type="SELECT_ITEM"><item value="x"/></config>
		<config name="d" form-type="OAUTH2"/><config name="e" el-enabled="true"/>
	</configs>`))
	_, err := d.Configure(t.Context(), map[string]string{"a": secret + "\n", "b": secret, "c": secret, "d": secret, "e": secret + "#{"}, environment())
	if len(namesOf(err)) != 5 || strings.Contains(err.Error(), secret) {
		t.Errorf("error %v", err)
	}
}
