package rewrite

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// span is a range of code points, both ends included.
type span struct{ first, last rune }

// set is a set of code points: ordered spans that are not adjacent.
type set []span

// union returns the code points of all tables.
func union(tables ...*unicode.RangeTable) set {
	var all set
	for _, t := range tables {
		for _, r := range t.R16 {
			all = all.addRange(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			all = all.addRange(rune(r.Lo), rune(r.Hi), rune(r.Stride)) //nolint:gosec // code points
		}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	joined := all[:0]
	for _, s := range all {
		if n := len(joined) - 1; n >= 0 && s.first <= joined[n].last+1 {
			joined[n].last = max(joined[n].last, s.last)
		} else {
			joined = append(joined, s)
		}
	}
	return joined
}

func (s set) addRange(first, last, stride rune) set {
	if stride == 1 {
		return append(s, span{first, last})
	}
	for ; first <= last; first += stride {
		s = append(s, span{first, first})
	}
	return s
}

// complement returns the code points that are not in s.
func (s set) complement() set {
	rest, next := make(set, 0, len(s)+1), rune(0)
	for _, r := range s {
		if next < r.first {
			rest = append(rest, span{next, r.first - 1})
		}
		next = r.last + 1
	}
	if next <= unicode.MaxRune {
		rest = append(rest, span{next, unicode.MaxRune})
	}
	return rest
}

// without returns the code points of s that are in none of the tables.
func (s set) without(tables ...*unicode.RangeTable) set {
	return union(append(tables, s.complement().table())...).complement()
}

func (s set) table() *unicode.RangeTable {
	t := &unicode.RangeTable{}
	for _, r := range s {
		t.R32 = append(t.R32, unicode.Range32{Lo: uint32(r.first), Hi: uint32(r.last), Stride: 1}) //nolint:gosec // code points
	}
	return t
}

// property returns the code points that \p{expression} matches (ECMA-262, 22.2.2.9). Names
// are case-sensitive.
func property(expression string) (set, bool) {
	name, value, ok := strings.Cut(expression, "=")
	if !ok {
		if t := category(name); t != nil {
			return union(t), true
		}
		return binaryProperty(name)
	}
	var table *unicode.RangeTable
	switch name {
	case "General_Category", "gc":
		table = category(value)
	case "Script", "sc":
		table = scriptTable(value)
	case "Script_Extensions", "scx":
		if table = scriptTable(value); table == unicode.Hiragana || table == unicode.Katakana {
			return union(table, kanaMarks().table()), true
		}
	}
	if table == nil {
		return nil, false
	}
	return union(table), true
}

// kanaMarks are the characters that Hiragana and Katakana share: the prolonged sound mark,
// brackets and the like. Go has no table of Script_Extensions; for all other scripts, the
// property Script is used instead.
func kanaMarks() set {
	return set{
		{0x3001, 0x3003},
		{0x3008, 0x3011},
		{0x3013, 0x301F},
		{0x3030, 0x3035},
		{0x3037, 0x3037},
		{0x303C, 0x303D},
		{0x3099, 0x309C},
		{0x30A0, 0x30A0},
		{0x30FB, 0x30FC},
		{0xFE45, 0xFE46},
		{0xFF61, 0xFF65},
		{0xFF70, 0xFF70},
		{0xFF9E, 0xFF9F},
	}
}

func category(name string) *unicode.RangeTable {
	if short, ok := unicode.CategoryAliases[name]; ok {
		name = short
	}
	return unicode.Categories[name]
}

// binaryProperty returns the code points with a binary property. Properties without a table
// in Go are derived as in Unicode's DerivedCoreProperties.txt.
func binaryProperty(name string) (set, bool) {
	switch name {
	case "Any":
		return set{{0, unicode.MaxRune}}, true
	case "ASCII":
		return set{{0, unicode.MaxASCII}}, true
	case "Assigned":
		return union(unicode.Cn).complement(), true
	case "Alphabetic", "Alpha":
		return union(unicode.L, unicode.Nl, unicode.Other_Lowercase, unicode.Other_Uppercase, unicode.Other_Alphabetic), true
	case "Lowercase", "Lower":
		return union(unicode.Ll, unicode.Other_Lowercase), true
	case "Uppercase", "Upper":
		return union(unicode.Lu, unicode.Other_Uppercase), true
	case "Cased":
		return union(unicode.Ll, unicode.Lu, unicode.Lt, unicode.Other_Lowercase, unicode.Other_Uppercase), true
	case "Math":
		return union(unicode.Sm, unicode.Other_Math), true
	case "ID_Start", "IDS":
		return idStart().without(unicode.Pattern_Syntax, unicode.Pattern_White_Space), true
	case "ID_Continue", "IDC":
		all := union(idStart().table(), unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
		return all.without(unicode.Pattern_Syntax, unicode.Pattern_White_Space), true
	case "Grapheme_Extend", "Gr_Ext":
		return union(unicode.Me, unicode.Mn, unicode.Other_Grapheme_Extend), true
	case "Grapheme_Base", "Gr_Base":
		rest := []*unicode.RangeTable{unicode.C, unicode.Zl, unicode.Zp, unicode.Me, unicode.Mn, unicode.Other_Grapheme_Extend}
		return union(rest...).complement(), true
	case "Default_Ignorable_Code_Point", "DI":
		all := union(unicode.Other_Default_Ignorable_Code_Point, unicode.Cf, unicode.Variation_Selector)
		annotation := set{{0xFFF9, 0xFFFB}, {0x13430, 0x1343F}}.table()
		return all.without(unicode.White_Space, unicode.Prepended_Concatenation_Mark, annotation), true
	}
	if long, ok := shortNames[name]; ok {
		name = long
	}
	if slices.Contains(simpleProperties, name) {
		return union(unicode.Properties[name]), true
	}
	if find, ok := emoji[name]; ok {
		return find(), true
	}
	return nil, false
}

func idStart() set { return union(unicode.L, unicode.Nl, unicode.Other_ID_Start) }

// simpleProperties are the properties with the same table in Go.
//
//nolint:gochecknoglobals // a table, never changed
var simpleProperties = []string{
	"ASCII_Hex_Digit", "Bidi_Control", "Dash", "Deprecated", "Diacritic", "Extender", "Hex_Digit", "IDS_Binary_Operator",
	"IDS_Trinary_Operator", "Ideographic", "Join_Control", "Logical_Order_Exception", "Noncharacter_Code_Point",
	"Pattern_Syntax", "Pattern_White_Space", "Quotation_Mark", "Radical", "Regional_Indicator", "Sentence_Terminal",
	"Soft_Dotted", "Terminal_Punctuation", "Unified_Ideograph", "Variation_Selector", "White_Space",
}

//nolint:gochecknoglobals // a table, never changed
var shortNames = map[string]string{
	"AHex": "ASCII_Hex_Digit", "Bidi_C": "Bidi_Control", "Dep": "Deprecated", "Dia": "Diacritic", "Ext": "Extender",
	"Hex": "Hex_Digit", "IDSB": "IDS_Binary_Operator", "IDST": "IDS_Trinary_Operator", "Ideo": "Ideographic",
	"Join_C": "Join_Control", "LOE": "Logical_Order_Exception", "NChar": "Noncharacter_Code_Point",
	"Pat_Syn": "Pattern_Syntax", "Pat_WS": "Pattern_White_Space", "QMark": "Quotation_Mark", "RI": "Regional_Indicator",
	"STerm": "Sentence_Terminal", "SD": "Soft_Dotted", "Term": "Terminal_Punctuation", "UIdeo": "Unified_Ideograph",
	"VS": "Variation_Selector", "space": "White_Space",
	"EBase": "Emoji_Modifier_Base", "EComp": "Emoji_Component", "EMod": "Emoji_Modifier", "EPres": "Emoji_Presentation",
	"ExtPict": "Extended_Pictographic",
}
