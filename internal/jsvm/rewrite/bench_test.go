package rewrite

import (
	"strings"
	"testing"
)

// BenchmarkAppend builds 20,000 × 2,500 characters: 50 MB of ASCII, and as many
// characters of Japanese.
func BenchmarkAppend(b *testing.B) {
	targets := []struct{ name, source string }{
		{"let", "let s = ''; for (let i = 0; i < 20000; i++) { s += piece } s.length"},
		{"var", "var s = ''; for (var i = 0; i < 20000; i++) { s = s + piece } s.length"},
		{"length", "let s = '', n = 0; for (let i = 0; i < 20000; i++) { s += piece; n += s.length } s.length"},
		{"local", "(() => { let s = ''; for (let i = 0; i < 20000; i++) { s += piece } return s.length })()"},
		{"closure", "let s = ''; const add = x => { s += x }; for (let i = 0; i < 20000; i++) { add(piece) } s.length"},
		{"forEach", "(() => { let s = ''; Array(20000).fill(piece).forEach(x => s += x); return s.length })()"},
		{"property", "const o = {body: ''}; for (let i = 0; i < 20000; i++) { o.body += piece } o.body.length"},
		{"this", "class W { text = ''; add(x) { this.text += x } } const w = new W; for (let i = 0; i < 20000; i++) { w.add(piece) } w.text.length"},
		{"parameter", "function f(s, x) { for (let i = 0; i < 20000; i++) { s += x } return s } f('', piece).length"},
	}
	for _, piece := range []struct{ name, text string }{
		{"ASCII", strings.Repeat("0123456789", 250)},
		{"UTF16", strings.Repeat("日本語の文章です。", 250)},
	} {
		for _, tt := range targets {
			b.Run(piece.name+"/"+tt.name, func(b *testing.B) {
				p, err := compile(tt.source, true)
				if err != nil || !p.changes.appends {
					b.Fatal("not rewritten", err)
				}
				b.ReportAllocs()
				for b.Loop() {
					m := newMachine(b, 0)
					if err := m.vm.Set("piece", piece.text); err != nil {
						b.Fatal(err)
					}
					v, err := m.run(p)
					if err != nil || v.ToInteger() < 20000*2250 {
						b.Fatal(v, err)
					}
				}
			})
		}
	}
}

// BenchmarkShort is the cost for text that stays short, of one round of a loop.
func BenchmarkShort(b *testing.B) {
	benchmarkRounds(b, []struct{ name, source string }{
		{"let", "let s = ''; for (let i = 0; i < 10000; i++) { s += 'ab'; if (i % 100 == 0) s = '' }"},
		{"local", "(() => { let s = ''; for (let i = 0; i < 10000; i++) { s += 'ab'; if (i % 100 == 0) s = '' } })()"},
		{"property", "(() => { const o = {s: ''}; for (let i = 0; i < 10000; i++) { o.s += 'ab'; if (i % 100 == 0) o.s = '' } })()"},
		{"method", "class W { s = ''; add(x) { this.s += x } } const w = new W; for (let i = 0; i < 10000; i++) { w.add('ab'); if (i % 100 == 0) w.s = '' }"},
		{"sum", "(() => { let s = ''; for (let i = 0; i < 10000; i++) { s = s + 'ab' + i; if (i % 100 == 0) s = '' } })()"},
	})
}

// BenchmarkCount is the cost for numbers: seen to be such, or not.
func BenchmarkCount(b *testing.B) {
	benchmarkRounds(b, []struct{ name, source string }{
		{"seen", "(() => { let n = 0; for (let i = 0; i < 10000; i += 1) { n += i } })()"},
		{"unseen", "((n, f) => { for (let i = 0; i < 10000; i += 1) { n += f } })(0, 1)"},
		{"unseenProperty", "((o, f) => { for (let i = 0; i < 10000; i += 1) { o.n += f } })({n: [0][0]}, 1)"},
		{"unseenGlobal", "n = [0][0]; const f = [1][0]; for (let i = 0; i < 10000; i += 1) { n += f }"},
	})
}

func benchmarkRounds(b *testing.B, tests []struct{ name, source string }) {
	b.Helper()
	for _, tt := range tests {
		for _, kind := range []string{"goja", "rewritten"} {
			b.Run(tt.name+"/"+kind, func(b *testing.B) {
				p, err := compile(tt.source, kind == "rewritten")
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if _, err := newMachine(b, 0).run(p); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10000, "ns/round")
			})
		}
	}
}
