package taskfile

import (
	"testing"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
)

// What the settings of an add-on name is declared, and nothing else.
func TestInferItems(t *testing.T) {
	t.Parallel()
	choose := func(types string, editable bool) addon.Config {
		return addon.Config{Name: "c", FormType: addon.FormSelect, SelectDataType: types, Editable: editable}
	}
	for _, test := range []struct {
		name   string
		config addon.Config
		text   string
		want   hostapi.ItemType // of q_x; empty: nothing is declared
	}{
		{"single type", choose("DECIMAL", false), "q_x", hostapi.TypeDecimal},
		{"first type", choose("STRING_TEXTFIELD | FILE", false), "q_x", hostapi.TypeTextfield},
		{"family", choose("STRING_MULTILINE", false), "q_x", hostapi.TypeTextarea},
		{"any type", choose("", false), "q_x", hostapi.TypeString},
		{"empty", choose("DECIMAL", false), "", ""},
		{"number of an item", choose("DECIMAL", false), "12", ""},
		{"name with spaces", choose("DECIMAL", false), "the total", ""},
		{"item or text: item", choose("DECIMAL", true), "q_x", hostapi.TypeDecimal},
		{"item or text: said to be an item", choose("DECIMAL", true), "item:q_x", hostapi.TypeDecimal},
		{"item or text: said to be text", choose("DECIMAL", true), "text:q_x", ""},
		{"item or text: text", choose("DECIMAL", true), "hello", ""},
		{"text", addon.Config{Name: "c", FormType: addon.FormTextfield}, "q_x", ""},
	} {
		subject := &Task{Items: []hostapi.Item{}, Definition: &addon.Definition{Configs: []addon.Config{test.config}}}
		subject.InferItems(map[string]string{"c": test.text})
		var got hostapi.ItemType
		if item, ok := subject.Item("q_x"); ok {
			got = item.Type
		}
		if got != test.want || got == "" && len(subject.Items) > 0 {
			t.Errorf("%s: declared %+v, want q_x of type %q", test.name, subject.Items, test.want)
		}
	}
}
