package jsvm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// What depends on a locale is right in the default one.
func TestDefaultLocale(t *testing.T) {
	t.Parallel()
	source := assertions + `
		is((1234567.891).toLocaleString(), '1,234,567.891')
		is((1234567.891).toLocaleString('en-US'), '1,234,567.891')
		is((1234567.891).toLocaleString(['en-us', 'de']), '1,234,567.891')
		is((1234567.891).toLocaleString(undefined, { style: 'decimal', useGrouping: undefined }), '1,234,567.891')
		is((5).toLocaleString(2), '5')
		is((98000).toLocaleString(), '98,000')
		is((999).toLocaleString(), '999')
		is((-1234.5).toLocaleString('en'), '-1,234.5')
		is((0.0005).toLocaleString(), '0.001')
		is((0.0004).toLocaleString(), '0')
		is((999999.9996).toLocaleString(), '1,000,000')
		is((1.0005).toLocaleString(), '1.001')
		is((0.1 + 0.2).toLocaleString(), '0.3')
		is((-0).toLocaleString(), '-0')
		is((1e21).toLocaleString(), '1,000,000,000,000,000,000,000')
		is((NaN).toLocaleString() + (-Infinity).toLocaleString(), 'NaN-∞')
		is(new Number(1e6).toLocaleString(), '1,000,000')
		is(1234567n.toLocaleString('en-US') + (-12n).toLocaleString(), '1,234,567-12')
		is([1234.5, null, 'a', new Date(0), undefined, 1000n].toLocaleString(), '1,234.5,,a,1/1/1970, 12:00:00 AM,,1,000')
		is([1000, [2000]].toLocaleString('en-US'), '1,000,2,000')
		is(new Float64Array([1000, 0.5]).toLocaleString(), '1,000,0.5')
		is(({}).toLocaleString(), '[object Object]')
		is('I'.toLocaleLowerCase() + 'i'.toLocaleUpperCase('de-DE') + 'ß'.toLocaleUpperCase(['ja']), 'iISS')
		is(['b', 'ä', 'a', 'Z', 'z'].sort((x, y) => x.localeCompare(y)).join(''), 'aäbzZ')
		is('a'.localeCompare('b', 'en', { numeric: false, usage: 'sort' }), -1)
		is('a'.localeCompare('a', undefined), 0)
		is(new Date(Date.UTC(2012, 11, 31, 13)).toLocaleString(undefined, { timeZone: 'UTC' }), '12/31/2012, 1:00:00 PM')
		try { Number.prototype.toLocaleString.call('5'); is(0, 1) } catch (e) { is(e instanceof TypeError, true) }
		try { BigInt.prototype.toLocaleString.call(5); is(0, 1) } catch (e) { is(e instanceof TypeError, true) }
		is(Number.prototype.toLocaleString.length + String.prototype.localeCompare.length, 1)
		done()
	`
	if err := runIn(t, time.UTC, source); err != nil {
		t.Error(err)
	}
}

// A locale or an option that would change the result is refused, and not ignored.
func TestOtherLocales(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, part string }{
		{"(1.5).toLocaleString('de-DE')", `toLocaleString: the locale "de-DE" is not supported, only en-US`},
		{"(1.5).toLocaleString(['fr', 'en'])", `"fr"`},
		{"(1.5).toLocaleString('ja-JP', { style: 'currency', currency: 'JPY' })", `"ja-JP"`},
		{"(1.5).toLocaleString('en-US', { style: 'currency', currency: 'USD' })", `the option "style" is not supported`},
		{"(1.5).toLocaleString(undefined, { minimumFractionDigits: 2 })", `the option "minimumFractionDigits"`},
		{"(1.5).toLocaleString(null)", "null"},
		{"(1.5).toLocaleString('en', null)", "null"},
		{"5n.toLocaleString('de')", `"de"`},
		{"[1].toLocaleString('de')", `"de"`},
		{"new Int8Array(1).toLocaleString('de')", `"de"`},
		{"new Date(0).toLocaleString('sv-SE', { timeZone: 'Asia/Tokyo' })", `toLocaleString: the locale "sv-SE"`},
		{"new Date(0).toLocaleDateString('de-DE')", `toLocaleDateString: the locale "de-DE"`},
		{"new Date(0).toLocaleTimeString([], { hour: '2-digit' })", `toLocaleTimeString: the option "hour"`},
		{"new Date(0).toLocaleString('en-US', { timeZone: 'Asia/Tokyo' })", `the option "timeZone"`},
		{"'a'.localeCompare('b', 'sv')", `localeCompare: the locale "sv"`},
		{"'a'.localeCompare('A', undefined, { sensitivity: 'base' })", `the option "sensitivity"`},
		{"'2'.localeCompare('10', undefined, { numeric: true })", `the option "numeric"`},
		{"'i'.toLocaleUpperCase('tr')", `toLocaleUpperCase: the locale "tr"`},
		{"'I'.toLocaleLowerCase('az-Latn')", `"az-Latn"`},
	}
	for _, tt := range tests {
		e, ok := errors.AsType[*hostapi.Error](runIn(t, time.UTC, tt.source))
		if !ok || !strings.Contains(e.Message, tt.part) || e.Line != 1 {
			t.Errorf("%s: %v, want %s", tt.source, e, tt.part)
		}
	}
}
