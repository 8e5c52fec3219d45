package sqlstore

import (
	"database/sql"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// zeroID stands in key columns that do not apply: the user of a tenant's row, and
// both ids of the global epoch. No id is zero (IDN-004).
func zeroID() []byte { return make([]byte, 16) }

func micro(t time.Time) int64 { return t.UnixMicro() }

// hour is one in the unit of columns.
const hour = 3_600_000_000

// hourUp is the next full hour, the same if it is one.
func hourUp(micros int64) int64 { return micros + hour - 1 - (micros+hour-1)%hour }

// blob makes an empty slice of none: NULL would be another thing.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func id16(b [16]byte) []byte { return b[:] }

func id32(b [32]byte) []byte { return b[:] }

// sought is a text to look for. What no column of text can hold in some database
// cannot be found there: the empty text stands for it, which no row has either, so
// that asking for it is the same work.
func sought(text string) string {
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		return ""
	}
	return text
}

// nullable is an id for a column that may be empty.
func nullable[T identity.Tag](id identity.ID[T]) any {
	if id.IsZero() {
		return nil
	}
	b := id.Bytes()
	return b[:]
}

// when is a time for a column that keeps what it has if there is none.
func when(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return micro(t)
}

func corrupt(what string) error { return fmt.Errorf("%s: %w", what, store.ErrCorrupt) }

// optional reads a column that may be empty into a place that is zero then.
type optional struct{ to sql.Scanner }

// Scan implements sql.Scanner.
func (o optional) Scan(src any) error {
	if src == nil {
		return nil
	}
	return o.to.Scan(src)
}

// idOrNone reads an id that few rows have: unlike optional it is one pointer, so
// that a load pays no allocation for asking.
type idOrNone[T identity.Tag] struct{ to *identity.ID[T] }

func orNone[T identity.Tag](to *identity.ID[T]) idOrNone[T] { return idOrNone[T]{to} }

// Scan implements sql.Scanner.
func (o idOrNone[T]) Scan(src any) error {
	if src == nil {
		return nil
	}
	return o.to.Scan(src)
}

// moment reads microseconds.
type moment struct{ to *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(src any) error {
	v, ok := src.(int64)
	if !ok {
		return corrupt("time")
	}
	*m.to = time.UnixMicro(v).UTC()
	return nil
}

// number reads a counter.
type number struct{ to *uint64 }

// Scan implements sql.Scanner.
func (n number) Scan(src any) error {
	v, ok := src.(int64)
	if !ok || v < 0 {
		return corrupt("number")
	}
	*n.to = uint64(v)
	return nil
}

// small reads a value of a small closed set, from 1.
type small[T ~uint8] struct{ to *T }

// Scan implements sql.Scanner.
func (s small[T]) Scan(src any) error {
	v, ok := src.(int64)
	if !ok || v < 1 || v > 255 {
		return corrupt("state")
	}
	*s.to = T(v)
	return nil
}

// exact reads bytes of a fixed number.
type exact []byte

// Scan implements sql.Scanner.
func (e exact) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(e) {
		return corrupt("fixed bytes")
	}
	copy(e, b)
	return nil
}

// bytesOrNone reads bytes, of which none are nil.
type bytesOrNone struct{ to *[]byte }

// Scan implements sql.Scanner.
func (o bytesOrNone) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok && src != nil {
		return corrupt("bytes")
	}
	*o.to = append([]byte(nil), b...)
	return nil
}
