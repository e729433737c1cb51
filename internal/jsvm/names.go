package jsvm

import "github.com/dop251/goja"

// IsName reports whether text, which has the form of an identifier, is one: words of the
// language are not.
func IsName(text string) bool {
	_, err := goja.Compile("name", "var "+text+";", true)
	return err == nil
}

// IsGlobal reports whether the language has a global of that name.
func IsGlobal(name string) bool { return goja.New().GlobalObject().Get(name) != nil }
