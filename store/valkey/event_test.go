package valkey

import (
	"encoding/hex"
	"reflect"
	"testing"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
)

func anEvent() audit.Record {
	src := entropy.Seeded(3)
	return audit.Record{
		ID: identity.NewEventID(aMoment, src), Tenant: aTenant, At: aMoment, Boot: [16]byte{1}, Node: "node-a",
		Kind: "factor_failed", Outcome: 1, Handle: [16]byte{2}, Body: []byte(`{"kind":"factor_failed"}`),
	}
}

// STO-029
func TestDecodeEvent_reads_what_encode_wrote(t *testing.T) {
	t.Parallel()
	want := anEvent()
	got, fine := decodeEvent(eventID(want.ID), append([]byte("17 "), encodeEvent(&want)...))
	if want.Seq = 17; !fine || !reflect.DeepEqual(got, want) {
		t.Errorf("%t\n got %+v\nwant %+v", fine, got, want)
	}
}

// What is damaged, of a newer form or under a name that no event has is none, and ends
// nobody's process.
func TestDecodeEvent_refuses_what_was_not_written_so(t *testing.T) {
	t.Parallel()
	e := anEvent()
	id, good := eventID(e.ID), "17 "+string(encodeEvent(&e))
	for what, text := range map[string]string{
		"nothing": "", "no number": good[2:], "a number that is none": "x" + good, "number nought": "0" + good[2:], "a negative number": "-" + good,
		"a newer form": "17 \x02" + good[4:], "a cut head": good[:3+eventHead-1], "a cut node": good[:3+eventHead+3],
		"a node that is longer than all": good[:3+eventHead] + "\xff" + good[3+eventHead+1:],
	} {
		if _, fine := decodeEvent(id, []byte(text)); fine {
			t.Errorf("%s is an event", what)
		}
	}
	for _, name := range []string{"", "zz", id[:30], id + "00", id + id, hex.EncodeToString(make([]byte, 16)), "g" + id[1:]} {
		if _, fine := decodeEvent(name, []byte(good)); fine {
			t.Errorf("%q names an event", name)
		}
	}
}

// FUZ-053: whatever the server holds under whatever name, reading it ends in an event
// that was written so, or in none.
func FuzzDecodeEvent(f *testing.F) {
	e := anEvent()
	f.Add(eventID(e.ID), append([]byte("17 "), encodeEvent(&e)...))
	f.Add("", []byte(nil))
	f.Fuzz(func(t *testing.T, id string, b []byte) {
		r, fine := decodeEvent(id, b)
		if !fine {
			return
		}
		if r.Seq == 0 || len(id) != 32 || len(b) < 2 || string(encodeEvent(&r)) != string(b[len(b)-len(encodeEvent(&r)):]) {
			t.Errorf("%q %q is %+v", id, b, r)
		}
	})
}
