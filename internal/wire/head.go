package wire

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// The major types of CBOR, RFC 8949 §3.1, and the simple values that are used, §3.3.
const (
	majorUint = iota
	majorNegative
	majorBytes
	majorText
	majorArray
	majorMap
	majorTag
	majorSimple

	simpleFalse = majorSimple<<5 | 20
	simpleTrue  = majorSimple<<5 | 21
	simpleNull  = majorSimple<<5 | 22
	float64Head = majorSimple<<5 | 27
)

// appendHead appends the head of an item in its shortest form, §4.2.1.
func appendHead(b []byte, major byte, argument uint64) []byte {
	const one, two, four, eight = 24, 25, 26, 27
	major <<= 5
	switch {
	case argument < one:
		return append(b, major|byte(argument))
	case argument <= math.MaxUint8:
		return append(b, major|one, byte(argument))
	case argument <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|two), uint16(argument))
	case argument <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|four), uint32(argument))
	}
	return binary.BigEndian.AppendUint64(append(b, major|eight), argument)
}

func appendInt(b []byte, n int64) []byte {
	if n < 0 {
		return appendHead(b, majorNegative, uint64(^n)) //nolint:gosec // not negative
	}
	return appendHead(b, majorUint, uint64(n))
}

// appendText appends s as text, or as bytes if it is not UTF-8, which CBOR requires of text.
func appendText(b []byte, s string) []byte {
	major := byte(majorText)
	if !utf8.ValidString(s) {
		major = majorBytes
	}
	return append(appendHead(b, major, uint64(len(s))), s...)
}

// head reads the head of the next item. Only the shortest form is accepted, and no
// indefinite length.
func (d *decoder) head() (major byte, argument uint64, err error) {
	if d.items--; d.items < 0 {
		return 0, 0, d.tooMany()
	}
	if d.at >= len(d.data) {
		return 0, 0, malformed("the message ends too early")
	}
	first := d.data[d.at]
	d.at++
	major, info := first>>5, first&31
	if info < 24 {
		return major, uint64(info), nil
	}
	if info > 27 {
		return 0, 0, malformed("an indefinite length, or a head that is reserved")
	}
	size := 1 << (info - 24)
	if len(d.data)-d.at < size {
		return 0, 0, malformed("the message ends too early")
	}
	for _, b := range d.data[d.at : d.at+size] {
		argument = argument<<8 | uint64(b)
	}
	d.at += size
	if major == majorSimple {
		if first != float64Head {
			return 0, 0, malformed("a simple value or a float that is not used")
		}
	} else if shortest := uint64(24); size == 1 && argument < shortest || size > 1 && argument>>(4*size) == 0 {
		return 0, 0, malformed("a head that is not the shortest")
	}
	return major, argument, nil
}

func (d *decoder) tooMany() error { return malformed("the message has more than %d values", d.most) }

// bytes returns the content of a string with n bytes.
func (d *decoder) bytes(n uint64) ([]byte, error) {
	if n > uint64(len(d.data)-d.at) { //nolint:gosec // not negative
		return nil, malformed("the message ends too early")
	}
	b := d.data[d.at : d.at+int(n)] //nolint:gosec // at most len
	d.at += int(n)                  //nolint:gosec // as above
	return b, nil
}

// null reports whether the next item is null, and consumes it then.
func (d *decoder) null() bool {
	if d.at < len(d.data) && d.data[d.at] == simpleNull {
		d.at++
		d.items--
		return true
	}
	return false
}

// text reads a string that appendText wrote.
func (d *decoder) text(major byte, n uint64) (string, error) {
	b, err := d.bytes(n)
	if err != nil {
		return "", err
	}
	if major != majorText && major != majorBytes || utf8.Valid(b) != (major == majorText) {
		return "", malformed("text is expected")
	}
	if d.small != "" {
		return d.small[d.at-len(b) : d.at], nil
	}
	return string(b), nil
}
