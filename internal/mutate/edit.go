package mutate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// edit wraps the text of one range of a file; an empty range is an insertion.
// Edits nest: what wrap gets is the range with all inner edits made. Copies of
// source that an edit adds are taken raw, because one fault is on at a time.
type edit struct {
	start, end int
	id         func() int // the mutant's number, known late
	wrap       func(id int, inner string) string
}

// render returns the text with all edits made. Of two edits on the same range
// the first in the list is the outer one.
func render(text []byte, edits []edit) (string, error) {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	var b strings.Builder
	err := renderRange(&b, text, edits, 0, len(text))
	return b.String(), err
}

func renderRange(b *strings.Builder, text []byte, edits []edit, from, to int) error {
	for len(edits) > 0 {
		e := edits[0]
		if e.start < from || e.end > to {
			return fmt.Errorf("edits overlap at offset %d", e.start)
		}
		inside := 1
		for inside < len(edits) && edits[inside].start < e.end {
			inside++
		}
		var inner strings.Builder
		if err := renderRange(&inner, text, edits[1:inside], e.start, e.end); err != nil {
			return err
		}
		b.Write(text[from:e.start])
		b.WriteString(e.wrap(e.id(), inner.String()))
		from = e.end
		edits = edits[inside:]
	}
	b.Write(text[from:to])
	return nil
}
