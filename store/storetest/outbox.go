package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func testOutbox(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"what_was_appended_is_leased_oldest_first", leaseOrder},
		{"a_leased_row_is_hidden_until_its_lease_ends", leaseHides},
		{"topics_are_apart", leaseTopics},
		{"done_is_for_good_and_idempotent", leaseDone},
		{"a_deferred_row_waits_until_it_is_due", leaseDefer},
		{"appending_is_all_or_none", appendAll},
		{"rows_are_copied", appendCopies},
		{"the_largest_row_fits", appendLargest},
		{"malformed_arguments_are_ErrBadArgument", outboxArguments},
		{"a_cancelled_context_leaves_nothing", outboxCancelled},
		{"race/no_row_is_leased_twice", raceLease},
		{"race/a_row_is_stored_once", raceAppend},
	})
}

func (k *kit) rowAt(topic store.Topic, when time.Duration) store.Row {
	r := k.row(topic)
	r.ID, r.At = identity.NewEventID(at(when), k.src).Bytes(), at(when)
	return r
}

func (k *kit) lease(topic store.Topic, limit int, now, until time.Duration) []store.Pending {
	k.Helper()
	got, err := k.s.Identity.Lease(k.ctx(), topic, limit, at(now), at(until))
	k.must(err)
	return got
}

func (k *kit) leased(what string, got []store.Pending, attempts int, want ...store.Row) {
	k.Helper()
	if len(got) != len(want) {
		k.Errorf("%s: %d rows, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		equal(k, what, got[i], store.Pending{Row: want[i], Attempts: attempts})
	}
}

// AUD-030
func leaseOrder(k *kit) {
	third, first, second := k.rowAt(store.TopicMail, 3*time.Second), k.rowAt(store.TopicMail, time.Second), k.rowAt(store.TopicMail, 2*time.Second)
	k.must(k.s.Identity.Append(k.ctx(), third, first))
	k.must(k.s.Identity.Append(k.ctx(), second))
	k.must(k.s.Identity.Append(k.ctx()))
	k.leased("two", k.lease(store.TopicMail, 2, time.Minute, time.Hour), 1, first, second)
	k.leased("the rest", k.lease(store.TopicMail, 2, time.Minute, time.Hour), 1, third)
	k.leased("nothing", k.lease(store.TopicMail, 2, time.Minute, time.Hour), 1)
}

// AUD-030
func leaseHides(k *kit) {
	r := k.row(store.TopicAudit)
	k.must(k.s.Identity.Append(k.ctx(), r))
	k.leased("first", k.lease(store.TopicAudit, 9, 0, time.Minute), 1, r)
	k.leased("hidden", k.lease(store.TopicAudit, 9, time.Minute-time.Millisecond, time.Hour), 0)
	// Its relay has died: the next one gets it, and sees that it is the second.
	k.leased("again", k.lease(store.TopicAudit, 9, time.Minute, time.Hour), 2, r)
}

// AUD-030
func leaseTopics(k *kit) {
	rows := map[store.Topic]store.Row{}
	for _, topic := range []store.Topic{store.TopicAudit, store.TopicMail, store.TopicDuty, store.TopicVoid, "later"} {
		rows[topic] = k.row(topic)
		k.must(k.s.Identity.Append(k.ctx(), rows[topic]))
	}
	audit := rows[store.TopicAudit]
	k.must(k.s.Identity.Done(k.ctx(), store.TopicMail, audit.ID))
	k.must(k.s.Identity.Defer(k.ctx(), store.TopicMail, audit.ID, at(time.Hour)))
	for topic, r := range rows {
		k.leased(string(topic), k.lease(topic, 9, 0, time.Minute), 1, r)
	}
}

// AUD-030
func leaseDone(k *kit) {
	a, b := k.row(store.TopicDuty), k.row(store.TopicDuty)
	k.must(k.s.Identity.Append(k.ctx(), a, b))
	for range 2 {
		k.must(k.s.Identity.Done(k.ctx(), store.TopicDuty, a.ID, [16]byte{1}))
	}
	k.must(k.s.Identity.Done(k.ctx(), store.TopicDuty))
	k.leased("left", k.lease(store.TopicDuty, 9, 0, time.Minute), 1, b)
}

// AUD-030
func leaseDefer(k *kit) {
	r := k.row(store.TopicMail)
	k.must(k.s.Identity.Append(k.ctx(), r))
	k.lease(store.TopicMail, 9, 0, time.Minute)
	k.must(k.s.Identity.Defer(k.ctx(), store.TopicMail, r.ID, at(time.Hour)))
	k.leased("too early", k.lease(store.TopicMail, 9, time.Hour-time.Millisecond, 2*time.Hour), 0)
	k.leased("due", k.lease(store.TopicMail, 9, time.Hour, 2*time.Hour), 2, r)
	k.must(k.s.Identity.Defer(k.ctx(), store.TopicMail, r.ID, at(0)))
	k.leased("sooner", k.lease(store.TopicMail, 9, time.Hour, 2*time.Hour), 3, r)
	k.must(k.s.Identity.Defer(k.ctx(), store.TopicMail, [16]byte{1}, at(0)))
	k.leased("absent", k.lease(store.TopicMail, 9, time.Hour, 2*time.Hour), 0)
}

// AUD-030
func appendAll(k *kit) {
	a, b := k.row(store.TopicMail), k.row(store.TopicMail)
	k.must(k.s.Identity.Append(k.ctx(), a))
	again := a
	again.Topic, again.Body = store.TopicAudit, []byte("another body")
	k.fails("known", k.s.Identity.Append(k.ctx(), b, again), store.ErrExists)
	k.fails("twice", k.s.Identity.Append(k.ctx(), b, b), store.ErrExists)
	k.leased("left", k.lease(store.TopicMail, 9, 0, time.Minute), 1, a)
	k.leased("nothing", k.lease(store.TopicAudit, 9, 0, time.Minute), 0)
}

// STO-020
func appendCopies(k *kit) {
	r := k.row(store.TopicMail)
	k.must(k.s.Identity.Append(k.ctx(), r))
	want := k.row(store.TopicMail).Body
	r.Body[0] = 'X'
	got := k.lease(store.TopicMail, 1, 0, time.Minute)
	equal(k, "body", got[0].Body, want)
	got[0].Body[0] = 'Y'
	equal(k, "body again", k.lease(store.TopicMail, 1, time.Minute, time.Hour)[0].Body, want)
}

// STO-006
func appendLargest(k *kit) {
	r := k.row(store.TopicMail)
	r.Body = tooLong(store.MaxRowBody)
	k.fails("larger", k.s.Identity.Append(k.ctx(), k.row(store.TopicMail), r), store.ErrTooLarge)
	k.leased("nothing", k.lease(store.TopicMail, 9, 0, time.Minute), 0)
	r.Body = r.Body[1:]
	k.must(k.s.Identity.Append(k.ctx(), r))
	k.leased("largest", k.lease(store.TopicMail, 9, 0, time.Minute), 1, r)
}

// STO-003
func outboxArguments(k *kit) {
	o, ctx, r := k.s.Identity, k.ctx(), k.row(store.TopicMail)
	k.must(o.Append(ctx, r))
	for what, err := range map[string]error{
		"append, no id":       o.Append(ctx, store.Row{Topic: store.TopicMail}),
		"append, no topic":    o.Append(ctx, store.Row{ID: [16]byte{1}}),
		"lease, no topic":     first(o.Lease(ctx, "", 1, at(0), at(1))),
		"lease, limit 0":      first(o.Lease(ctx, store.TopicMail, 0, at(0), at(time.Minute))),
		"lease, no time":      first(o.Lease(ctx, store.TopicMail, 1, time.Time{}, at(0))),
		"lease, ends at once": first(o.Lease(ctx, store.TopicMail, 1, at(0), at(0))),
		"done, no topic":      o.Done(ctx, "", r.ID),
		"defer, no topic":     o.Defer(ctx, "", r.ID, at(time.Hour)),
		"defer, no id":        o.Defer(ctx, store.TopicMail, [16]byte{}, at(time.Hour)),
	} {
		k.fails(what, err, store.ErrBadArgument)
	}
	k.leased("untouched", k.lease(store.TopicMail, 9, 0, time.Minute), 1, r)
}

// IDN-060
func outboxCancelled(k *kit) {
	o, ctx, r := k.s.Identity, k.cancelled(), k.row(store.TopicMail)
	k.must(o.Append(k.ctx(), r))
	for what, err := range map[string]error{
		"append": o.Append(ctx, k.row(store.TopicMail)),
		"lease":  first(o.Lease(ctx, store.TopicMail, 1, at(0), at(time.Minute))),
		"done":   o.Done(ctx, store.TopicMail, r.ID),
		"defer":  o.Defer(ctx, store.TopicMail, r.ID, at(time.Hour)),
	} {
		k.fails(what, err, context.Canceled)
	}
	k.leased("untouched", k.lease(store.TopicMail, 9, 0, time.Minute), 1, r)
}

// IDN-067
func raceLease(k *kit) {
	for range racers {
		k.must(k.s.Identity.Append(k.ctx(), k.row(store.TopicMail)))
	}
	got := make([][]store.Pending, racers)
	k.winners(race(func(i int) (err error) {
		got[i], err = k.s.Identity.Lease(k.ctx(), store.TopicMail, 3, at(0), at(time.Minute))
		return err
	}), racers)
	holders := map[[16]byte]int{}
	for _, list := range got {
		for _, p := range list {
			holders[p.ID]++
		}
	}
	if len(holders) != racers {
		k.Errorf("%d rows leased, want %d", len(holders), racers)
	}
	for _, n := range holders {
		if n != 1 {
			k.Errorf("a row was leased %d times", n)
		}
	}
}

// IDN-067
func raceAppend(k *kit) {
	r := k.row(store.TopicMail)
	k.winners(race(func(int) error { return k.s.Identity.Append(k.ctx(), r) }), 1, store.ErrExists)
	k.leased("stored", k.lease(store.TopicMail, 9, 0, time.Minute), 1, r)
}
