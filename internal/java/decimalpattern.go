package java

import (
	"strings"
	"unicode/utf8"
)

// decimalPattern is a run over the pattern of a DecimalFormat.
type decimalPattern struct {
	pattern string
	rest    string // still to be read
	// The digits so far: "#" before the first "0", "0", and "#" after it.
	left, zeros, right int
	point              int // digits before ".", -1 without one
	group              int // digits since the last ",", -1 without one
	percent            int // as in DecimalFormat
}

func (p *decimalPattern) fail(what string) error {
	return illegalArgumentException(what + ` in pattern "` + p.pattern + `"`)
}

func (p *decimalPattern) malformed() error {
	return illegalArgumentException(`Malformed pattern "` + p.pattern + `"`)
}

// parse reads one half of the pattern, up to ";". Only the prefix and the suffix
// of the negative half count.
func (p *decimalPattern) parse(positive bool) (affixes, error) {
	var prefix, suffix strings.Builder
	affix := &prefix
	for p.rest != "" {
		r, size := utf8.DecodeRuneInString(p.rest)
		switch {
		case strings.ContainsRune("#0,.", r):
			affix = &suffix
			if err := p.digit(r); positive && err != nil {
				return affixes{}, err
			}
		case r == ';' && positive && affix == &suffix:
			p.rest = p.rest[size:]
			return affixes{prefix.String(), suffix.String()}, nil
		case r == ';':
			return affixes{}, p.fail("Unquoted special character ';'")
		case r == '\'':
			text, length, err := quotedText(p.rest)
			if err != nil {
				return affixes{}, p.malformed()
			}
			affix.WriteString(text)
			p.rest = p.rest[length:]
			continue
		case r == 'E' && affix == &suffix:
			return affixes{}, p.fail("Unsupported exponent")
		case r == '¤':
			return affixes{}, p.fail("Unsupported currency sign")
		case (r == '%' || r == '‰') && positive:
			if p.percent != 0 {
				return affixes{}, p.fail("Too many percent/per mille characters")
			}
			p.percent = 2
			if r == '‰' {
				p.percent = 3
			}
			affix.WriteRune(r)
		default:
			affix.WriteRune(r)
		}
		p.rest = p.rest[size:]
	}
	return affixes{prefix.String(), suffix.String()}, nil
}

// digit counts one of the characters "#0,.".
func (p *decimalPattern) digit(r rune) error {
	switch r {
	case ',':
		p.group = 0
		return nil
	case '.':
		if p.point >= 0 {
			return p.fail("Multiple decimal separators")
		}
		p.point = p.left + p.zeros + p.right
		return nil
	case '0':
		if p.right > 0 {
			return p.fail("Unexpected '0'")
		}
		p.zeros++
	case '#':
		if p.zeros > 0 {
			p.right++
		} else {
			p.left++
		}
	}
	if p.group >= 0 && p.point < 0 {
		p.group++
	}
	return nil
}

// setDigits turns the counts into the limits of f.
func (p *decimalPattern) setDigits(f *DecimalFormat) error {
	if p.zeros == 0 && p.left > 0 && p.point >= 0 {
		// "#.##" has one 0 all the same, before the point, and ".##" after it.
		before := max(p.point, 1)
		p.right = p.left - before
		p.left = before - 1
		p.zeros = 1
	}
	isPointAmongHashes := p.point >= 0 && (p.point < p.left || p.point > p.left+p.zeros)
	if p.point < 0 && p.right > 0 || isPointAmongHashes || p.group == 0 {
		return p.malformed()
	}
	total := p.left + p.zeros + p.right
	point := p.point
	if point < 0 {
		point = total
	}
	f.minInteger = point - p.left
	f.maxFraction = total - point
	f.minFraction = max(0, p.left+p.zeros-point)
	f.grouping = max(0, p.group)
	f.alwaysPoint = p.point == 0 || p.point == total
	return nil
}
