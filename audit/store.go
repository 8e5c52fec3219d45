package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// Record is an event as a store keeps it: columns to find it by, and the
// canonical JSON that says the same and more.
type Record struct {
	ID identity.EventID
	// Tenant is identity.SystemTenant for events of the service itself.
	Tenant identity.TenantID
	At     time.Time
	Node   string // at most 64 bytes
	Boot   [16]byte
	// Seq counts the events of a node and boot from 1. The store gives it; it is
	// 0 before, and not part of Body.
	Seq     uint64
	Kind    Kind // at most 64 bytes
	Outcome Outcome
	// Handle is the subject's audit handle, zero if there is no subject.
	Handle [16]byte
	// Body is canonical JSON without seq, at most store.MaxRowBody bytes. Both
	// sides leave it unchanged.
	Body []byte
}

// Store keeps events as readers see them. A backend copies what it keeps of a
// Body on the way in.
//
// Errors: store.ErrBadArgument (malformed, nothing was sent), store.ErrTooLarge,
// store.ErrUnavailable, store.ErrCorrupt.
type Store interface {
	// Append stores records, all or none, in the order given, and returns their
	// numbers in the same order. In the same atomic step it numbers them: each
	// new record gets the number after the highest that its node and boot ever
	// had, 1 at first, so that the numbers have no gap, whichever processes
	// append, and also after old records were removed (AUD-001). A record with a
	// known ID changes nothing and is answered with the number it has, so that
	// an Append whose answer was lost is simply repeated (AUD-034). One call
	// holds at most [MaxAppend] records; two with one ID are ErrBadArgument.
	Append(ctx context.Context, records ...Record) ([]uint64, error)
	// Query returns the records of one tenant, newest first: by At, then ID,
	// both descending. A tenant without records is an empty slice; the zero
	// tenant is ErrBadArgument. The records are the caller's, but for Body.
	Query(ctx context.Context, t identity.TenantID, f Filter) ([]Record, error)
}

// MaxAppend bounds one Append.
const MaxAppend = 200

// The number of records that one Query returns.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Filter narrows a Query. The zero Filter is the newest 100 of the tenant.
type Filter struct {
	// Handle keeps the events of one subject.
	Handle [16]byte
	// Kinds keeps events of these kinds; at most 32.
	Kinds []Kind
	// Before continues behind the last record of the page before; see
	// [Record.Cursor].
	Before Cursor
	// Limit is 1 to MaxLimit; 0 is DefaultLimit.
	Limit int
}

// Cursor is a place in the order of records. The zero Cursor is the newest end.
type Cursor struct {
	At time.Time
	ID identity.EventID
}

// Cursor returns the place of the record.
func (r Record) Cursor() Cursor { return Cursor{r.At, r.ID} }

// IsZero reports the newest end.
func (c Cursor) IsZero() bool { return c.ID.IsZero() && c.At.IsZero() }

// Check is what a backend does with its arguments before it looks: it fills in
// the limit and refuses what is out of bounds with store.ErrBadArgument.
func (f Filter) Check(t identity.TenantID) (Filter, error) {
	if f.Limit == 0 {
		f.Limit = DefaultLimit
	}
	switch {
	case t.IsZero():
		return Filter{}, fmt.Errorf("audit: query: %w: zero tenant", store.ErrBadArgument)
	case f.Limit < 0 || f.Limit > MaxLimit:
		return Filter{}, fmt.Errorf("audit: query: %w: limit", store.ErrBadArgument)
	case len(f.Kinds) > 32:
		return Filter{}, fmt.Errorf("audit: query: %w: kinds", store.ErrBadArgument)
	case f.Before.ID.IsZero() != f.Before.At.IsZero():
		return Filter{}, fmt.Errorf("audit: query: %w: half a cursor", store.ErrBadArgument)
	}
	return f, nil
}

// CheckAppend is what a backend does with the records of an Append before it
// sends them: store.ErrBadArgument for too many, for one ID twice, for a record
// without its columns or with a number, store.ErrTooLarge for a Body.
func CheckAppend(records []Record) error {
	if len(records) > MaxAppend {
		return fmt.Errorf("audit: append: %w: %d records", store.ErrBadArgument, len(records))
	}
	seen := make(map[identity.EventID]bool, len(records))
	for _, r := range records {
		switch {
		case r.ID.IsZero(), r.Tenant.IsZero(), r.At.IsZero(), r.Seq != 0, r.Boot == [16]byte{},
			!isVersion(r.Node), !isName(string(r.Kind)), r.Outcome.String() == "", len(r.Body) == 0:
			return fmt.Errorf("audit: append: %w: record with a column missing or wrong", store.ErrBadArgument)
		case len(r.Body) > store.MaxRowBody:
			return fmt.Errorf("audit: append: %w", store.ErrTooLarge)
		case seen[r.ID]:
			return fmt.Errorf("audit: append: %w: one id twice", store.ErrBadArgument)
		}
		seen[r.ID] = true
	}
	return nil
}
