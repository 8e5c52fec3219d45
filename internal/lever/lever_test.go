package lever_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/lever"
	"github.com/axess-go/axess/store"
)

func policy() authn.LockPolicy {
	return authn.LockPolicy{
		Threshold: 2, Window: time.Hour, Lock: time.Minute, Factor: 2, Cap: time.Hour, Decay: 2 * time.Hour,
	}
}

func at(d time.Duration) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(d)
}

func ExampleLever() {
	var lv lever.Lever
	p := policy()
	fmt.Println(lv.Fail(p, at(0)), lv.Fail(p, at(time.Second)))
	refused := lv.Refuse(p, at(2*time.Second), 0)
	fmt.Println(refused.Until.Sub(at(0)), refused.First)
	// Output:
	// 0 2
	// 1m1s true
}

func ExampleDecode() {
	var lv lever.Lever
	lv.Fail(policy(), at(0))
	again, err := lever.Decode(lv.Encode())
	fmt.Println(again.Fail(policy(), at(time.Second)), err)
	// Output: 2 <nil>
}

// used is a lever in which every field says something.
func used() lever.Lever {
	var lv lever.Lever
	p := policy()
	lv.Fail(p, at(0))
	lv.Fail(p, at(time.Second))
	_ = lv.Refuse(p, at(2*time.Second), 0)
	lv.Fail(p, at(3*time.Second))
	lv.Reserve([16]byte{7, 15: 9}, at(4*time.Second), p)
	lv.Reserve([16]byte{8}, at(5*time.Second), p)
	return lv
}

// AUN-050
func TestDecode_gives_back_every_field(t *testing.T) {
	t.Parallel()
	for _, want := range []lever.Lever{{}, used()} {
		got, err := lever.Decode(want.Encode())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	}
}

// AUN-050: a lever that cannot be read is not an open one.
func TestDecode_refuses_everything_else(t *testing.T) {
	t.Parallel()
	lv := used()
	whole := lv.Encode()
	for n := range whole {
		if _, err := lever.Decode(whole[:n]); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("the first %d bytes: %v, want ErrCorrupt", n, err)
		}
	}
	for what, b := range map[string][]byte{
		"a byte more":     append(append([]byte{}, whole...), 0),
		"another version": append([]byte{2}, whole[1:]...),
		"a forged length": {1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f},
	} {
		if _, err := lever.Decode(b); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", what, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	lv := used()
	f.Add(lv.Encode())
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		lv, err := lever.Decode(b)
		if err != nil {
			return
		}
		again, err := lever.Decode(lv.Encode())
		if err != nil || !reflect.DeepEqual(again, lv) {
			t.Errorf("%x: %v", b, err)
		}
	})
}

// AUN-050, AUN-I12
func TestForget_comes_after_everything_that_still_matters(t *testing.T) {
	t.Parallel()
	lv := used()
	if end := lv.Forget(); end.Before(at(4*time.Second + authn.PendingFor + time.Hour + 2*time.Hour)) {
		t.Errorf("forgotten at %v while an unsettled attempt may still lock", end)
	}
	var locked lever.Lever
	locked.Fail(policy(), at(0))
	locked.Fail(policy(), at(0))
	_ = locked.Refuse(policy(), at(0), 0)
	if locked.Idle(locked.Forget()) || !locked.Idle(locked.Forget().Add(time.Microsecond)) {
		t.Errorf("forgotten at %v, which is not when it is idle", locked.Forget())
	}
}

func TestEncode_is_pinned(t *testing.T) {
	t.Parallel()
	lv := used()
	if got := hex.EncodeToString(lv.Encode()); got != golden {
		t.Errorf("got %s\nwant %s", got, golden)
	}
}

// golden pins the stored form: a lever of the release before is still read.
const golden = "0102028080c58bc6d10180e0ba84bf038080c58bc6d10180808a978ca303010180e58e95a7fda50680dbe6dda6fda5060180dbe6dda6fda506020700000000000000000000000000000980e4e0dea6fda50602028080c58bc6d10180e0ba84bf038080c58bc6d10180808a978ca3030800000000000000000000000000000080eddadfa6fda50602028080c58bc6d10180e0ba84bf038080c58bc6d10180808a978ca303"
