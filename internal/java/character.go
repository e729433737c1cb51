package java

import "unicode"

// digitValue returns the value of a decimal digit of any script, as
// Character.digit: BigDecimal and the formats read "１２" as 12.
func digitValue(r rune) (int, bool) {
	if '0' <= r && r <= '9' {
		return int(r - '0'), true
	}
	// Java looks at UTF-16 units, so that it does not take digits beyond U+FFFF for digits.
	// Digits come in runs of ten that start at zero.
	for _, run := range unicode.Nd.R16 {
		if rune(run.Lo) <= r && r <= rune(run.Hi) {
			return int(r-rune(run.Lo)) % 10, true
		}
	}
	return 0, false
}
