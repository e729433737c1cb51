package jsapi

import (
	"encoding/json"
	"testing"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// evaluate returns the value of a JavaScript expression over the globals that
// need no host, or what it throws, as a string that begins with "!". The global
// file is the file data.csv of the bytes "a,b".
func evaluate(t *testing.T, expression string) any {
	t.Helper()
	vm := goja.New()
	a := &API{ctx: t.Context(), vm: vm}
	for name, c := range map[string]*class{
		"base64": base64Class, "digest": digestClass, "emailService": emailServiceClass, "hex": hexClass,
		"hmac": hmacClass, "jwt": jwtClass, "markdown": markdownClass, "rsa": rsaClass,
	} {
		if err := vm.Set(name, a.object(c, nil)); err != nil {
			t.Fatal(err)
		}
	}
	file := &hostapi.File{Name: "data.csv", ContentType: "text/csv", Content: []byte("a,b")}
	if err := vm.Set("file", a.object(newClass("file", nil), file)); err != nil {
		t.Fatal(err)
	}
	v, err := vm.RunString("try { (" + expression + ") } catch (e) { '!' + e.message }")
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v.Export()
}

// expectation is an expression and the value it has.
type expectation struct {
	expression string
	want       any
}

func check(t *testing.T, expectations []expectation) {
	t.Helper()
	for _, e := range expectations {
		got, want := asJSON(t, evaluate(t, e.expression)), asJSON(t, e.want)
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", e.expression, got, want)
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
