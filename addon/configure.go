package addon

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/brief"
	"github.com/postern-dev/postern/internal/expression"
)

// Environment is what the settings of a task can refer to. Items, Data and Process
// are those of the [runtime.Task].
type Environment struct {
	Items       []hostapi.Item
	Connections []Connection // those the author may choose

	// Process has the properties of the process that expressions refer to.
	Process *hostapi.Process

	// Directory has the users and groups that can be chosen. Default nil: those that
	// Process lists.
	Directory hostapi.Directory

	// Data are the values that expressions refer to.
	Data map[string]any
}

// Connection is a connection that may be chosen.
type Connection struct {
	Name     string
	AuthType AuthType // default: unknown, not checked
}

// Configure turns the values that an author wrote for the configs into the settings
// of a task. What a value means depends on the form type:
//
//   - TEXTFIELD, TEXTAREA: the text.
//   - TOGGLE: true or false, or on or off. Default false.
//   - SELECT: a data item, by its variable name, number or name. Where it is
//     editable, only a variable name selects a data item, and anything else is
//     text; item:NAME and text:TEXT are unambiguous.
//   - SELECT_ITEM: one of the values; any text where it is editable.
//   - SELECT_LIST_SUB_DATA: a column of the table, by its variable name or name.
//   - OAUTH2: the name of a connection.
//   - QUSER: a user's id or email address.
//   - QGROUP: a group's id or name.
//
// An empty text is treated as unset. A required config must be set, unless it depends
// on a config that is not set or switched off. In text that may have expressions,
// #{…} is replaced by the value of the expression, and \#{ by #{.
//
// The error joins all mistakes, each a *[hostapi.Error] of [hostapi.CodeConfig]
// with the config's name; a Directory that fails is one too, with its own code. It may
// quote names, but never the text of a value.
func (d *Definition) Configure(ctx context.Context, values map[string]string, env Environment) (map[string]hostapi.Setting, error) {
	items, err := hostapi.CheckItems(env.Items)
	if err != nil {
		return nil, err
	}
	if env.Process == nil {
		env.Process = new(hostapi.Process)
	}
	if env.Directory == nil {
		env.Directory = &hostapi.StaticDirectory{Users: env.Process.Users, Groups: env.Process.Groups}
	}
	c := &configurer{
		ctx: ctx, def: d, values: values, env: &env, items: items,
		scope: expression.NewScope(items, env.Data, env.Process), settings: make(map[string]hostapi.Setting, len(d.Configs)),
	}
	for _, columns := range []bool{false, true} { // a column needs the table to be chosen first
		for i := range d.Configs {
			if config := &d.Configs[i]; columns == (config.FormType == FormSelectSubData) {
				c.configure(config)
			}
		}
	}
	c.checkNames()
	if err := errors.Join(c.mistakes...); err != nil {
		return nil, err
	}
	return c.settings, nil
}

type configurer struct {
	ctx    context.Context // of Configure
	def    *Definition
	values map[string]string
	env    *Environment
	items  []hostapi.Item
	scope  *expression.Scope

	settings map[string]hostapi.Setting
	mistakes []error
}

// problem is a mistake in a setting, and a hint how to fix it.
type problem struct{ message, hint string }

func (p *problem) Error() string { return p.message }

// configure adds the setting of one config.
func (c *configurer) configure(config *Config) {
	value := c.values[config.Name]
	if value == "" {
		if config.FormType == FormToggle {
			off := false
			c.settings[config.Name] = hostapi.Setting{On: &off}
			return
		}
		if config.Required && !config.Deprecated && c.applies(config) {
			c.mistake(config.Name, &problem{"a value is required", c.usage(config)})
		}
		return
	}
	setting, err := c.setting(config, value)
	if err != nil {
		c.mistake(config.Name, err)
		return
	}
	c.settings[config.Name] = setting
}

// applies reports whether all configs that config depends on are set and switched on.
func (c *configurer) applies(config *Config) bool {
	for range c.def.Configs { // bounds the loop: there may be a cycle
		if config.DependsOn == "" {
			return true
		}
		config = c.def.config(config.DependsOn)
		if config == nil {
			return true
		}
		value := c.values[config.Name]
		if config.FormType == FormToggle {
			if on, _ := toggle(value); !on {
				return false
			}
		} else if value == "" {
			return false
		}
	}
	return false
}

func (c *configurer) mistake(name string, err error) {
	e := &hostapi.Error{Code: hostapi.CodeConfig, Op: "config", Name: name, Reason: c.nothingToChoose(name)}
	if p, ok := errors.AsType[*problem](err); ok {
		e.Message, e.Hint = p.message, p.hint
	} else if cause, ok := errors.AsType[*hostapi.Error](err); ok {
		e.Code, e.Message, e.Hint = cause.Code, cause.Message, cause.Hint
	} else { // its text may have a secret
		e.Code, e.Message, e.Reason = hostapi.CodeOf(err), "the directory failed", err
	}
	c.mistakes = append(c.mistakes, e)
}

// ErrNoItem is the reason of an error of [Addon.Configure] for a setting that chooses a
// data item, where the task declares none of its type.
var ErrNoItem = errors.New("no data item of that type")

// nothingToChoose returns why there is no value that the named config could have, nil if
// there is one.
func (c *configurer) nothingToChoose(name string) error {
	config := c.def.config(name)
	switch {
	case config == nil:
	case config.FormType == FormSelect && len(c.matching(config)) == 0:
		return ErrNoItem
	case config.FormType == FormOAuth2 && len(c.connectionNames(config)) == 0:
		return hostapi.ErrNoConnections
	}
	return nil
}

// checkNames reports values for unknown configs.
func (c *configurer) checkNames() {
	for _, name := range slices.Sorted(maps.Keys(c.values)) {
		if c.def.config(name) != nil {
			continue
		}
		hint := "the definition has no configs"
		if len(c.def.Configs) > 0 {
			names := make([]string, len(c.def.Configs))
			for i := range c.def.Configs {
				names[i] = c.def.Configs[i].Name
			}
			hint = "use " + brief.List(names)
		}
		c.mistake(brief.Text(name), &problem{"unknown config", hint})
	}
}

// setting returns the setting for a value.
func (c *configurer) setting(config *Config, value string) (hostapi.Setting, error) {
	switch config.FormType {
	case FormToggle:
		on, ok := toggle(value)
		if !ok {
			return hostapi.Setting{}, &problem{"neither true nor false", c.usage(config)}
		}
		return hostapi.Setting{On: &on}, nil
	case FormSelect:
		if config.Editable {
			return c.itemOrText(config, value)
		}
		return c.item(config, value)
	case FormSelectItem:
		return c.choice(config, value)
	case FormSelectSubData:
		return c.column(config, value)
	case FormOAuth2:
		return c.connection(config, value)
	case FormUser:
		return c.user(config, value)
	case FormGroup:
		return c.group(config, value)
	case FormTextfield:
		if strings.ContainsAny(value, "\r\n") {
			return hostapi.Setting{}, &problem{"the text has more than one line", "write it on one line"}
		}
	}
	return c.text(config, value)
}

// text returns a setting of text, with its expressions evaluated.
func (c *configurer) text(config *Config, value string) (hostapi.Setting, error) {
	if !config.EL {
		return hostapi.Setting{Text: value}, nil
	}
	text, err := c.scope.Expand(value)
	return hostapi.Setting{Text: text}, err
}

func (c *configurer) choice(config *Config, value string) (hostapi.Setting, error) {
	values := make([]string, len(config.Items))
	for i := range config.Items {
		values[i] = config.Items[i].Value
		if values[i] == value {
			return hostapi.Setting{Text: value}, nil
		}
	}
	if config.Editable {
		return c.text(config, value)
	}
	return hostapi.Setting{}, &problem{"not one of the values to choose from", c.usage(config)}
}

func toggle(value string) (on, ok bool) {
	switch value {
	case "true", "on":
		return true, true
	case "false", "off", "":
		return false, true
	}
	return false, false
}

// usage returns the hint what to write for a config.
func (c *configurer) usage(config *Config) string {
	switch config.FormType {
	case FormToggle:
		return "use true or false"
	case FormSelect:
		if names := c.matching(config); len(names) > 0 {
			return "use " + brief.List(names)
		}
		return "declare a data item of type " + config.SelectDataType
	case FormSelectItem:
		values := make([]string, len(config.Items))
		for i := range config.Items {
			values[i] = config.Items[i].Value
		}
		if len(values) > 0 {
			return "use " + brief.List(values)
		}
	case FormSelectSubData:
		return "write the variable name of a column"
	case FormOAuth2:
		return c.connectionUsage(config)
	case FormUser:
		return "write the id or email address of a user"
	case FormGroup:
		return "write the id or name of a group"
	}
	return "write text"
}
