package wasmvm

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Bounds on joining data segments.
const (
	maxDataGap    = 1 << 10 // bytes of zeros that are written out between two segments
	maxDataGrowth = 4       // times the size of the module
)

// segment is bytes at a place in memory.
type segment struct {
	at   uint64
	data []byte
}

func (s segment) end() uint64 { return s.at + uint64(len(s.data)) }

// span is a part of memory.
type span struct{ start, end uint64 }

// joinData returns the content of a data section with neighbouring segments joined, or nil if
// the section must not be changed. Go's linker writes tens of thousands of small segments,
// and wazero allocates for each of them whenever an instance starts.
//
// A section is joined only if all its segments have a constant offset within the initial
// memory: with any other, an instance may fail to start. Instructions must not refer to
// segments by index, so the module must have no data count section.
func joinData(content []byte, memory, module uint64) []byte {
	r := reader{b: content}
	var segments []segment
	for range r.count() {
		if r.u32() != 0 { // passive, or with a memory index
			return nil
		}
		s := segment{at: uint64(r.constantI32()), data: r.take(r.u32())}
		if r.bad || s.end() > memory {
			return nil
		}
		segments = append(segments, s)
	}
	spans, size := cover(segments)
	if !r.empty() || len(spans) == len(segments) || size > maxDataGrowth*module {
		return nil
	}

	// Written in order, so that the later one of two overlapping segments wins.
	images := make([]segment, len(spans))
	for i, s := range spans {
		images[i] = segment{s.start, make([]byte, s.end-s.start)}
	}
	for _, s := range segments {
		i, found := slices.BinarySearchFunc(images, s.at, func(image segment, at uint64) int { return cmp.Compare(image.at, at) })
		if !found {
			i--
		}
		if len(s.data) > 0 {
			copy(images[i].data[s.at-images[i].at:], s.data)
		}
	}

	out := binary.AppendUvarint(make([]byte, 0, size+16*uint64(len(images))), uint64(len(images)))
	for _, image := range images {
		out = append(out, 0x00, opI32Const)
		out = appendSigned(out, int32(uint32(image.at)))
		out = append(out, opEnd)
		out = binary.AppendUvarint(out, uint64(len(image.data)))
		out = append(out, image.data...)
	}
	return out
}

// cover returns the parts of memory that the segments fill, with small gaps closed, in order,
// and their total number of bytes.
func cover(segments []segment) (spans []span, size uint64) {
	ordered := slices.Clone(segments)
	slices.SortFunc(ordered, func(a, b segment) int { return cmp.Compare(a.at, b.at) })
	for _, s := range ordered {
		switch last := len(spans) - 1; {
		case len(s.data) == 0:
		case last >= 0 && s.at < spans[last].end+maxDataGap:
			spans[last].end = max(spans[last].end, s.end())
		default:
			spans = append(spans, span{s.at, s.end()})
		}
	}
	for _, s := range spans {
		size += s.end - s.start
	}
	return spans, size
}
