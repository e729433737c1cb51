package jsvm

import (
	"context"
	"testing"
	"time"

	"github.com/dop251/goja"
)

// runIn runs source where the process is in zone.
func runIn(t *testing.T, zone *time.Location, source string) error {
	t.Helper()
	p, err := Compile("task.js", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return run(context.Background(), p, new(Watch), 2000, &fakeGlobals{zone: zone}) //nolint:usetesting // it outlives the test function
}

func load(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// assertions are lines of "expression === expected" as a script.
const assertions = `
	const wrong = []
	const is = (got, want) => { if (!Object.is(got, want)) wrong.push(String(got) + ', want ' + String(want)) }
	const done = () => { if (wrong.length > 0) throw wrong.join('; ') }
`

// Date is in the time zone of the process, not in that of the machine.
func TestDateZone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		zone   *time.Location
		source string
	}{
		{"Tokyo", load(t, "Asia/Tokyo"), `
			const d = new Date(Date.UTC(2024, 3, 30, 15, 4, 5, 6))
			is(d.getFullYear() + '-' + d.getMonth() + '-' + d.getDate() + ' ' + d.getDay(), '2024-4-1 3')
			is([d.getHours(), d.getMinutes(), d.getSeconds(), d.getMilliseconds(), d.getTimezoneOffset()].join(), '0,4,5,6,-540')
			is(d.getYear(), 124)
			is(d.toGMTString(), 'Tue, 30 Apr 2024 15:04:05 GMT')
			is(d.toString(), 'Wed May 01 2024 00:04:05 GMT+0900 (JST)')
			is(String(d), d.toString())
			is('' + d, d.toString())
			is(d.toDateString(), 'Wed May 01 2024')
			is(d.toTimeString(), '00:04:05 GMT+0900 (JST)')
			is(d.toLocaleString(), '5/1/2024, 12:04:05 AM')
			is(d.toLocaleDateString(), '5/1/2024')
			is(d.toLocaleTimeString('en-US', {}), '12:04:05 AM')
			is(d.toISOString(), '2024-04-30T15:04:05.006Z')
			is(JSON.stringify(d), '"2024-04-30T15:04:05.006Z"')
			is(new Date(2024, 4, 1).getTime(), Date.UTC(2024, 3, 30, 15))
			is(new Date(99, 0).getFullYear(), 1999)
			is(new Date(2024, 0, 1, 0, 0, 0, 1).toISOString(), '2023-12-31T15:00:00.001Z')
			is(new Date(2024, NaN).getTime(), NaN)
			is(Date.parse('2024-05-01T00:00'), Date.UTC(2024, 3, 30, 15))
			is(Date.parse('2024-05-01T00:00:01.5'), Date.UTC(2024, 3, 30, 15, 0, 1, 500))
			is(Date.parse('2024-05-01'), Date.UTC(2024, 4, 1))
			is(Date.parse('2024-05-01T00:00Z'), Date.UTC(2024, 4, 1))
			is(Date.parse('2024-05-01T00:00+02:00'), Date.UTC(2024, 3, 30, 22))
			is(Date.parse('May 1, 2024'), Date.UTC(2024, 3, 30, 15))
			is(Date.parse('2024/05/01 00:00:00'), Date.UTC(2024, 3, 30, 15))
			is(Date.parse('Wed, 01 May 2024 00:00:00 GMT'), Date.UTC(2024, 4, 1))
			is(Date.parse('Wed May 01 2024 00:00:00 GMT+0200 (CEST)'), Date.UTC(2024, 3, 30, 22))
			is(Date.parse('May 1, 2024 00:00 EST'), Date.UTC(2024, 4, 1, 5))
			is(Date.parse(d.toString()), d.getTime() - 6)
			is(Date.parse('never'), NaN)
			is(new Date('1709210096000').getTime(), NaN)
			is(Date.parse('1709210'), NaN)
			is(new Date('12345').getFullYear(), 12345)
			is(new Date('2024-05-01 00:00').getTime(), Date.UTC(2024, 3, 30, 15))
			is(new Date({ toString: () => '2024-05-01 00:00' }).getTime(), Date.UTC(2024, 3, 30, 15))
			is(new Date(new String('2024-05-01 00:00')).getTime(), Date.UTC(2024, 3, 30, 15))
			is(new Date({ valueOf: () => 7 }).getTime(), 7)
			is(new Date(d).getTime(), d.getTime())
			is(new Date(null).getTime(), 0)
			is(new Date(undefined).getTime(), NaN)
			is(new Date('x').getHours(), NaN)
			is(String(new Date(NaN)), 'Invalid Date')
			is(new Date(NaN).toLocaleDateString(), 'Invalid Date')

			const s = new Date(Date.UTC(2024, 3, 30, 15))
			is(s.setHours(23, 59), Date.UTC(2024, 4, 1, 14, 59))
			is(s.getTime(), Date.UTC(2024, 4, 1, 14, 59))
			is(s.setDate(32), Date.UTC(2024, 5, 1, 14, 59))
			is(s.setMonth(0, 31), Date.UTC(2024, 0, 31, 14, 59))
			is(s.setFullYear(2023, 1, 1), Date.UTC(2023, 1, 1, 14, 59))
			is(s.setMinutes(0), Date.UTC(2023, 1, 1, 14))
			is(s.setSeconds(61, 5), Date.UTC(2023, 1, 1, 14, 1, 1, 5))
			is(s.setHours(NaN), NaN)
			is(s.getTime(), NaN)
			is(s.setHours(1), NaN)
			is(s.setFullYear(2024), Date.UTC(2023, 11, 31, 15))

			is(new Date().constructor, Date)
			is(d instanceof Date, true)
			is({} instanceof Date || 1 instanceof Date || Object.create(null) instanceof Date, false)
			class E extends Date {}
			is(new E() instanceof E && new E() instanceof Date && !(d instanceof E), true)
			is(Object.getPrototypeOf(d), Date.prototype)
			is(Object.prototype.toString.call(d), '[object Date]')
			is(typeof Date + Date.name + Date.length, 'functionDate7')
			is(Date.prototype.getHours.name + Date.prototype.setHours.length, 'getHours4')
			is(Object.keys(Date.prototype).length + Object.keys(Date).length, 0)
			is(typeof Date(), 'string')
			is(/GMT\+0900/.test(Date()), true)
			is(Math.abs(new Date().getTime() - Date.now()) < 1000, true)
			is(new (class D extends Date { hour() { return this.getHours() } })(0).hour(), 9)
			is(Reflect.construct(Date, [0]).getHours(), 9)
			is(eval('new Date(0).getHours()'), 9)
			is(Function('return new Date(0).getHours()')(), 9)
			try { Date.prototype.getHours.call({}); is(0, 1) } catch (e) { is(e instanceof TypeError, true) }
			is(new Date(8.64e15).getTime(), 8.64e15)
			is(new Date(8.64e15 + 1).getTime(), NaN)
			is(d < new Date(Date.UTC(2025, 0)), true)
			is(new Date(5) - new Date(2), 3)
		`},
		{"Berlin over daylight saving time", load(t, "Europe/Berlin"), `
			is(new Date(2024, 0, 1).getTimezoneOffset(), -60)
			is(new Date(2024, 6, 1).getTimezoneOffset(), -120)
			is(new Date(2024, 6, 1, 12).toISOString(), '2024-07-01T10:00:00.000Z')
			is(new Date(2024, 2, 31, 1, 59).toISOString(), '2024-03-31T00:59:00.000Z')
			is(new Date(2024, 2, 31, 2, 30).toISOString(), '2024-03-31T01:30:00.000Z') // left out by clocks
			is(new Date(2024, 2, 31, 3).toISOString(), '2024-03-31T01:00:00.000Z')
			is(new Date(2024, 9, 27, 2, 30).toISOString(), '2024-10-27T00:30:00.000Z') // shown twice
			is(new Date(2024, 9, 27, 3).toISOString(), '2024-10-27T02:00:00.000Z')
			const d = new Date(2024, 2, 30, 12)
			is(d.setDate(31), Date.UTC(2024, 2, 31, 10))
			is(d.toString(), 'Sun Mar 31 2024 12:00:00 GMT+0200 (CEST)')
		`},
		{"half hours", load(t, "America/St_Johns"), `
			is(new Date(2024, 0, 1).getTimezoneOffset(), 210)
			is(new Date(2024, 0, 1).toISOString(), '2024-01-01T03:30:00.000Z')
		`},
		{"days that there are not", time.UTC, `
			for (const text of ['2026-00-01', '2026-01-00', '2026-13-01', '2026-01-32', '2026-001', '2026-00', '1/32/2026', '0/1/2026',
				'2026/00/01', '2026/1/32', '2026-00-01T00:00:00Z', '+002026-00-01T00:00:00Z', '2026-01-00T03:04:05+09:00']) {
				is([text, new Date(text).getTime(), Date.parse(text)].join(), [text, NaN, NaN].join())
			}
			for (const [text, want] of [['2026-01-31', 31], ['2026-02-30', 61], ['1/31/2026', 31], ['2026/1/2', 2], ['2026-12', 335], ['2026-01-02T03:04', 2],
				['2026.01.02', 2], ['1-2-2026', 2], ['2026', 1], ['12/31/26', 365]]) {
				is([text, Math.floor((new Date(text) - Date.UTC(2025, 11, 31)) / 864e5)].join(), [text, want].join())
			}
		`},
		{"UTC", time.UTC, `
			is(new Date(2024, 0, 1).toISOString(), '2024-01-01T00:00:00.000Z')
			is(Object.is(new Date(0).getTimezoneOffset(), 0), true)
			is(new Date(0).toString(), 'Thu Jan 01 1970 00:00:00 GMT+0000 (UTC)')
		`},
		{"an offset", time.FixedZone("GMT+09:00", 9*3600), `
			is(new Date(0).toString(), 'Thu Jan 01 1970 09:00:00 GMT+0900 (GMT+09:00)')
			is(Date.parse(new Date(0).toString()), 0)
		`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := runIn(t, tt.zone, assertions+tt.source+"; done()"); err != nil {
				t.Error(err)
			}
		})
	}
}

// When this fails, goja has a time zone for each VM, and most of date.go can go.
func TestGojaFollowsTheMachine(t *testing.T) {
	t.Parallel()
	v, err := goja.New().RunString("new Date(1e12).toString()")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := v.String(), time.UnixMilli(1e12).Format(dateLayout+" "+timeLayout); got != want {
		t.Errorf("goja says %q, the machine %q", got, want)
	}
}

// A script that replaces what is replaced has its way.
func TestDateReplaced(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"globalThis.Date = class { getHours() { return 99 } }; if (new Date().getHours() !== 99) throw 'x'",
		"Date.prototype.getHours = () => 7; if (new Date().getHours() !== 7) throw 'x'",
		"Date.now = () => 5; if (Date.now() !== 5) throw Date.now()",
		"const Date = 1; if (Date !== 1) throw 'x'",
	} {
		if err := runIn(t, time.UTC, source); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
}
