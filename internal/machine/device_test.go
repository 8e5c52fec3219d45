package machine

import (
	"testing"

	"github.com/axess-go/axess/identity"
)

// SES-086: a device belongs to a login, and noting it changes nothing else.
func TestOnDevice(t *testing.T) {
	t.Parallel()
	d, other := idOf[identity.DeviceID](3), idOf[identity.DeviceID](4)
	for name, s := range states(t) {
		before := dump(s)
		next, noted := OnDevice(s, d)
		login := wholeLogin(s)
		if want := login != nil && login.Actor == nil; noted != want {
			t.Errorf("%s: noted %v, want %v", name, noted, want)
			continue
		}
		if dump(s) != before || !noted && dump(next) != before {
			t.Errorf("%s: changed", name)
		}
		if !noted {
			continue
		}
		if wholeLogin(next).Device != d || restored(next) != nil {
			t.Errorf("%s: %+v, %v", name, wholeLogin(next), restored(next))
		}
		if _, again := OnDevice(next, d); again {
			t.Errorf("%s: noted twice", name)
		}
		if _, lost := OnDevice(next, identity.DeviceID{}); lost {
			t.Errorf("%s: forgotten", name)
		}
		if moved, ok := OnDevice(next, other); !ok || wholeLogin(moved).Device != other {
			t.Errorf("%s: not replaced", name)
		}
	}
}

// wholeLogin is loginIn for states that may be hollow.
func wholeLogin(s State) *LoginData {
	if !whole(s) {
		return nil
	}
	return loginIn(s)
}
