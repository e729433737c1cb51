package charset

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
)

// The standard maps seven characters of JIS X 0208 to other code points than the tables
// of Windows do, which the WHATWG and therefore x/text follow. The best known is the
// wave dash: U+301C in the standard, the fullwidth tilde U+FF5E in Windows.

// anyForm encodes both code points of the seven, so that no character is lost. It also
// encodes the yen sign and the overline as the backslash and the tilde, whose bytes
// they have in JIS X 0201.
type anyForm struct{ encoding.Encoding }

func (e anyForm) NewEncoder() *encoding.Encoder {
	return &encoding.Encoder{Transformer: transform.Chain(runes.Map(toWindows), e.Encoding.NewEncoder())}
}

// jisX0208 is Shift_JIS, EUC-JP or ISO-2022-JP of the standard: the seven are decoded
// to its code points.
type jisX0208 struct{ anyForm }

func (e jisX0208) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: transform.Chain(e.Encoding.NewDecoder(), runes.Map(toStandard))}
}

func toWindows(r rune) rune {
	switch r {
	case '\u2014': // em dash
		return '\u2015'
	case '\u301c': // wave dash
		return '\uff5e'
	case '\u2016': // double vertical line
		return '\u2225'
	case '\u2212': // minus sign
		return '\uff0d'
	case '\u00a2': // cent sign
		return '\uffe0'
	case '\u00a3': // pound sign
		return '\uffe1'
	case '\u00ac': // not sign
		return '\uffe2'
	case '\u00a5': // yen sign
		return '\\'
	case '\u203e': // overline
		return '~'
	}
	return r
}

func toStandard(r rune) rune {
	switch r {
	case '\u2015':
		return '\u2014'
	case '\uff5e':
		return '\u301c'
	case '\u2225':
		return '\u2016'
	case '\uff0d':
		return '\u2212'
	case '\uffe0':
		return '\u00a2'
	case '\uffe1':
		return '\u00a3'
	case '\uffe2':
		return '\u00ac'
	}
	return r
}
