package rewrite

import (
	"strings"
	"sync"

	"github.com/dop251/goja"
)

// emoji has the emoji properties, for which Go has no tables. regexp2, which goja uses for
// patterns with a look-ahead, has them under their long names.
//
//nolint:gochecknoglobals // a table, never changed
var emoji = map[string]func() set{
	"Emoji":                 sync.OnceValue(func() set { return emojiSet("Emoji") }),
	"Emoji_Component":       sync.OnceValue(func() set { return emojiSet("Emoji_Component") }),
	"Emoji_Modifier":        sync.OnceValue(func() set { return emojiSet("Emoji_Modifier") }),
	"Emoji_Modifier_Base":   sync.OnceValue(func() set { return emojiSet("Emoji_Modifier_Base") }),
	"Emoji_Presentation":    sync.OnceValue(func() set { return emojiSet("Emoji_Presentation") }),
	"Extended_Pictographic": sync.OnceValue(func() set { return emojiSet("Extended_Pictographic") }),
}

// emojiSet computes the set by removing everything else from a text with all emoji in goja,
// which takes some milliseconds.
func emojiSet(name string) set {
	var candidates strings.Builder
	for _, block := range []span{{0, 0x33FF}, {0xFE00, 0xFE0F}, {0x1F000, 0x1FFFF}, {0xE0000, 0xE0FFF}} {
		for r := block.first; r <= block.last; r++ {
			candidates.WriteRune(r)
		}
	}
	vm := goja.New()
	remove, err := vm.RunString(`text => text.replace(/(?=)\P{` + name + `}+/gu, "")`)
	if err != nil {
		return nil
	}
	call, _ := goja.AssertFunction(remove)
	left, err := call(nil, vm.ToValue(candidates.String()))
	if err != nil {
		return nil
	}
	var all set
	for _, r := range left.String() {
		all = append(all, span{r, r})
	}
	return union(all.table())
}
