package valkey

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// A record is a header of fixed places, which the scripts read and write in part,
// and the sealed body. Times are microseconds. lua/part/session.lua knows the places.
const (
	headerSize   = 230
	headerFormat = 1
	refAt        = 102
)

// What a record is, beside its values.
const (
	flagSuperseded = 1 << iota
	flagMoving     // somebody moves it to another home; its claim says who
	flagPrevAway   // the predecessor is in another home
	flagNextAway   // the successor is
	flagsKnown     = 1<<iota - 1
)

var errRow = errors.New("not a session record")

// row is a stored record with what only the backend knows of it.
type row struct {
	session.Record
	flags byte
	seen  time.Time
	actor identity.Epochs // the stamp of the actor
	next  session.Ref     // the successor of a superseded one
}

// ends is when the record dies unless it is touched.
func (r *row) ends() time.Time {
	if r.AbsUntil.Before(r.IdleUntil) {
		return r.AbsUntil
	}
	return r.IdleUntil
}

func (r *row) dead(now time.Time) bool { return !now.Before(r.ends()) }

func appendTime(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMicro())) //nolint:gosec // two's complement on both sides
}

func appendID(b []byte, id interface{ Bytes() [16]byte }) []byte {
	raw := id.Bytes()
	return append(b, raw[:]...)
}

func appendSubject(b []byte, s identity.Subject) []byte {
	return appendID(appendID(b, s.Tenant), s.User)
}

// encode writes a row; decodeRecord reads it.
func (r *row) encode() string {
	b := make([]byte, 0, headerSize+len(r.Sealed))
	b = append(b, headerFormat, r.flags)
	b = binary.BigEndian.AppendUint64(b, r.Rev)
	for _, t := range []time.Time{r.IdleUntil, r.AbsUntil, r.seen, r.AuthAt, r.CreatedAt} {
		b = appendTime(b, t)
	}
	for _, e := range []identity.Epochs{r.Epochs, r.actor} {
		b = binary.BigEndian.AppendUint64(b, e.Global)
		b = binary.BigEndian.AppendUint64(b, e.Tenant)
		b = binary.BigEndian.AppendUint64(b, e.User)
	}
	b = append(b, r.Kid[:]...)
	b = appendID(appendID(appendID(b, r.Ref), r.Prev), r.next)
	b = appendID(appendSubject(b, r.Subject), r.Login)
	b = appendSubject(b, r.Actor)
	return string(append(b, r.Sealed...))
}

// fields reads the places of a header in their order.
type fields string

func (f *fields) take(n int) string {
	s := string((*f)[:n])
	*f = (*f)[n:]
	return s
}

func (f *fields) number() uint64  { return binary.BigEndian.Uint64([]byte(f.take(8))) }
func (f *fields) time() time.Time { return time.UnixMicro(int64(f.number())).UTC() } //nolint:gosec // as appendTime

func (f *fields) epochs() identity.Epochs {
	return identity.Epochs{Global: f.number(), Tenant: f.number(), User: f.number()}
}

func (f *fields) subject() identity.Subject {
	return identity.Subject{Tenant: takeID[identity.TenantID](f), User: takeID[identity.UserID](f)}
}

func takeID[I identity.AnyID](f *fields) I {
	return identity.FromBytes[I]([16]byte([]byte(f.take(16))))
}

// decodeRecord reads what encode wrote; anything else is errRow. The ref is that of the
// key: a row that was copied under another one is none.
func decodeRecord(ref session.Ref, s string) (row, error) {
	if len(s) < headerSize || len(s)-headerSize > session.MaxSealed || s[0] != headerFormat || s[1] > flagsKnown {
		return row{}, errRow
	}
	f := fields(s)
	var r row
	f.take(1)
	r.flags = f.take(1)[0]
	r.Superseded = r.flags&flagSuperseded != 0
	r.Rev = f.number()
	r.IdleUntil, r.AbsUntil, r.seen, r.AuthAt, r.CreatedAt = f.time(), f.time(), f.time(), f.time(), f.time()
	r.Epochs, r.actor = f.epochs(), f.epochs()
	copy(r.Kid[:], f.take(len(r.Kid)))
	r.Ref, r.Prev, r.next = takeID[session.Ref](&f), takeID[session.Ref](&f), takeID[session.Ref](&f)
	r.Subject, r.Login = f.subject(), takeID[identity.LoginID](&f)
	r.Actor = f.subject()
	r.Sealed = []byte(f)
	if r.Ref != ref || r.Rev == 0 || !whole(r.Subject) || !whole(r.Actor) {
		return row{}, errRow
	}
	return r, nil
}

func whole(s identity.Subject) bool { return s.IsZero() || s.Valid() }

// refText names a ref in keys and indexes, in the order of its bytes.
func refText(ref session.Ref) string {
	b := ref.Bytes()
	return hex.EncodeToString(b[:])
}

// parseRef reads refText.
func parseRef(s string) (session.Ref, error) {
	var b [16]byte
	if raw, err := hex.DecodeString(s); err != nil || copy(b[:], raw) != len(b) || len(raw) != len(b) {
		return session.Ref{}, errRow
	}
	return identity.FromBytes[session.Ref](b), nil
}

// subjectText names a subject in keys.
func subjectText(s identity.Subject) string { return hex.EncodeToString(appendSubject(nil, s)) }
