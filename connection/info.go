package connection

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// OAuth2TokenInfo implements [hostapi.Connector].
func (m *Manager) OAuth2TokenInfo(ctx context.Context, grant *hostapi.Grant, name string) (*hostapi.TokenInfo, error) {
	const op = "getOAuth2TokenInfo"
	e, err := m.granted(op, grant, name)
	if err != nil {
		return nil, err
	}
	c, err := e.tokenFor(ctx, op, 0)
	if err != nil {
		return nil, err
	}
	return &hostapi.TokenInfo{
		TokenType: c.TokenType, Scope: strings.Join(c.Scopes, " "), Expiry: c.Expiry.Truncate(time.Second).UTC(), Fields: maps.Clone(c.Fields),
	}, nil
}

// fields are what response.fields lets tasks see of token answers, by path. A
// value is text, a [hostapi.Decimal] or a bool: nothing else is kept.
type fields map[string]any

// UnmarshalJSON reads an object and leaves out what cannot be a field's value.
func (f *fields) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var all map[string]any
	if err := decoder.Decode(&all); err != nil {
		return err
	}
	*f = make(fields, len(all))
	for path, v := range all {
		(*f).set(path, v)
	}
	return nil
}

// set sets a field to a value as JSON has it, if it can be a field's.
func (f fields) set(path string, v any) {
	switch v := v.(type) {
	case string, bool:
		f[path] = v
	case json.Number:
		f[path] = hostapi.Decimal(v)
	}
}

// fields returns the values at the paths.
func (a answer) fields(paths []string) fields {
	found := make(fields, len(paths))
	for _, path := range paths {
		found.set(path, a.at(path))
	}
	return found
}

// nextFields returns the fields after the server issued a token. A refresh need not
// repeat what came with the grant. What holds a secret is no field.
func (h *held) nextFields(c *connection, issued *oauth2.Token, secrets *redact.Set) fields {
	if len(c.response.fields) == 0 {
		return nil
	}
	all := make(fields)
	if h.refreshToken != nil {
		maps.Copy(all, h.fields)
	}
	answered, _ := issued.Extra("fields").(fields)
	maps.Copy(all, answered)
	maps.DeleteFunc(all, func(_ string, v any) bool {
		switch v := v.(type) {
		case string:
			return secrets.Found(v)
		case hostapi.Decimal:
			return secrets.Found(string(v))
		}
		return false
	})
	return all
}

// shown returns the fields that tasks may see now: the operator may have taken
// some back since they were stored.
func (c *connection) shown(f fields) fields {
	f = maps.Clone(f)
	maps.DeleteFunc(f, func(path string, _ any) bool { return !slices.Contains(c.response.fields, path) })
	return f
}

// readFields reads which parts of a token answer tasks may see.
func (t *table) readFields(paths responsePaths) []string {
	const key = "fields"
	list := t.list(key)
	for i, path := range list {
		name := secretAt(path, paths)
		switch {
		case path == "" || strings.ContainsFunc(path, unicode.IsControl) || checkPath(path) != nil:
			t.fail(key, problem{"has an entry that is no path", `write names with dots between, such as "team.id"`})
		case name != "":
			t.fail(key, problem{"lets tasks see " + name + ", which is a secret", "remove it"})
		case path == "token_type" || path == "scope" || path == "expires_at":
			t.fail(key, problem{"has " + path + ", which tasks are told in any case", "remove it"})
		case slices.Contains(list[:i], path):
			t.fail(key, problem{"has an entry twice", "remove one of the two"})
		}
	}
	return list
}

// secretAt returns what a path leads to if that is a secret by its name, however
// servers write it, or by the other paths; "" if it is none.
func secretAt(path string, paths responsePaths) string {
	along := steps(path)
	switch {
	case slices.Equal(along, steps(paths.accessToken)):
		return "access_token"
	case slices.Equal(along, steps(paths.refreshToken)):
		return "refresh_token"
	}
	plain := strings.NewReplacer("_", "", "-", "")
	for _, segment := range along {
		for _, name := range []string{"access_token", "refresh_token", "id_token", "client_secret", "device_code"} {
			if strings.EqualFold(plain.Replace(segment), plain.Replace(name)) {
				return name
			}
		}
	}
	return ""
}
