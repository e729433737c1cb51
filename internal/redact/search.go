package redact

import "context"

// search looks for the forms of a table in one text, by the digests of the windows that end
// at each byte. It does so in the text as it is, and where that has escapes in the layers
// without them.
type search struct {
	ctx   context.Context
	text  string
	table *table
	fold  bool
	one   bool // stop at the first hit

	hits   []hit
	last   place // of the last hit
	budget int   // bytes that may still be decoded to see whether more than a window matches

	room   *room  // of the layers of a section; nil until the text has an escape
	traced *room  // the same with spans; nil until a window matches in a layer
	back   *back  // nil until more than a window has to be seen
	in     place  // where layer is: the path and the section
	layer  *layer // of traced

	wanted map[*form]string // the texts of forms that may be in the text
}

// place is where a form was found: in the layer of a path, of a section.
type place struct {
	form  *form
	path  path
	start int // of the section
}

const (
	often   = 1 << 14 // bytes between two checks of the context
	section = 1 << 15 // maximum number of bytes that are decoded at once

	// behind is how far behind an escape the text is decoded: the rest of the escape, in three
	// layers and UTF-16, and a window.
	behind = 128
	// before is the same in front of it.
	before = 4 * window
	// overlap is how much of a section the next one decodes again: a window of characters that
	// are escaped in three layers.
	overlap = 1 << 12
	// expansion is how many bytes a byte has at most that is escaped several times, as it
	// usually is.
	expansion = 20
)

// find returns the ranges of patterns in text, or only the first one.
func (x *index) find(ctx context.Context, text string, one bool) ([]hit, error) {
	if !x.fits(text) {
		return nil, ctx.Err()
	}
	s := search{ctx: ctx, text: text, table: x.ready(), fold: x.fold, one: one, budget: budgetOf(text)}
	err := s.run()
	if s.room != nil {
		rooms.Put(s.room)
	}
	if s.traced != nil {
		rooms.Put(s.traced)
	}
	if s.back != nil {
		s.back.release()
	}
	if err != nil {
		return nil, err
	}
	return s.hits, nil
}

// budgetOf returns how many bytes a search may read again.
func budgetOf(text string) int { return 32*len(text) + 1<<22 }

// run searches the whole text.
func (s *search) run() error {
	var w words
	decoded := 0 // the text before is done in all layers
	for at := 0; at < len(s.text); at += often {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		part := s.text[at:min(at+often, len(s.text))]
		for i := 0; i < len(part); i++ {
			if i, w = advance(s.table, part, i, w); i == len(part) {
				break
			}
			switch kind := roles[part[i]]; {
			case kind == dropped:
				continue
			case kind != ordinary && at+i >= decoded:
				var err error
				if decoded, err = s.sections(at + i); err != nil {
					return err
				}
			}
			w = w.next(part[i])
			for j := range s.table.widths {
				if hash := s.table.widths[j].hash(w); s.table.mayHave(hash) {
					s.verbatim(hash, at+i+1)
				}
			}
		}
		if s.one && len(s.hits) > 0 {
			return nil
		}
	}
	return nil
}

// advance returns the position from i on, and the bytes before it, where more has to be done
// than reading a byte. It is most of the time of a search.
func advance[T string | []byte](t *table, text T, i int, w words) (int, words) {
	if len(t.widths) != 1 || t.widths[0].n != window {
		return i, w
	}
	filter, shift := t.filter, t.shift&63
	for ; i < len(text); i++ {
		c := text[i]
		next := w.next(c)
		bit := (mix(next) + window) >> shift
		if roles[c] != ordinary || filter[bit>>6]&(1<<(bit&63)) != 0 {
			break
		}
		w = next
	}
	return i, w
}

// sections searches the layers of the text from the escape at that position to the end of
// those that follow closely, which it returns.
func (s *search) sections(lead int) (end int, err error) {
	end = s.endOf(lead)
	for at := lead; ; {
		if err := s.ctx.Err(); err != nil {
			return 0, err
		}
		start, stop := max(0, at-before), min(at+section, end)
		s.section(start, stop)
		if stop == end || s.one && len(s.hits) > 0 {
			return end, nil
		}
		at = stop - overlap
	}
}

// endOf returns where the text without escapes begins that follows the one at lead.
func (s *search) endOf(lead int) int {
	end := min(lead+behind, len(s.text))
	for i := lead; i < end; i++ {
		switch roles[s.text[i]] {
		case ordinary:
		case dropped:
			end = min(end+1, len(s.text))
		default:
			end = min(i+behind, len(s.text))
		}
	}
	return end
}

// section searches the layers of a part of the text.
func (s *search) section(start, end int) {
	if s.room == nil {
		s.room, _ = rooms.Get().(*room)
	}
	s.in = place{start: -1}
	s.room.walk(s.text[start:end], start, false, s.table.apart, func(n int) bool {
		if n > 0 { // the text itself is searched as a whole
			s.visit(n, start, end)
		}
		return s.one && len(s.hits) > 0
	})
}

// visit searches a layer of a section.
func (s *search) visit(n, start, end int) {
	var w words
	for i, text := 0, s.room.layers[n].text; i < len(text); i++ {
		if i, w = advance(s.table, text, i, w); i == len(text) {
			return
		}
		w = w.next(text[i])
		for j := range s.table.widths {
			if hash := s.table.widths[j].hash(w); s.table.mayHave(hash) {
				s.decoded(hash, i+1, start, end)
			}
		}
	}
}

// verbatim examines the forms whose window ends at that position of the text.
func (s *search) verbatim(hash uint64, end int) {
	s.examine(s.table.with(hash), place{}, s.text[:end], nil, end)
}

// decoded examines the forms whose window ends at a position of the layer of a section that
// is visited.
func (s *search) decoded(hash uint64, at, start, end int) {
	forms := s.table.with(hash)
	if len(forms) == 0 {
		return
	}
	if s.traced == nil {
		s.traced, _ = rooms.Get().(*room)
	}
	here := place{path: s.room.path, start: start}
	if s.in != here {
		s.in, s.layer = here, s.traced.follow(s.text[start:end], start, here.path)
	}
	s.examine(forms, here, view(s.layer.text[:at]), s.layer.spans, s.layer.spans[at-1].end)
}

// examine looks for forms at the end of a layer, of which their window was found. That is the
// text itself if spans is nil. The window ends at that position of the text.
func (s *search) examine(forms []form, in place, layer string, spans []span, end int) {
	if len(forms) == 0 {
		return
	}
	if s.back == nil {
		s.back, _ = backs.Get().(*back)
	}
	for i := range forms {
		f := place{&forms[i], in.path, in.start}
		want := s.textOf(f.form)
		start := len(layer) - len(want)
		switch {
		case s.continues(f, len(want), end):
		case s.spent(len(want)):
			s.hit(f, max(0, end-expansion*len(want)), end)
		case start >= 0 && f.form.matches(layer[start:], want):
			if spans != nil {
				start = spans[start].start
			}
			s.hit(f, start, end)
		case !s.back.again(f.form, end):
			s.back.open = append(s.back.open, candidate{f, want})
		}
	}
	s.behind(end)
}

// spent takes n bytes from the budget, and reports whether that had been spent before: a
// secret can be made so that its window is everywhere in a text. Each then counts as the end
// of the secret.
func (s *search) spent(n int) bool {
	if s.budget < 0 {
		return true
	}
	s.budget -= n
	return false
}

func (s *search) textOf(f *form) string {
	text, known := s.wanted[f]
	if !known {
		if text = f.text(s.fold); s.wanted == nil {
			s.wanted = make(map[*form]string)
		}
		s.wanted[f] = text
	}
	return text
}

// continues reports whether a form that ends there overlaps the last hit of the same form,
// and makes that hit longer: a secret that repeats itself may end at every byte.
func (s *search) continues(f place, length, end int) bool {
	if s.last != f || len(s.hits) == 0 {
		return false
	}
	h := &s.hits[len(s.hits)-1]
	if end-length >= h.end || end < h.start {
		return false
	}
	h.end = max(h.end, end)
	return true
}

// hit notes that a form is in the text. In base64, a character at either end of it has bits
// of the secret and of its neighbour.
func (s *search) hit(at place, start, end int) {
	f := at.form
	if f.kind.base == base64Text {
		if f.kind.shift > 0 && start > 0 && isBase64(s.text[start-1]) {
			start--
		}
		if end < len(s.text) && isBase64(s.text[end]) && f.kind.open {
			end++
		}
	}
	s.hits, s.last = append(s.hits, hit{start, end, f.pattern}), at
}

func isBase64(c byte) bool {
	c = standard[c]
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || c == '+' || c == '/'
}
