package audit

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// Event is one kind of thing that happens. The set is closed: each kind is a
// struct of this package, and there is no untyped way to make one, so that kind
// and fields always fit (AUD-005).
//
// A field without the word "optional" is required. Outcome is Success where a
// kind has no such field.
type Event interface {
	about() facts
	fill(f *fields)
}

// Kind is the name of an event.
type Kind string

// facts are what is true of all events of a kind.
type facts struct {
	kind     Kind
	class    Class
	outcomes outcomes
	// subject says that the event makes no sense without one. Every event but
	// those of the service itself belongs to a tenant.
	subject  bool
	platform bool
}

// Errors of an event that was put together wrongly. Both are mistakes of the
// program, never of its user, and come as a [*FieldError].
var (
	ErrMissingField = errors.New("audit: required field is missing")
	ErrBadField     = errors.New("audit: field has a value that its kind does not know")
)

// FieldError names the field that is missing or wrong. It never carries the
// value.
type FieldError struct {
	Kind  Kind
	Field string
	Err   error // ErrMissingField or ErrBadField
}

// Error implements error.
func (e *FieldError) Error() string { return fmt.Sprintf("%v: %s.%s", e.Err, e.Kind, e.Field) }

// Unwrap returns the class.
func (e *FieldError) Unwrap() error { return e.Err }

// fields collects what an event says. The first mistake stays.
type fields struct {
	facts
	refs refs
	ev   object // envelope
	data object
	err  error
	end  Outcome
}

func (f *fields) fail(field string, err error) {
	if f.err == nil {
		f.err = &FieldError{Kind: f.kind, Field: field, Err: err}
	}
}

// outcome is called by every kind, first.
func (f *fields) outcome(o Outcome) {
	switch {
	case o == 0:
		f.fail("outcome", ErrMissingField)
	case !f.outcomes.has(o):
		f.fail("outcome", ErrBadField)
	}
	f.end = o
	f.ev.set("outcome", text(o.String()))
}

// reason is there exactly when the outcome is not success.
func (f *fields) reason(r Reason, allowed ...Reason) {
	switch {
	case f.end == Success && r == "":
		return
	case r == "":
		f.fail("reason", ErrMissingField)
	case f.end == Success || !slices.Contains(allowed, r):
		f.fail("reason", ErrBadField)
	}
	f.ev.set("reason", text(string(r)))
}

func (f *fields) factor(k identity.Kind) {
	if f.word("factor_kind", string(k), isName) {
		f.ev.set("factor_kind", text(string(k)))
	}
}

func (f *fields) factors(ks []identity.Kind) {
	list := make([]value, len(ks))
	for i, k := range ks {
		f.word("factors_completed", string(k), isName)
		list[i] = text(string(k))
	}
	if len(ks) == 0 {
		f.fail("factors_completed", ErrMissingField)
	}
	f.ev.set("factors_completed", array(list...))
}

// word checks a required text.
func (f *fields) word(name, s string, ok func(string) bool) bool {
	switch {
	case s == "":
		f.fail(name, ErrMissingField)
	case !ok(s):
		f.fail(name, ErrBadField)
	default:
		return true
	}
	return false
}

func (f *fields) text(name, s string, ok func(string) bool) {
	if f.word(name, s, ok) {
		f.data.set(name, text(s))
	}
}

func (f *fields) optionalText(name, s string, ok func(string) bool) {
	if s != "" {
		f.text(name, s, ok)
	}
}

// list keeps its order and may be empty.
func (f *fields) list(name string, ss []string, ok func(string) bool) {
	out := make([]value, len(ss))
	for i, s := range ss {
		f.word(name, s, ok)
		out[i] = text(s)
	}
	f.data.set(name, array(out...))
}

// count is a number from 1.
func (f *fields) count(name string, n int) {
	switch {
	case n == 0:
		f.fail(name, ErrMissingField)
	case n < 0 || n > maxInt:
		f.fail(name, ErrBadField)
	default:
		f.data.set(name, number(int64(n)))
	}
}

func (f *fields) optionalCount(name string, n int) {
	if n != 0 {
		f.count(name, n)
	}
}

func (f *fields) at(name string, t time.Time) {
	us := t.UnixMicro()
	switch {
	case t.IsZero():
		f.fail(name, ErrMissingField)
	case us < 0 || us > maxInt:
		f.fail(name, ErrBadField)
	default:
		f.data.set(name, number(us))
	}
}

// ref names a thing by a keyed digest of its id.
func (f *fields) ref(name string, p seal.Prefix, id [16]byte) {
	if id == [16]byte{} {
		f.fail(name, ErrMissingField)
		return
	}
	f.data.set(name, text(f.refs.of(p, id)))
}

func (f *fields) optionalRef(name string, p seal.Prefix, id [16]byte) {
	if id != [16]byte{} {
		f.ref(name, p, id)
	}
}

// closed is a required word of a closed set.
func closed[W ~string](f *fields, name string, w W, set ...W) {
	f.text(name, string(w), func(string) bool { return slices.Contains(set, w) })
}

// isName is the form of names that the program or its administrator gives to
// factors, methods and operations; what a person types at a login (an address,
// a number with blanks, a script) mostly does not have it.
func isName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case i > 0 && (c == '.' || c == '_' || c == '+' || c == '-' || c == ':'):
		default:
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// isVersion is the form of a version or build id.
func isVersion(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '+', c == '-', c == '_':
		default:
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return s != ""
}
