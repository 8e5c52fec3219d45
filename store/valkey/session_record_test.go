package valkey

import (
	"reflect"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

func sample() row {
	src := entropy.Seeded(1)
	at := func(n int64) time.Time { return time.UnixMicro(n).UTC() }
	r := row{seen: at(3), actor: identity.Epochs{Global: 4, Tenant: 5, User: 6}, next: identity.NewID[session.Ref](src), flags: flagSuperseded | flagNextAway}
	r.Record = session.Record{
		Ref: identity.NewID[session.Ref](src), Prev: identity.NewID[session.Ref](src), Rev: 7, Superseded: true,
		Subject: identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)},
		Login:   identity.NewLoginID(src),
		Actor:   identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)},
		AuthAt:  at(8), CreatedAt: at(9), IdleUntil: at(10), AbsUntil: at(11),
		Epochs: identity.Epochs{Global: 1, Tenant: 2, User: 3}, Kid: [4]byte{1, 2, 3, 4}, Sealed: []byte("sealed"),
	}
	return r
}

// STO-002, STO-029
func TestDecodeRecord_reads_what_encode_wrote(t *testing.T) {
	t.Parallel()
	want := sample()
	got, err := decodeRecord(want.Ref, want.encode())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, want)
	}
}

// A row that was copied under another key, cut or written by something else is no
// record, and no absence either. STO-029
func TestDecodeRecord_refuses_what_was_not_written_so(t *testing.T) {
	t.Parallel()
	r := sample()
	good := r.encode()
	half := r
	half.Subject.User = identity.UserID{}
	none := r
	none.Rev = 0
	for what, text := range map[string]string{
		"empty": "", "cut": good[:headerSize-1], "another format": "\x02" + good[1:],
		"an unknown flag": good[:1] + "\x10" + good[2:], "half a subject": half.encode(), "no revision": none.encode(),
		"a body that is too large": good + string(make([]byte, session.MaxSealed)),
	} {
		if _, err := decodeRecord(r.Ref, text); err == nil {
			t.Errorf("%s is a record", what)
		}
	}
	if _, err := decodeRecord(r.Prev, good); err == nil {
		t.Error("a record under another key is one")
	}
}

// Whatever the server holds, reading it ends in a row or an error.
func FuzzDecodeRecord(f *testing.F) {
	r := sample()
	f.Add(r.encode())
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := decodeRecord(r.Ref, text)
		if err == nil && got.encode() != text {
			t.Error("not written so")
		}
		_ = endings(text)
		if ref, err := parseRef(text); err == nil && len(text) != 32 {
			t.Errorf("%q is %v", text, ref)
		}
		if sub, whole := subjectOf(text); whole && candidate(sub) != text {
			t.Errorf("%q is %v", text, sub)
		}
		_, _ = decodeClaim(text)
	})
}
