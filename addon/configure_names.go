package addon

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/brief"
)

// item returns the data item of that variable name, number or name.
func (c *configurer) item(config *Config, name string) (hostapi.Setting, error) {
	item, err := c.findItem(config, name)
	if err != nil {
		return hostapi.Setting{}, err
	}
	if !config.accepts(item) {
		return hostapi.Setting{}, &problem{
			fmt.Sprintf("the data item %q is a %s; a %s is needed", item.VarName, item.Type, config.SelectDataType), c.usage(config),
		}
	}
	return hostapi.Setting{Item: item.VarName}, nil
}

func (c *configurer) findItem(config *Config, name string) (*hostapi.Item, error) {
	name = c.scope.VarName(name)
	if item := c.scope.Item(name); item != nil {
		return item, nil
	}
	var named []*hostapi.Item
	for i := range c.items {
		if c.items[i].Name == name {
			named = append(named, &c.items[i])
		}
	}
	switch len(named) {
	case 0:
		return nil, &problem{fmt.Sprintf("there is no data item %q", brief.Text(name)), c.usage(config)}
	case 1:
		return named[0], nil
	}
	return nil, &problem{fmt.Sprintf("several data items have the name %q", brief.Text(name)), "write the variable name of one"}
}

// itemOrText returns the data item named by value, or value as constant text.
func (c *configurer) itemOrText(config *Config, value string) (hostapi.Setting, error) {
	if name, ok := strings.CutPrefix(value, "item:"); ok {
		return c.item(config, name)
	}
	if text, ok := strings.CutPrefix(value, "text:"); ok {
		return c.text(config, text)
	}
	if c.scope.Item(value) == nil {
		return c.text(config, value)
	}
	setting, err := c.item(config, value)
	if p, ok := errors.AsType[*problem](err); ok {
		p.hint += "; for the text itself write text:" + brief.Text(value)
	}
	return setting, err
}

// accepts reports whether the data item may be chosen for the config.
func (c *Config) accepts(item *hostapi.Item) bool {
	return c.SelectDataType == "" || item.Type.Matches(c.SelectDataType)
}

// matching returns the variable names of the data items that the config accepts.
func (c *configurer) matching(config *Config) []string {
	var names []string
	for i := range c.items {
		if config.accepts(&c.items[i]) {
			names = append(names, c.items[i].VarName)
		}
	}
	return names
}

// column returns the column of that name, of the table that the config depends on.
func (c *configurer) column(config *Config, name string) (hostapi.Setting, error) {
	table := c.scope.Item(c.settings[config.DependsOn].Item)
	if table == nil || table.Type != hostapi.TypeList {
		hint := "the definition names none: this config cannot be used"
		if config.DependsOn != "" {
			hint = "set " + config.DependsOn + " to a data item of type LIST"
		}
		return hostapi.Setting{}, &problem{"no table to choose a column from", hint}
	}
	names := make([]string, len(table.Columns))
	for i, column := range table.Columns {
		if column.VarName == name {
			return hostapi.Setting{Text: name}, nil
		}
		names[i] = column.VarName
	}
	for _, column := range table.Columns {
		if column.Name == name {
			return hostapi.Setting{Text: column.VarName}, nil
		}
	}
	hint := "it has no columns"
	if len(names) > 0 {
		hint = "use " + brief.List(names)
	}
	return hostapi.Setting{}, &problem{fmt.Sprintf("the table %q has no column %q", table.VarName, brief.Text(name)), hint}
}

// connection returns the connection of that name.
func (c *configurer) connection(config *Config, name string) (hostapi.Setting, error) {
	for _, connection := range c.env.Connections {
		if connection.Name != name {
			continue
		}
		if !config.AuthType.takes(connection.AuthType) {
			return hostapi.Setting{}, &problem{
				fmt.Sprintf("the connection %q has the type %s; %s is needed", name, connection.AuthType, config.AuthType), c.usage(config),
			}
		}
		return hostapi.Setting{Connection: name}, nil
	}
	return hostapi.Setting{}, &problem{"there is no such connection for the task", c.usage(config)} // value is not quoted: it may be a token, pasted by mistake
}

// connectionNames returns the names of the connections that can be chosen for config.
func (c *configurer) connectionNames(config *Config) []string {
	var names []string
	for _, connection := range c.env.Connections {
		if config.AuthType.takes(connection.AuthType) {
			names = append(names, connection.Name)
		}
	}
	return names
}

func (c *configurer) connectionUsage(config *Config) string {
	names := c.connectionNames(config)
	if len(names) == 0 {
		return "the task may use no connection of the type " + string(config.AuthType)
	}
	return "use " + brief.List(names)
}

// takes reports whether a connection of type other can be chosen where one of type t
// is needed. All types that provide an access token are interchangeable: a script
// sends a bearer token with each.
func (t AuthType) takes(other AuthType) bool {
	token := func(t AuthType) bool { return t == AuthOAuth2 || t == AuthClientCredentials || t == AuthToken }
	return other == "" || t == other || token(t) && token(other)
}

// user returns the user of that id or email address.
func (c *configurer) user(config *Config, name string) (hostapi.Setting, error) {
	var u hostapi.User
	var ok bool
	var err error
	if id, isID := idOf(name); isID {
		u, ok, err = c.env.Directory.User(c.ctx, id)
	} else {
		u, ok, err = c.env.Directory.UserByEmail(c.ctx, name)
	}
	switch {
	case err != nil:
		return hostapi.Setting{}, err
	case !ok:
		return hostapi.Setting{}, &problem{fmt.Sprintf("there is no user %q", brief.Text(name)), c.usage(config)}
	}
	return hostapi.Setting{User: &u}, nil
}

// group returns the group of that id or name.
func (c *configurer) group(config *Config, name string) (hostapi.Setting, error) {
	if id, ok := idOf(name); ok {
		g, ok, err := c.env.Directory.Group(c.ctx, id)
		if ok || err != nil {
			return hostapi.Setting{Group: &g}, err
		}
	}
	named, err := c.env.Directory.GroupsByName(c.ctx, name)
	switch {
	case err != nil:
		return hostapi.Setting{}, err
	case len(named) == 0:
		return hostapi.Setting{}, &problem{fmt.Sprintf("there is no group %q", brief.Text(name)), c.usage(config)}
	case len(named) > 1:
		return hostapi.Setting{}, &problem{fmt.Sprintf("several groups have the name %q", brief.Text(name)), "write the id of one"}
	}
	return hostapi.Setting{Group: &named[0]}, nil
}

// idOf returns the ID that name is, if it is one.
func idOf(name string) (id int64, ok bool) {
	id, err := strconv.ParseInt(name, 10, 64)
	return id, err == nil && strconv.FormatInt(id, 10) == name
}
