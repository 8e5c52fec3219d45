package session

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
)

// near answers at once what it knows, and whatever it says is believed.
type near struct {
	*memStore
	known bool
	asked int
	epoch identity.Epochs
}

func (n *near) LoadNearby(ctx context.Context, ref Ref, now time.Time) (Record, Current, bool) {
	n.asked++
	if !n.known {
		return Record{}, Current{}, false
	}
	rec, current, err := n.memStore.Load(context.WithoutCancel(ctx), ref, now)
	current.Epochs = n.epoch
	return rec, current, err == nil
}

// A store that can answer at once is asked first, without a timeout, and judged as if
// it had been loaded: what it knows to be revoked is.
//
// SES-081, SES-195
func TestLoad_asks_nearby_first(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		near  near
		loads int
		state string
	}{
		"known":   {near{known: true}, 0, "ok"},
		"unknown": {near{}, 1, "ok"},
		"revoked": {near{known: true, epoch: identity.Epochs{User: 1}}, 0, "revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t)
			b := g.in()
			st := tc.near
			st.memStore = g.db
			g.Manager = g.manager(func(c *Config) { c.Store = &st })
			before := g.loaded(tc.state)
			var loads int
			g.db.faults(func(ctx context.Context, verb string) error {
				if _, bounded := clock.Deadline(ctx); verb == "load" && bounded {
					loads++
				}
				return nil
			}, nil)
			b.do(func(http.ResponseWriter, *http.Request, *Session) {})
			if st.asked != 1 || loads != tc.loads || g.loaded(tc.state) != before+1 {
				t.Errorf("asked %d times at once, %d in all; %v", st.asked, loads, g.rec.Series())
			}
		})
	}
}
