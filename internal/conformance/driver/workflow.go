//go:build wasip1

package main

import (
	"cmp"
	"encoding/json"
	"slices"

	postern "github.com/postern-dev/postern/guest/go"
)

// workflow are the operations on what a task has of its process.
var workflow = map[string]func(*call) (any, error){ //nolint:gochecknoglobals // a table, never changed
	"item":        (*call).item,
	"copy":        (*call).copy,
	"files":       (*call).files,
	"addFile":     (*call).addFile,
	"pieces":      (*call).pieces,
	"copyFiles":   (*call).copyFiles,
	"postFile":    (*call).postFile,
	"rows":        (*call).rows,
	"addRow":      (*call).addRow,
	"user":        (*call).user,
	"findUsers":   (*call).findUsers,
	"subgroups":   (*call).subgroups,
	"setUser":     (*call).setUser,
	"setGroup":    (*call).setGroup,
	"members":     (*call).members,
	"setting":     (*call).setting,
	"process":     (*call).process,
	"started":     (*call).started,
	"authSetting": (*call).authSetting,
	"save":        func(c *call) (any, error) { return nil, postern.SaveTemporaryData(c.Message) },
	"restore":     (*call).restore,
	"start":       func(c *call) (any, error) { return nil, postern.StartProcess(c.Value == true) },
	"post":        (*call).post,
	"email":       (*call).email,
}

func (c *call) declared() (*postern.Item, error) {
	items, err := postern.Items()
	if i := slices.IndexFunc(items, func(item postern.Item) bool { return item.VarName == c.Name }); i >= 0 {
		return &items[i], nil
	}
	return nil, err
}

func (c *call) item() (any, error) {
	item, err := c.declared()
	if err != nil || item == nil {
		return nil, err
	}
	columns, options := []string{}, []string{}
	for _, column := range item.Columns {
		columns = append(columns, column.VarName+" "+column.Name)
	}
	for _, o := range item.Options {
		options = append(options, o.Value+" "+cmp.Or(o.Display, o.Value))
	}
	return map[string]any{"name": item.Name, "number": item.Number, "columns": columns, "options": options}, nil
}

func (c *call) copy() (any, error) {
	var value json.RawMessage
	if err := postern.FindData(c.Name, &value); err != nil {
		return nil, err
	}
	return nil, postern.SetData(c.To, value)
}

// file is a file of text.
type file struct{ Name, ContentType, Text string }

func (f *file) encode() (postern.File, error) {
	content, err := postern.EncodeText(f.ContentType, f.Text)
	return postern.File{Name: f.Name, ContentType: f.ContentType, Content: content}, err
}

func fileOf(v any) (postern.File, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return postern.File{}, err
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return postern.File{}, err
	}
	return f.encode()
}

func encodeAll(files []file) ([]postern.File, error) {
	out := make([]postern.File, len(files))
	for i := range files {
		f, err := files[i].encode()
		if err != nil {
			return nil, err
		}
		out[i] = f
	}
	return out, nil
}

func (c *call) files() (any, error) {
	var files []postern.File
	if err := postern.FindData(c.Name, &files); err != nil {
		return nil, err
	}
	results := []any{}
	for _, f := range files {
		text, err := postern.DecodeText(f.ContentType, f.Content)
		if err != nil {
			return nil, err
		}
		results = append(results, map[string]any{"name": f.Name, "contentType": f.ContentType, "length": len(f.Content), "text": text})
	}
	return results, nil
}

func (c *call) addFile() (any, error) {
	var files []postern.File
	if err := postern.FindData(c.Name, &files); err != nil {
		return nil, err
	}
	f, err := c.File.encode()
	if err != nil {
		return nil, err
	}
	return nil, postern.SetData(c.Name, append(files, f))
}

// rows returns the cells of all columns, those that are empty among them.
func (c *call) rows() (any, error) {
	item, err := c.declared()
	if err != nil {
		return nil, err
	}
	var rows []map[string]string
	if err := postern.FindData(c.Name, &rows); err != nil {
		return nil, err
	}
	results := []any{}
	for _, row := range rows {
		cells := map[string]string{}
		for _, column := range item.Columns {
			cells[column.VarName] = row[column.VarName]
		}
		results = append(results, cells)
	}
	return results, nil
}

func (c *call) addRow() (any, error) {
	var rows []map[string]string
	if err := postern.FindData(c.Name, &rows); err != nil {
		return nil, err
	}
	return nil, postern.SetData(c.Name, append(rows, c.Cells))
}

func person(id int64, name, email string) map[string]any {
	return map[string]any{"id": id, "name": name, "email": email}
}

func (c *call) user() (any, error) {
	var u *postern.User
	if err := postern.FindData(c.Name, &u); err != nil || u == nil {
		return nil, err
	}
	return person(u.ID, u.Name, u.Email), nil
}

func (c *call) findUser() (*postern.User, error) {
	if c.Message != "" {
		return postern.FindUserByEmail(c.Message)
	}
	return postern.FindUser(c.Number)
}

func (c *call) findUsers() (any, error) {
	u, err := c.findUser()
	if err != nil || u == nil {
		return []any{nil}, err
	}
	return []any{person(u.ID, u.Name, u.Email)}, nil
}

func (c *call) subgroups() (any, error) {
	groups, err := postern.FindSubgroups(c.Number)
	names := []string{}
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names, err
}

func (c *call) setUser() (any, error) {
	u, err := postern.FindUserByEmail(c.Message)
	if err != nil {
		return nil, err
	}
	return nil, postern.SetData(c.Name, u)
}

func (c *call) setGroup() (any, error) {
	g, err := postern.FindGroup(c.Number)
	if err != nil {
		return nil, err
	}
	return nil, postern.SetData(c.Name, g)
}

func (c *call) members() (any, error) {
	users, err := postern.FindMembers(c.Number, c.Value == true)
	names := []string{}
	for _, u := range users {
		names = append(names, u.Name)
	}
	return names, err
}

func (c *call) setting() (any, error) {
	s, err := postern.FindSetting(c.Name)
	if err != nil || s == nil {
		return nil, err
	}
	switch c.As {
	case "on":
		return *s.On, nil
	case "item":
		return s.Item, nil
	case "connection":
		return s.Connection, nil
	case "user":
		return person(s.User.ID, s.User.Name, s.User.Email), nil
	case "group":
		return person(s.Group.ID, s.Group.Name, s.Group.Email), nil
	}
	return s.Text, nil
}

func (c *call) process() (any, error) {
	p, err := postern.CurrentProcess()
	if err != nil {
		return nil, err
	}
	return map[string]any{"instanceId": p.InstanceID, "modelInfoId": p.ModelInfoID, "debug": p.Debug, "timeZone": p.TimeZone}, nil
}

func (c *call) started() (any, error) {
	p, err := postern.CurrentProcess()
	if err != nil {
		return nil, err
	}
	return slices.Contains(p.Started, c.Name), nil
}

// authSetting returns what is to be known of the connection that a setting names.
func (c *call) authSetting() (any, error) {
	s, err := postern.FindSetting(c.Name)
	if err != nil {
		return nil, err
	}
	a, err := postern.FindAuthSetting(s.Connection)
	if err != nil {
		return nil, err
	}
	return map[string]any{"name": a.Name, "scope": a.Scope, "clientId": a.ClientID, "privateKeyId": a.PrivateKeyID}, nil
}

func (c *call) restore() (any, error) {
	text, ok, err := postern.RestoreTemporaryData()
	if err != nil || !ok {
		return nil, err
	}
	return text, nil
}

type feedPost struct {
	Channel, Message string
	Markdown         bool
	MessageID        *int64
	Files            []file
}

func (c *call) post() (any, error) {
	files, err := encodeAll(c.Post.Files)
	if err != nil {
		return nil, err
	}
	post := &postern.FeedPost{
		Channel: c.Post.Channel, Message: c.Post.Message, Markdown: c.Post.Markdown, MessageID: c.Post.MessageID, Files: files,
	}
	if c.Number != 0 {
		post.GroupID = &c.Number
	}
	return postern.PostFeed(post)
}

type email struct {
	From          postern.Address
	To            []postern.Address
	ReplyTo       *postern.Address
	Subject, Body string
	Files         []file
}

func (c *call) email() (any, error) {
	files, err := encodeAll(c.Email.Files)
	if err != nil {
		return nil, err
	}
	return nil, postern.SendEmail(&postern.Email{
		From: c.Email.From, To: c.Email.To, ReplyTo: c.Email.ReplyTo, Subject: c.Email.Subject, Body: c.Email.Body, Files: files,
	})
}
