package cli

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// trustRemote is the error for a connection of a server, with the commands that do it.
func (a *app) trustRemote(ctx context.Context, name string, f *trustFlags) error {
	op := "connection trust " + name
	want, err := f.wanted()
	if err != nil {
		return err
	}
	c, err := a.remote(op, &f.remote)
	if err != nil {
		return err
	}
	found, err := c.Connection(ctx, name)
	switch {
	case err != nil:
		return remoteError(op, err)
	case found.Source == "file":
		return &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Message: "it is in a file of the server, and cannot be changed from here",
			Hint: "on the machine of the server, run: " + command("connection trust", name) + ", with its file as --connections",
		}
	}
	issuer, _ := found.Settings["issuer"].(string)
	u, err := trustedURL(name, cmp.Or(found.Endpoints["token_endpoint"], issuer))
	if err != nil {
		return err
	}
	port := cmp.Or(u.Port(), "443")
	pin, hint := hex.EncodeToString(want), ""
	if want == nil {
		pin = "HEX"
		hint = "on the machine of the server, to see HEX: openssl s_client -connect " + shellWord(u.Hostname()+":"+port) +
			" </dev/null | openssl x509 -noout -subject -fingerprint -sha256; then "
	}
	change, err := pinAt(name, found.Settings, pin)
	if err != nil {
		return err
	}
	return usageError(op, "a certificate is trusted for a connection of a server by changing its settings, with its secrets: it decides who gets them",
		hint+"run: "+change+a.serverWords(&f.remote))
}

// pinAt returns the command that pins a certificate for a connection of a server, with the secrets that it has from variables.
func pinAt(name string, settings map[string]any, pin string) (string, error) {
	tls, _ := settings["tls"].(map[string]any)
	tls = maps.Clone(tls)
	if tls == nil {
		tls = make(map[string]any)
	}
	for _, key := range []string{"server_name", "insecure"} { // have no effect with pin_sha256
		delete(tls, key)
	}
	tls["pin_sha256"] = pin
	changed := map[string]any{"tls": tls}
	for key, value := range settings {
		if key != "tls" && hasSecret(value) {
			changed[key] = value
		}
	}
	words := []string{name}
	for _, key := range slices.Sorted(maps.Keys(changed)) {
		value := fromVariables(strings.ToUpper(key), changed[key])
		if text, ok := value.(string); ok {
			words = append(words, "--set", key+"="+text)
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return "", err
		}
		words = append(words, "--set", key+":="+string(text))
	}
	return command("connection edit", words...), nil
}

const storedSecret = "stored:" // begins a reference to a secret that the server has

func hasSecret(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.HasPrefix(v, storedSecret)
	case []any:
		return slices.ContainsFunc(v, hasSecret)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), hasSecret)
	}
	return false
}

// fromVariables returns a value with variables in place of secrets that the server has, named after their keys.
func fromVariables(variable string, v any) any {
	switch v := v.(type) {
	case string:
		if hasSecret(v) {
			return "env:" + variable
		}
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = fromVariables(variable, e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, e := range v {
			out[key] = fromVariables(variable+"_"+strings.ToUpper(key), e)
		}
		return out
	}
	return v
}
