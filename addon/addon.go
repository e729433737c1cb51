// Package addon reads service task definitions: XML files that hold a script,
// the settings that a workflow's author chooses for it, and its tests.
//
// [Parse] reads a file. [Definition.Configure] turns what the author wrote for
// each setting into the settings of a task. [Compile] makes an [Addon] of the
// definition, which runs on a [runtime.Engine]:
//
//	definition, err := addon.Parse("greet.xml", data)
//	…
//	greet, err := addon.Compile(ctx, engine, definition)
//	…
//	settings, err := definition.Configure(ctx, values, addon.Environment{Items: items})
//	…
//	outcome, err := greet.Run(ctx, runtime.Task{Settings: settings, Items: items, Data: data})
//
// A definition is a service task, which is a step of a workflow, or a start
// event, which begins workflows: see [Addon.Run], [Addon.List] and [Addon.Post].
//
// # Expressions
//
// The text of a setting whose config says so may have expressions in #{…}; \#{
// is #{ itself. An expression consists of
//
//	q_name  #q_name           a data item by its variable name
//	data['q_name']  data[3]   the same, or one by its number
//	processInstanceId  processModelInfoId  processInstanceDebug
//	'text'  "text"  1.5  true  false  null
//	x.name  x[0]  x['name']   a member of a user, group, option, file, table or object
//	!  -  +  <  <=  >  >=  ==  !=  &&  ||  a ? b : c  empty x  (…)
//
// with not, lt, le, gt, ge, eq, ne, and, or as words for operators.
//
// An expression is replaced by its value as text: a number is written without an
// exponent, a date as yyyy-MM-dd, a date and time as yyyy-MM-dd HH:mm at the offset
// it is stored with, an option as its display, a user, group or file as its name, a
// list as its elements separated by commas, and a missing value as empty text.
//
// A member of a list, such as q_options.value, is the list of that member of each
// element. A member of null and an element beyond the end of a list are null.
// Numbers are added and compared as numbers, also if one of the two is text that
// is a number; anything else is compared as text. A condition must be true, false
// or null, which counts as false.
package addon

import "github.com/postern-dev/postern/hostapi"

// Definition is a service task definition. It is immutable once parsed.
type Definition struct {
	File string // the name given to Parse

	Type Type

	// EngineType is the dialect of the script, from 0 to 3. Default 0.
	EngineType int

	// AddonVersion is 2 for a script that only declares functions, which the engine
	// calls, and 0 or 1 for a script that does its work when it is loaded. Default 0.
	AddonVersion int

	Label       Text
	Summary     Text
	HelpPageURL Text

	LastModified string // yyyy-MM-dd
	License      string
	Deprecated   bool // kept only for existing workflows

	Configs []Config // in the order of the file, those of tabs too
	Tabs    []Text   // their labels; empty if the settings are not divided

	Script Code
	Test   Code   // the tests of the script; its Text is empty if there are none
	Icon   []byte // PNG; nil if there is none to show

	// Warnings are mistakes in the file that do not prevent it from running, as
	// "file:line: message", at most 100.
	Warnings []string
}

// Type says what a definition is for.
type Type string

// The types.
const (
	ServiceTask       Type = "SERVICE_TASK"        // a step of a workflow; in a file the type is left out
	StartEvent        Type = "START_EVENT"         // starts a workflow for each item that its script lists
	StartEventTimer   Type = "START_EVENT_TIMER"   // the same, but items of any time are listed
	StartEventWebhook Type = "START_EVENT_WEBHOOK" // starts a workflow for an HTTP request
)

// Config is one setting that a definition asks for.
type Config struct {
	Name  string
	Label Text
	Tab   Text // label of the tab it is on; the zero Text if it is on none
	Line  int  // of the file

	FormType   FormType // default TEXTFIELD
	Required   bool
	Deprecated bool // kept only for existing workflows

	// DependsOn names the config that must be set, or switched on, for this one to
	// apply; of a SELECT_LIST_SUB_DATA the one that chooses the table.
	DependsOn string

	SelectDataType    string       // of a SELECT: types of data items separated by |, see hostapi.ItemType.Matches; empty: any
	Editable          bool         // of a SELECT or SELECT_ITEM: any other text is allowed too
	EL                bool         // #{…} in the text is an expression
	Items             []ConfigItem // of a SELECT_ITEM
	AuthType          AuthType     // of an OAUTH2; default OAUTH2
	OAuth2SettingName string       // of an OAUTH2: label of the kind of connection
}

// ConfigItem is a value that a SELECT_ITEM offers.
type ConfigItem struct {
	Value string
	Label Text // default: Value
}

// FormType says what is chosen for a config.
type FormType string

// The form types.
const (
	FormTextfield     FormType = "TEXTFIELD"            // text of one line
	FormTextarea      FormType = "TEXTAREA"             // text
	FormToggle        FormType = "TOGGLE"               // a switch
	FormSelect        FormType = "SELECT"               // a data item
	FormSelectItem    FormType = "SELECT_ITEM"          // one of some values
	FormSelectSubData FormType = "SELECT_LIST_SUB_DATA" // a column of a table
	FormOAuth2        FormType = "OAUTH2"               // a connection
	FormUser          FormType = "QUSER"                // a user
	FormGroup         FormType = "QGROUP"               // a group
)

// formTypes returns every form type.
func formTypes() []FormType {
	return []FormType{
		FormTextfield, FormTextarea, FormToggle, FormSelect, FormSelectItem, FormSelectSubData, FormOAuth2, FormUser, FormGroup,
	}
}

// AuthType says how a connection authenticates requests.
type AuthType string

// The auth types.
const (
	AuthOAuth2            AuthType = "OAUTH2"                    // authorization code, RFC 6749 §4.1
	AuthClientCredentials AuthType = "OAUTH2_CLIENT_CREDENTIALS" //nolint:gosec // a name, RFC 6749 §4.4
	AuthJWTBearer         AuthType = "OAUTH2_JWT_BEARER"         //nolint:gosec // a name, RFC 7523
	AuthToken             AuthType = "TOKEN"                     // a token issued by hand
	AuthBasic             AuthType = "BASIC"                     // RFC 7617
)

// authTypes returns every auth type.
func authTypes() []AuthType {
	return []AuthType{AuthOAuth2, AuthClientCredentials, AuthJWTBearer, AuthToken, AuthBasic}
}

// config returns the config of that name, or nil.
func (d *Definition) config(name string) *Config {
	for i := range d.Configs {
		if d.Configs[i].Name == name {
			return &d.Configs[i]
		}
	}
	return nil
}

// fail returns an error about the definition as a whole.
func (d *Definition) fail(code hostapi.Code, message, hint string) error {
	return &hostapi.Error{Code: code, Op: "add-on", Name: d.File, Message: message, Hint: hint}
}
