package runtime

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// A task gets the items that it declares, whatever was declared before, and what their owner
// does to a list afterwards.
func TestDeclarationsAreNotMixedUp(t *testing.T) {
	t.Parallel()
	var d declarations
	list := func() []hostapi.Item {
		items := make([]hostapi.Item, few+1)
		for i := range items {
			items[i] = hostapi.Item{VarName: fmt.Sprint("q_", i), Type: hostapi.TypeString}
		}
		items[1] = hostapi.Item{VarName: "table", Type: hostapi.TypeList, Columns: []hostapi.Column{{VarName: "c", Type: hostapi.TypeSelect, Options: []hostapi.Option{{Value: "a"}}}}}
		items[2].Type, items[2].Options = hostapi.TypeSelect, []hostapi.Option{{Value: "a"}}
		items[3].Type, items[3].Bounds.Scale = hostapi.TypeDecimal, new(2)
		return items
	}
	of := func(items []hostapi.Item) *declaration {
		t.Helper()
		declared, err := d.of(items)
		if err != nil {
			t.Fatal(err)
		}
		return declared
	}
	first := list()
	before := of(first)
	if of(list()) != before {
		t.Error("equal items were declared anew")
	}
	if item, ok := before.item("q_5"); !ok || item.Number != 6 || item.Name != "q_5" {
		t.Errorf("item %+v, %v", item, ok)
	}
	for name, change := range map[string]func([]hostapi.Item){
		"an option": func(l []hostapi.Item) { l[2].Options[0].Value = "b" },
		"a column":  func(l []hostapi.Item) { l[1].Columns[0].Name = "b" },
		"an option of a column": func(l []hostapi.Item) {
			l[1].Columns[0].Options[0].Value = "b"
		},
		"a bound":    func(l []hostapi.Item) { *l[3].Bounds.Scale = 3 },
		"no options": func(l []hostapi.Item) { l[2].Options = nil },
	} {
		items := list()
		was := of(items)
		change(items)
		now := of(items)
		want, err := hostapi.CheckItems(items)
		if err != nil || !reflect.DeepEqual(now.all(), want) {
			t.Errorf("%s: %+v, want %+v, error %v", name, now.all(), want, err)
		}
		if old, err := hostapi.CheckItems(list()); err != nil || !reflect.DeepEqual(was.all(), old) {
			t.Errorf("%s: changed for a run that had begun", name)
		}
	}
	twice := list()
	twice[7].VarName = "q_8"
	if _, err := d.of(twice); hostapi.CodeOf(err) != hostapi.CodeConfig {
		t.Errorf("error %v", err)
	}
}

// Every field of a declaration is compared.
func TestItemsDifferInEachField(t *testing.T) {
	t.Parallel()
	differs := func(name string, item any) {
		t.Helper()
		v := reflect.ValueOf(item).Elem()
		for i := range v.NumField() {
			field := v.Field(i)
			was := reflect.New(field.Type()).Elem()
			was.Set(field)
			switch field.Kind() {
			case reflect.String:
				field.SetString("x")
			case reflect.Int, reflect.Int64:
				field.SetInt(1)
			case reflect.Bool:
				field.SetBool(true)
			case reflect.Slice:
				field.Set(reflect.MakeSlice(field.Type(), 1, 1))
			case reflect.Pointer:
				field.Set(reflect.New(field.Type().Elem()))
			case reflect.Struct:
				continue // of the same call
			default:
				t.Fatalf("%s.%s is of a new kind", name, v.Type().Field(i).Name)
			}
			var same bool
			switch item := item.(type) {
			case *hostapi.Item:
				same = sameItem(item, new(hostapi.Item))
			case *hostapi.Column:
				same = sameColumn(*item, hostapi.Column{})
			case *hostapi.Bounds:
				same = sameBounds(*item, hostapi.Bounds{})
			}
			if same {
				t.Errorf("%s.%s is not compared", name, v.Type().Field(i).Name)
			}
			field.Set(was)
		}
	}
	differs("Item", new(hostapi.Item))
	differs("Column", new(hostapi.Column))
	differs("Bounds", new(hostapi.Bounds))
}

// The declarations that are kept are bounded.
func TestDeclarationsAreBounded(t *testing.T) {
	t.Parallel()
	var d declarations
	for n := range 100 {
		items := make([]hostapi.Item, 1000)
		for i := range items {
			items[i] = hostapi.Item{VarName: fmt.Sprint(n, "_", i), Type: hostapi.TypeString}
		}
		if _, err := d.of(items); err != nil {
			t.Fatal(err)
		}
	}
	kept := 0
	for _, known := range d.known {
		kept += len(known.items)
	}
	if kept == 0 || kept > mostDeclared || kept != d.items {
		t.Errorf("%d items are kept, %d counted, of at most %d", kept, d.items, mostDeclared)
	}
}
