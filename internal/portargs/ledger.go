package portargs

import (
	"slices"
	"time"

	"github.com/axess-go/axess/authn"
)

// maxLevers bounds one attempt.
const maxLevers = 4

// Levers reports that an attempt has 1 to 4 levers, all different, each with a
// key and a whole policy.
func Levers(levers []authn.Lever) bool {
	if len(levers) < 1 || len(levers) > maxLevers {
		return false
	}
	for i, lv := range levers {
		p := lv.Policy
		again := slices.ContainsFunc(levers[:i], func(o authn.Lever) bool { return o.Key == lv.Key })
		if again || lv.Key == (authn.Key{}) || p.Threshold < 1 || p.Factor < 1 ||
			min(p.Window, p.Lock, p.Cap, p.Decay) <= 0 {
			return false
		}
	}
	return true
}

// Settlement reports that a Commit names a reservation with its own levers, a
// verdict and a time.
func Settlement(r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) bool {
	same := slices.EqualFunc(levers, r.Keys, func(lv authn.Lever, k authn.Key) bool { return lv.Key == k })
	return r.ID != [16]byte{} && same && Levers(levers) && v >= authn.Failed && v <= authn.Cleared && !now.IsZero()
}
