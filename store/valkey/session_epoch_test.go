package valkey_test

import (
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// An epoch that has been raised lives for ever, however it was raised and whoever signs in
// afterwards: were it forgotten, what it ended would live again. One that is zero may
// end, since what is absent is zero.
//
// STO-031, SES-196
func TestEpoch_that_was_raised_has_no_end(t *testing.T) {
	t.Parallel()
	p := newDuo(t, single)
	for how, raise := range map[string]func(session.Record) error{
		"by a raise": func(r session.Record) error { return p.here.Raise(t.Context(), identity.UserScope(r.Subject)) },
		"by a rotation": func(r session.Record) error {
			next := record(r.Subject)
			c := claimFor(next)
			next.Epochs.User, c.Raise = 1, true
			_, err := p.here.Rotate(t.Context(), r.Ref, 1, next, c, 0)
			return err
		},
	} {
		r := p.signIn(p.here)
		tenant, user := r.Subject.Tenant.Bytes(), r.Subject.User.Bytes()
		key := fmt.Sprintf("%s:{%s.%02x}:e:%s%s", p.prefix, p.prefix, user[15], hex.EncodeToString(tenant[:]), hex.EncodeToString(user[:]))
		life := func() int64 {
			ms, err := p.raw.Do(t.Context(), p.raw.B().Pttl().Key(key).Build()).AsInt64()
			if err != nil {
				t.Fatal(err)
			}
			return ms
		}
		if life() <= 0 {
			t.Errorf("%s: before, it lives for %d ms", how, life())
		}
		if err := raise(r); err != nil {
			t.Fatal(err)
		}
		if life() != -1 {
			t.Errorf("%s: after, it lives for %d ms", how, life())
		}
		again := record(r.Subject)
		again.Epochs.User = 1
		p.create(p.here, again)
		if life() != -1 {
			t.Errorf("%s: after another sign-in it lives for %d ms", how, life())
		}
	}
}
