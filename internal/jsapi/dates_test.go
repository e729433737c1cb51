package jsapi_test

import (
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

const dates = `
const {AddableTimestamp, AddableDate} = com.questetra.bpms.util;
const {Timestamp} = java.sql;
const {SimpleDateFormat} = java.text;
const when = Timestamp.valueOf("2020-03-14 23:45:00");
`

func TestDates(t *testing.T) {
	t.Parallel()
	pass(t, dates, []jsTest{
		{"a timestamp", `
			expect(when.toString()).toEqual("2020-03-14 23:45:00.0");
			expect(when + "").toEqual("2020-03-14 23:45:00.0");
			expect(String(when)).toEqual("2020-03-14 23:45:00.0");
			expect(when.getTime()).toEqual(Date.UTC(2020, 2, 14, 14, 45));
			expect(Timestamp.valueOf("2020-01-02 03:04:05.678").toString()).toEqual("2020-01-02 03:04:05.678");
			expect(Timestamp.valueOf("2020-01-02 03:04:05.670").toString()).toEqual("2020-01-02 03:04:05.67");
			expect(Timestamp.valueOf("2020-01-02 03:04:05.678").getTime() % 1000).toEqual(678);
			expect(new Timestamp(0).toString()).toEqual("1970-01-01 09:00:00.0");
			expect(new Timestamp(1.9).getTime()).toEqual(1);
			expect(new Timestamp("5").getTime()).toEqual(5);
			expect(new Timestamp(-1).getTime()).toEqual(-1);
			expect(new Timestamp(new Date(5)).getTime()).toEqual(5);`},
		{"the order of timestamps", `
			const later = new AddableTimestamp(when.getTime() + 1);
			expect(when.before(later)).toEqual(true);
			expect(later.before(when)).toEqual(false);
			expect(when.before(when)).toEqual(false);
			expect(later.after(when)).toEqual(true);
			expect(when.compareTo(later)).toEqual(-1);
			expect(when.compareTo(when)).toEqual(0);
			expect(when.equals(new AddableTimestamp(when.getTime()))).toEqual(true);
			expect(new AddableTimestamp(when.getTime()).equals(when)).toEqual(true);
			expect(when.equals(later)).toEqual(false);
			expect(when.equals(null)).toEqual(false);
			expect(when.equals("2020-03-14 23:45:00.0")).toEqual(false);
			expect(when.before(java.sql.Date.valueOf("2020-03-15"))).toEqual(true);
			expect(when < later).toEqual(true);`},
		{"a date", `
			const day = java.sql.Date.valueOf("2020-03-14");
			expect(day.toString()).toEqual("2020-03-14");
			expect(day.getTime()).toEqual(Date.UTC(2020, 2, 13, 15));
			expect([day.getYear(), day.getMonth(), day.getDate(), day.getDay()]).toEqual([120, 2, 14, 6]);
			expect(day.equals(java.sql.Date.valueOf("2020-03-14"))).toEqual(true);
			expect(new java.sql.Date(day.getTime()).toString()).toEqual("2020-03-14");
			expect(new AddableDate(day.getTime()).toString()).toEqual("2020-03-14");
			expect(when.getHours() + when.getMinutes() / 100 + when.getSeconds()).toEqual(23.45);
			expect(java.sql.Date.valueOf("2020-3-4").toString()).toEqual("2020-03-04");`},
		{"a plain date", `
			expect(new java.util.Date(0).toString()).toEqual("Thu Jan 01 09:00:00 GMT+09:00 1970");
			expect(new SimpleDateFormat("yyyy").parse("2020") + "").toEqual("Wed Jan 01 00:00:00 GMT+09:00 2020");
			expect(when.getNanos()).toEqual(0);`},
		{"made of fields", `
			expect(new java.util.Date(124, 1, 29).toString()).toEqual("Thu Feb 29 00:00:00 GMT+09:00 2024");
			expect(new java.util.Date(124, 1, 29, 12, 34).getMinutes()).toEqual(34);
			expect(new java.util.Date(124, 13, -5, 25, 61, -1).toString()).toEqual("Mon Jan 27 02:00:59 GMT+09:00 2025");
			expect(java.sql.Date("124", 1.9, 29).toString()).toEqual("2024-02-29");
			expect(new java.sql.Date(124, -1, 0).toString()).toEqual("2023-11-30");
			expect(new Timestamp(124, 1, 29, 12, 34, 56, 7).toString()).toEqual("2024-02-29 12:34:56.000000007");
			expect(() => new java.sql.Date(124, 1)).toThrow("new Date with 2 arguments: write new Date(milliseconds) or (year, month, date)");
			expect(() => new AddableDate(124, 1, 29)).toThrow("new AddableDate with 3 arguments: write new AddableDate(milliseconds)");
			expect(() => new java.util.Date(124, 1, "x")).toThrow("Date: date is text that is not a number, not a whole number");`},
		{"changed", `
			const d = new java.util.Date(124, 0, 31, 1, 2, 3), before = d.clone();
			expect(d.setMonth(1)).toEqual(undefined);
			expect(d.toString()).toEqual("Sat Mar 02 01:02:03 GMT+09:00 2024");
			d.setDate(0);
			expect(d.toString()).toEqual("Thu Feb 29 01:02:03 GMT+09:00 2024");
			d.setYear(100); d.setHours(25); d.setMinutes(-1); d.setSeconds(61);
			expect(d.toString()).toEqual("Wed Mar 01 01:00:01 GMT+09:00 2000");
			expect(before.toString()).toEqual("Wed Jan 31 01:02:03 GMT+09:00 2024");
			const t = new AddableTimestamp(Timestamp.valueOf("2024-01-31 01:02:03.456").getTime());
			t.setHours(5);
			expect(t.toString()).toEqual("2024-01-31 05:02:03.456");
			t.setNanos(5);
			expect(t.toString()).toEqual("2024-01-31 05:02:03.000000005");
			t.setTime(1234);
			expect(t.toString()).toEqual("1970-01-01 09:00:01.234");
			expect(t instanceof AddableTimestamp && t.clone() instanceof AddableTimestamp).toEqual(true);
			expect(() => t.setNanos(-1)).toThrow("nanos > 999999999 or < 0");
			expect(() => t.setDate(null)).toThrow("AddableTimestamp.setDate: date is null, not a whole number");
			const far = new java.util.Date(0);
			far.setMonth(2147483647);
			far.setDate(-2147483648);
			expect(far.getTime() > 0).toEqual(true);`},
		{"the older methods", `
			expect(when.getTimezoneOffset()).toEqual(-540);
			expect(when.toGMTString()).toEqual("14 Mar 2020 14:45:00 GMT");
			expect(when.toLocaleString()).toEqual("Mar 14, 2020, 11:45:00 PM");
			expect(String(new java.util.Locale("JA", "jp"))).toEqual("ja_JP");
			expect([java.util.Locale.ENGLISH, new java.util.Locale("en", "us", "x"), new java.util.Locale("ja", "JP", "JP")].join())
				.toEqual("en,en_US_x,ja_JP_JP_#u-ca-japanese");`},
		{"now", `
			const before = Date.now();
			for (const now of [new AddableTimestamp(), new AddableDate(), new java.util.Date()]) {
				expect(now.getTime() >= before && now.getTime() <= Date.now()).toEqual(true);
			}`},
		{"sums", `
			const start = new AddableTimestamp(when.getTime());
			expect(start.addDays(1).toString()).toEqual("2020-03-15 23:45:00.0");
			expect(start.addDays(-14).toString()).toEqual("2020-02-29 23:45:00.0");
			expect(start.addHours(1).toString()).toEqual("2020-03-15 00:45:00.0");
			expect(start.addMinutes(15).toString()).toEqual("2020-03-15 00:00:00.0");
			expect(start.addSeconds(-1).toString()).toEqual("2020-03-14 23:44:59.0");
			expect(start.addMonths(-1).toString()).toEqual("2020-02-14 23:45:00.0");
			expect(start.addYears(1).toString()).toEqual("2021-03-14 23:45:00.0");
			expect(new AddableTimestamp(Timestamp.valueOf("2020-01-31 00:00:00").getTime()).addMonths(1).toString()).toEqual("2020-02-29 00:00:00.0");
			expect(start.toString()).toEqual("2020-03-14 23:45:00.0");
			expect(start.addDays(1) instanceof AddableTimestamp).toEqual(true);
			expect(start.addDays("2").addDays(1).addHours(0).toString()).toEqual("2020-03-17 23:45:00.0");
			expect(start.getFirstTimeInDate().toString()).toEqual("2020-03-14 00:00:00.0");
			expect(new AddableDate(when.getTime()).addDays(1).toString()).toEqual("2020-03-15");`},
		{"as far as an int goes", `
			const start = new AddableTimestamp(0);
			expect(start.addMinutes(1000001).getTime()).toEqual(1000001 * 60000);
			for (const n of [2147483647, -2147483648]) {
				expect(start.addMinutes(n).getTime()).toEqual(n * 60000);
				expect(start.addSeconds(n).getTime()).toEqual(n * 1000);
				expect(start.addHours(n).getTime()).toEqual(n * 3600000);
				expect(start.addDays(n).getTime()).toEqual(n * 86400000);
				expect(start.addMonths(n).addMonths(-(n + 1)).addMonths(1).getTime()).toEqual(0);
			}
			expect(start.addYears(5000).toString().slice(0, 5)).toEqual("6970-");
			expect(new Timestamp(9007199254740991).getTime()).toEqual(9007199254740991);
			expect(new AddableDate(-62135596800000).addDays(-1).addDays(1).getTime()).toEqual(-62135596800000);`},
		{"the beginning and the end of the day, the month and the year", `
			const leap = new AddableTimestamp(Timestamp.valueOf("2024-02-17 12:34:56.789").getTime());
			expect(leap.getFirstTimeInDate().toString()).toEqual("2024-02-17 00:00:00.0");
			expect(leap.getLastTimeInDate().toString()).toEqual("2024-02-17 23:59:59.999");
			expect(leap.getFirstTimeInMonth().toString()).toEqual("2024-02-01 00:00:00.0");
			expect(leap.getLastTimeInMonth().toString()).toEqual("2024-02-29 23:59:59.999");
			expect(leap.getFirstTimeInYear().toString()).toEqual("2024-01-01 00:00:00.0");
			expect(leap.getLastTimeInYear().toString()).toEqual("2024-12-31 23:59:59.999");
			expect(leap.getLastTimeInYear() instanceof AddableTimestamp).toEqual(true);
			const day = new AddableDate(java.sql.Date.valueOf("2024-05-17").getTime());
			expect(day.getFirstDateInMonth().addMonths(1) + "").toEqual("2024-06-01");
			expect(day.getLastDateInMonth().toString()).toEqual("2024-05-31");
			expect(day.getLastDateInMonth().equals(java.sql.Date.valueOf("2024-05-31"))).toEqual(true);
			expect(day.getFirstDateInYear().toString()).toEqual("2024-01-01");
			expect(day.getLastDateInYear().toString()).toEqual("2024-12-31");
			expect(day.getLastDateInYear().equals(java.sql.Date.valueOf("2024-12-31"))).toEqual(true);
			expect(day.getFirstDateInMonth() instanceof AddableDate).toEqual(true);
			expect(day.getLastTimeInMonth().getTime()).toEqual(Timestamp.valueOf("2024-05-31 23:59:59.999").getTime());`},
		{"instanceof", `
			const {Date: SqlDate} = java.sql;
			const stamp = new AddableTimestamp(), day = new AddableDate();
			expect([when, stamp, day].map(d => d instanceof Timestamp)).toEqual([true, true, false]);
			expect([when, stamp, day].map(d => d instanceof SqlDate)).toEqual([false, false, true]);
			expect([when, stamp, day].map(d => d instanceof AddableTimestamp)).toEqual([false, true, false]);
			expect([when, stamp, day].every(d => d instanceof java.util.Date)).toEqual(true);
			expect([new Date(), 5, "x", null, undefined, {}, engine].some(d => d instanceof java.util.Date)).toEqual(false);
			expect(dateFormatter.parse("yyyy", "2020") instanceof Timestamp).toEqual(true);`},
		{"no toJSON: a replacer sees the object", `
			expect(when.toJSON).toEqual(undefined);
			const text = JSON.stringify([{id: "1", timestamp: when}], (key, value) => value instanceof java.sql.Timestamp ? dateFormatter.format("yyyy/MM/dd", value) : value);
			expect(text).toEqual('[{"id":"1","timestamp":"2020/03/14"}]');
			expect(JSON.stringify({when})).toEqual('{"when":{}}');`},
	})
	pass(t, dates, throwing([]jsError{
		{`Timestamp.valueOf("2020-01-02")`, "java.lang.IllegalArgumentException: Timestamp format must be"},
		{`Timestamp.valueOf("bad")`, "java.lang.IllegalArgumentException"},
		{`Timestamp.valueOf(null)`, "java.lang.IllegalArgumentException"},
		{`Timestamp.valueOf()`, "java.lang.IllegalArgumentException"},
		{`java.sql.Date.valueOf("bad")`, "java.lang.IllegalArgumentException"},
		{`java.sql.Date.valueOf("2020-13-01")`, "java.lang.IllegalArgumentException"},
		{`java.sql.Date.valueOf("2020-01-02 03:04:05")`, "java.lang.IllegalArgumentException"},
		{`new Timestamp("x")`, "java.lang.IllegalArgumentException"},
		{`new Timestamp(NaN)`, "java.lang.IllegalArgumentException"},
		{`new Timestamp(1e300)`, "java.lang.IllegalArgumentException"},
		{`new Timestamp(undefined)`, "java.lang.IllegalArgumentException"},
		{`when.before(null)`, "needs a date, got null"},
		{`when.before("2020-01-01")`, "needs a date, got text"},
		{`when.addDays(1)`, "has no member 'addDays'"},
		{`new AddableTimestamp(0).addDays()`, "java.lang.IllegalArgumentException: AddableTimestamp.addDays: days is undefined, not a whole number"},
		{`new AddableTimestamp(0).addDays(1e300)`, "java.lang.IllegalArgumentException: AddableTimestamp.addDays: days is out of range"},
		{`const {getTime} = when; getTime()`, "called on another object than its own"},
	}))
}

func TestDateFormats(t *testing.T) {
	t.Parallel()
	pass(t, dates+`
		const format = (pattern, ...more) => dateFormatter.format(pattern, ...more, when);
		const parsed = (pattern, text) => dateFormatter.parse(pattern, text).getTime();
		const instant = Date.UTC(2020, 2, 14, 14, 45);`, []jsTest{
		{"dateFormatter.format", `
			expect(format("yyyy-MM-dd HH:mm:ss")).toEqual("2020-03-14 23:45:00");
			expect(format("yyyy-MM-dd'T'HH:mm:ssX")).toEqual("2020-03-14T23:45:00+09");
			expect(format("yyyy-MM-dd'T'HH:mm:ss'Z'")).toEqual("2020-03-14T23:45:00Z");
			expect(format("yyyy-MM-dd HH:mmZ")).toEqual("2020-03-14 23:45+0900");
			expect(format("yyyy年MM月dd日 HH時mm分")).toEqual("2020年03月14日 23時45分");
			expect(format("M/d")).toEqual("3/14");
			expect(format("yyyyMMdd")).toEqual("20200314");
			expect(dateFormatter.format("yyyy-MM-dd HH:mm", java.sql.Date.valueOf("2020-03-14"))).toEqual("2020-03-14 00:00");
			expect(dateFormatter.format("HH", new AddableTimestamp(0))).toEqual("09");
			expect(dateFormatter.format("yyyy", new java.util.Date(0))).toEqual("1970");`},
		{"dateFormatter.format in a zone", `
			expect(format("UTC", "yyyy-MM-dd'T'HH:mm:ssX")).toEqual("2020-03-14T14:45:00Z");
			expect(format("UTC", "yyyy-MM-dd'T'HH:mm:ss'Z'")).toEqual("2020-03-14T14:45:00Z");
			expect(format("GMT+0900", "yyyy-MM-dd'T'HH:mm:ssX")).toEqual("2020-03-14T23:45:00+09");
			expect(format("GMT+09:00", "HH:mm")).toEqual("23:45");
			expect(format("GMT", "HH:mmX")).toEqual("14:45Z");
			expect(format("America/New_York", "HH:mm")).toEqual("10:45");
			expect(format("GMT-04:30", "HH:mm Z")).toEqual("10:15 -0430");`},
		{"dateFormatter.parse", `
			expect(parsed("yyyy-MM-dd'T'HH:mm:ssX", "2020-03-14T14:45:00Z")).toEqual(instant);
			expect(parsed("yyyy-MM-dd'T'HH:mm:ssX", "2020-03-14T23:45:00+09")).toEqual(instant);
			expect(parsed("yyyy-MM-dd'T'HH:mm:ssX", "2020-03-14T23:45:00+09:00")).toEqual(instant);
			expect(parsed("yyyy-MM-dd'T'HH:mm:ss", "2020-03-14T23:45:00.123Z")).toEqual(instant);
			expect(parsed("yyyy-MM-dd HH:mm:ss", "2020-03-14 23:45:00")).toEqual(instant);
			expect(parsed("yyyy-MM-dd HH:mm", "2020-03-14 23:45 and more")).toEqual(instant);
			expect(parsed("yyyy-MM-dd HH:mm", "2020-3-14 23:45")).toEqual(instant);
			expect(parsed("yyyy-MM-dd HH:mmZ", "2020-03-14 14:45+0000")).toEqual(instant);
			expect(parsed("yyyy年MM月dd日 HH時mm分", "2020年03月14日 23時45分")).toEqual(instant);
			expect(dateFormatter.parse("UTC", "yyyy-MM-dd HH:mm", "2020-03-14 14:45").getTime()).toEqual(instant);
			expect(dateFormatter.parse("yyyy-MM-dd", "2020-03-14").addDays(1).toString()).toEqual("2020-03-15 00:00:00.0");
			expect(dateFormatter.parse("yyyy-MM-dd HH:mm", "2020-03-14 23:45")).toEqual(when);`},
		{"SimpleDateFormat", `
			const f = new SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ssX");
			expect(f.format(when)).toEqual("2020-03-14T23:45:00+09");
			expect(f.format(new AddableTimestamp(when.getTime()))).toEqual("2020-03-14T23:45:00+09");
			expect(f.format(java.sql.Date.valueOf("2020-03-14"))).toEqual("2020-03-14T00:00:00+09");
			const back = f.parse("2020-03-14T14:45:00Z");
			expect(back.getTime()).toEqual(instant);
			expect(back instanceof java.util.Date).toEqual(true);
			expect(back instanceof Timestamp).toEqual(false);
			expect(back).toEqual(when);
			expect(new SimpleDateFormat("yyyy-MM-dd").parse("2020-03-14 and more").getTime()).toEqual(instant - (23 * 60 + 45) * 60000);
			expect(new Timestamp(new SimpleDateFormat("yyyy/M/d").parse("2020/3/4").getTime()).toString()).toEqual("2020-03-04 00:00:00.0");
			f.setTimeZone("UTC");
			expect(f.format(when)).toEqual("2020-03-14T14:45:00Z");
			f.setTimeZone(java.util.TimeZone.getTimeZone("Asia/Kolkata"));
			expect(f.format(when.getTime())).toEqual("2020-03-14T20:15:00+05");
			expect(java.util.TimeZone.getTimeZone("Asia/Kolkata").getID()).toEqual("Asia/Kolkata");`},
		{"a format that is not lenient", `
			const f = new SimpleDateFormat("yyyy-MM-dd");
			expect(f.parse("2023-02-29")).toEqual(java.sql.Date.valueOf("2023-03-01"));
			f.setLenient(false);
			expect(() => f.parse("2023-02-29")).toThrow('Unparseable date: "2023-02-29"');
			expect(f.parse("2024-02-29")).toEqual(java.sql.Date.valueOf("2024-02-29"));
			f.setTimeZone("UTC");
			expect(() => f.parse("2023-02-29")).toThrow();
			f.setLenient(true);
			expect(f.parse("2023-02-29").getTime()).toEqual(Date.UTC(2023, 2, 1));`},
		{"the imperial calendar", `
			const f = new SimpleDateFormat("GGGGyyyy年M月d日", new java.util.Locale("ja", "JP", "JP"));
			const day = text => f.format(java.sql.Date.valueOf(text));
			expect(day("2021-09-10")).toEqual("令和3年9月10日");
			expect(day("2020-10-03")).toEqual("令和2年10月3日");
			expect(day("2019-04-30")).toEqual("平成31年4月30日");
			expect(day("1989-01-07")).toEqual("昭和64年1月7日");
			expect(day("1926-12-24")).toEqual("大正15年12月24日");
			expect(f.parse("令和3年9月10日")).toEqual(java.sql.Date.valueOf("2021-09-10"));
			expect(new SimpleDateFormat("yyyy", new java.util.Locale("en")).format(when)).toEqual("2020");
			expect(new SimpleDateFormat("yyyy", null).format(when)).toEqual("2020");`},
		{"constants of Locale", `
			const name = locale => new SimpleDateFormat("E", locale).format(java.sql.Date.valueOf("2024-05-01"));
			const { ENGLISH, JAPAN, JAPANESE, ROOT, UK, US } = java.util.Locale;
			expect([ENGLISH, JAPAN, JAPANESE, ROOT, UK, US].map(name).join()).toEqual("Wed,水,水,Wed,Wed,Wed");
			expect(JAPAN.getLanguage() + JAPAN.getCountry() + UK.getCountry()).toEqual("jaJPGB");`},
		{"a JavaScript Date is a date", `
			expect(dateFormatter.format("UTC", "yyyy-MM-dd HH:mm", new Date(instant))).toEqual("2020-03-14 14:45");
			expect(new SimpleDateFormat("HH:mm").format(new Date(instant))).toEqual("23:45");
			expect(when.before(new Date(instant + 1))).toEqual(true);`},
	})
	const failed = "java.text.ParseException"
	pass(t, dates, throwing([]jsError{
		{`dateFormatter.parse("yyyy-MM-dd", "bad")`, failed},
		{`dateFormatter.parse("yyyy-MM-dd", "")`, failed},
		{`dateFormatter.parse("yyyy-MM-dd HH:mm", "2020-01-02")`, failed},
		{`dateFormatter.parse("yyyy-MM-dd'T'HH:mm:ssX", "2020-01-02T03:04:05")`, failed},
		{`new SimpleDateFormat("yyyy-MM-dd").parse("bad")`, failed},
		{`dateFormatter.parse("yyyy-MM-dd", null)`, "text is null"},
		{`dateFormatter.parse("yyyy-MM-dd")`, "needs (pattern, text) or (zone, pattern, text)"},
		{`dateFormatter.format("yyyy-MM-dd")`, "needs (pattern, date) or (zone, pattern, date)"},
		{`dateFormatter.format("yyyy-MM-dd", "2020-01-01")`, "needs a date, got text"},
		{`dateFormatter.format("yyyy-MM-dd", null)`, "needs a date, got null"},
		{`dateFormatter.format("none/such", "yyyy", when)`, "java.lang.IllegalArgumentException"},
		{`dateFormatter.format("bad pattern", when)`, "java.lang.IllegalArgumentException"},
		{`new SimpleDateFormat("bad pattern")`, "java.lang.IllegalArgumentException"},
		{`new SimpleDateFormat()`, "pattern is undefined"},
		{`new SimpleDateFormat("yyyy", "ja")`, "not a Locale"},
		{`new SimpleDateFormat("yyyy").format("2020")`, "needs a date, got text"},
		{`dateFormatter.format("yyyy", 5)`, "needs a date, got a number"},
		{`new SimpleDateFormat("yyyy").setLenient()`, "lenient is undefined, not true or false"},
		{`java.util.TimeZone.getTimeZone("none/such")`, "java.lang.IllegalArgumentException"},
	}))
}

// The process and the Java classes have separate time zones.
func TestTimeZones(t *testing.T) {
	t.Parallel()
	pass(t, dates, []jsTest{
		{"of a test", `
			expect(engine.getTimeZoneId()).toEqual("GMT+09:00");
			expect(engine.getTimeZoneOffsetInMinutes()).toEqual(540);`},
		{"set", `
			const zone = minutes => { engine.setTimeZoneOffsetInMinutes(minutes); return engine.getTimeZoneId(); };
			expect(zone(0)).toEqual("GMT");
			expect(zone(270)).toEqual("GMT+04:30");
			expect(zone(-270)).toEqual("GMT-04:30");
			expect(zone(540)).toEqual("GMT+09:00");
			expect(zone("60")).toEqual("GMT+01:00");
			expect(engine.getTimeZoneOffsetInMinutes()).toEqual(60);
			expect(engine.setTimeZoneOffsetInMinutes(0) === undefined).toEqual(true);`},
		{"it does not move what was made, nor the Java classes", `
			const made = Timestamp.valueOf("2020-03-14 23:45:00");
			engine.setTimeZoneOffsetInMinutes(0);
			expect(made.toString()).toEqual("2020-03-14 23:45:00.0");
			expect(new SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ssX").format(made)).toEqual("2020-03-14T23:45:00+09");
			expect(new SimpleDateFormat("HH:mm").format(made) + (engine.getTimeZoneId() === "GMT" ? "+00:00" : "")).toEqual("23:45+00:00");
			expect(Timestamp.valueOf("2020-03-14 23:45:00")).toEqual(made);`},
		{"Date goes with the Java classes", `
			expect(new Date(0).getHours()).toEqual(9);
			engine.setTimeZoneOffsetInMinutes(0);
			expect(new Date(0).toString()).toEqual("Thu Jan 01 1970 09:00:00 GMT+0900 (GMT+09:00)");
			expect(new Date(2020, 2, 14).getTime()).toEqual(java.sql.Date.valueOf("2020-03-14").getTime());`},
		{"it moves dateFormatter and the beginning of a day", `
			const made = new AddableTimestamp(when.getTime());
			engine.setTimeZoneOffsetInMinutes(0);
			expect(dateFormatter.format("yyyy-MM-dd HH:mm", made)).toEqual("2020-03-14 14:45");
			expect(dateFormatter.parse("yyyy-MM-dd HH:mm", "2020-03-14 14:45")).toEqual(made);
			expect(made.getFirstTimeInDate().getTime()).toEqual(Date.UTC(2020, 2, 14));
			engine.setTimeZoneOffsetInMinutes(600);
			expect(made.getFirstTimeInDate().getTime()).toEqual(Date.UTC(2020, 2, 14, 14));`},
	})
	pass(t, dates, throwing([]jsError{{`engine.setTimeZoneOffsetInMinutes(100000)`, "minutes is out of range (±18 hours)"}}))

	for _, tt := range []struct{ zone, want string }{
		{"", "UTC 0 1970-01-01 00:00:00.0 00:00 0"},
		{"GMT+09:00", "GMT+09:00 540 1970-01-01 09:00:00.0 09:00 9"},
		{"Asia/Tokyo", "Asia/Tokyo 540 1970-01-01 09:00:00.0 09:00 9"},
		{"GMT-04:30", "GMT-04:30 -270 1969-12-31 19:30:00.0 19:30 19"},
	} {
		wantLog(t, runtime.Task{Process: &hostapi.Process{TimeZone: tt.zone}}, `
			const epoch = new java.sql.Timestamp(0);
			engine.log([engine.getTimeZoneId(), engine.getTimeZoneOffsetInMinutes(), epoch, dateFormatter.format("HH:mm", epoch), new Date(0).getHours()].join(" "))`, tt.want)
	}
}
