package sim

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/axess-go/axess/store"
)

// noWedge: when faults have stopped, each person signs in anew in a fresh browser, and
// what waits to be done is looked for at the end.
func noWedge() invariant {
	return invariant{Invariant: Invariant{
		ID: "I45", Name: "NoWedge",
		Statement: "When faults have stopped, whoever can sign in does within two tries, and what waits in the outbox is done.",
		Covers:    []string{"AUN-047", "CSR-032"},
	}, still: func(w *World) error {
		stores, ok := w.truth()
		if !ok || w.coro.Elapsed()-w.calmed < drained {
			return nil // or it was too short
		}
		now := w.coro.Time()
		for _, topic := range []store.Topic{store.TopicAudit, store.TopicMail, store.TopicDuty} {
			due := now.Add(time.Hour)
			if topic == store.TopicMail {
				due = now.Add(-drained) // the longer a mail server is out, the longer until the next try
			}
			rows, err := stores.Identity.Lease(context.Background(), topic, 100, due, now.Add(time.Hour+time.Second))
			if err != nil {
				return err
			}
			for _, r := range rows {
				if waits := now.Sub(r.At); waits > drained {
					return fmt.Errorf("a row of %s has waited for %v, and was tried %d times", topic, waits, r.Attempts-1)
				}
			}
		}
		return nil
	}}
}

// drained is how long after the end of the faults, or after it was written, a row may
// wait.
const drained = 3 * time.Minute

// settle looks whether somebody can still sign in, when faults have stopped.
func (p *person) settle(ctx context.Context) {
	if p.settledIn {
		return
	}
	p.settledIn = true
	p.w.outside.Sleep(ctx, 20*time.Second) //nolint:errcheck // only time: servers that have died start again
	if p.pending != "" || len(p.addresses) > 1 || p.gone || p.again || p.perhaps || p.stopped > 0 || p.rebinds > 0 || p.forged || p.unbound || p.shut > 0 || p.stripped() || p.id.IsZero() || len(p.wrong) > 0 || p.w.ghost.shaken > 0 {
		return
	}
	for _, f := range p.passwords {
		if f.ended == 0 && f.value != p.password { //axess:allow L05 nobody measures the ghost
			return // somebody else may have chosen another
		}
	}
	for _, a := range p.apps {
		if a.maybe && a.ended == 0 || a.sure == 0 {
			return
		}
	}
	from := p.w.coro.Elapsed()
	for range 2 {
		// A browser that has nothing yet: of two answers it may have kept the one that says
		// otherwise, and be signed in all the same.
		b := p.w.browser(p.name+"/anew", p.browsers[0].addr)
		b.origin = p.origin
		if p.signIn(ctx, b) || p.code == http.StatusTooManyRequests {
			return
		}
		p.w.outside.Sleep(ctx, 15*time.Second) //nolint:errcheck // only time: a release may be under way
	}
	if p.shut > 0 || p.stopped > 0 || p.perhaps || p.gone || p.again {
		return
	}
	p.w.ghost.notice("I45", "%s cannot sign in when all is well: %d, after %v", p.name, p.code, p.w.coro.Elapsed()-from)
}
