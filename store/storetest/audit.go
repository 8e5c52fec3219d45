package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func testAudit(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"events_are_numbered_without_gap", auditNumbers},
		{"a_known_event_keeps_its_number", auditKnown},
		{"events_are_read_newest_first_in_pages", auditPages},
		{"pages_stand_while_events_come", auditMeanwhile},
		{"filters_narrow", auditFilters},
		{"another_tenants_events_are_not_seen", auditTenants},
		{"bodies_are_copied_in", auditCopies},
		{"appending_is_all_or_none", auditAll},
		{"malformed_arguments_are_ErrBadArgument", auditArguments},
		{"a_cancelled_context_leaves_nothing", auditCancelled},
		{"race/numbers_have_no_gap_and_no_twin", auditRace},
	})
}

func (k *kit) event(t identity.TenantID, node string, when time.Duration) audit.Record {
	return audit.Record{
		ID: identity.NewEventID(at(when), k.src), Tenant: t, At: at(when), Node: node, Boot: [16]byte{1},
		Kind: "login_attempt", Outcome: audit.Success, Handle: entropy.Bytes16(k.src), Body: []byte(`{"a":1}`),
	}
}

func (k *kit) appended(records ...audit.Record) []uint64 {
	k.Helper()
	n, err := k.s.Audit.Append(k.ctx(), records...)
	k.must(err)
	return n
}

func (k *kit) query(t identity.TenantID, f audit.Filter) []audit.Record {
	k.Helper()
	got, err := k.s.Audit.Query(k.ctx(), t, f)
	k.must(err)
	return got
}

// AUD-001
func auditNumbers(k *kit) {
	t, other := identity.NewTenantID(k.src), identity.NewTenantID(k.src)
	equal(k, "first", k.appended(k.event(t, "a", 3*time.Second), k.event(other, "a", time.Second)), []uint64{1, 2})
	equal(k, "next", k.appended(k.event(t, "a", 2*time.Second)), []uint64{3})
	equal(k, "another node", k.appended(k.event(t, "b", 0), k.event(t, "a", 0)), []uint64{1, 4})
	again := k.event(t, "a", 0)
	again.Boot = [16]byte{2}
	equal(k, "another boot", k.appended(again), []uint64{1})
	equal(k, "nothing", len(k.appended()), 0)
}

// AUD-001, AUD-034
func auditKnown(k *kit) {
	t := identity.NewTenantID(k.src)
	a, b, c := k.event(t, "n", 0), k.event(t, "n", time.Second), k.event(t, "n", 2*time.Second)
	k.appended(a, b)
	changed := a
	changed.Body, changed.Tenant = []byte(`{"other":1}`), identity.NewTenantID(k.src)
	equal(k, "numbers", k.appended(b, c, changed), []uint64{2, 3, 1})
	a.Seq, b.Seq, c.Seq = 1, 2, 3
	equal(k, "events", k.query(t, audit.Filter{}), []audit.Record{c, b, a})
	equal(k, "elsewhere", len(k.query(changed.Tenant, audit.Filter{})), 0)
}

// AUD-001
func auditPages(k *kit) {
	t := identity.NewTenantID(k.src)
	var want []audit.Record
	for i := range 9 {
		want = append(want, k.event(t, "n", time.Duration(i/2)*time.Second)) // pairs of one time
	}
	for i, n := range k.appended(want...) {
		want[i].Seq = n
	}
	slices.SortFunc(want, func(x, y audit.Record) int {
		if c := y.At.Compare(x.At); c != 0 {
			return c
		}
		return slices.Compare(bytesOf(y.ID), bytesOf(x.ID))
	})
	for _, size := range []int{1, 2, 4, 0} {
		var got []audit.Record
		f := audit.Filter{Limit: size}
		for {
			page := k.query(t, f)
			if size > 0 && len(page) > size {
				k.Fatalf("a page of %d holds %d", size, len(page))
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			f.Before = page[len(page)-1].Cursor()
		}
		equal(k, "events", got, want)
	}
	// A cursor is a place, whether or not there is an event at it.
	nowhere := audit.Filter{Before: audit.Cursor{At: at(time.Second), ID: identity.NewEventID(at(0), k.src)}}
	for _, r := range k.query(t, nowhere) {
		if r.At.After(at(time.Second)) {
			k.Errorf("an event of %v behind a cursor of %v", r.At, at(time.Second))
		}
	}
	for range 101 {
		k.appended(k.event(t, "m", time.Hour))
	}
	if n := len(k.query(t, audit.Filter{})); n != audit.DefaultLimit {
		k.Errorf("%d events without limit, want %d", n, audit.DefaultLimit)
	}
}

func bytesOf(id identity.EventID) []byte {
	b := id.Bytes()
	return b[:]
}

// AUN-I17, AUD-042
func auditMeanwhile(k *kit) {
	t, handle := identity.NewTenantID(k.src), entropy.Bytes16(k.src)
	event := func(when time.Duration, mine bool) audit.Record {
		e := k.event(t, "n", when)
		if mine {
			e.Handle = handle
		}
		return e
	}
	var there []audit.Record
	for i := range 12 {
		e := event(time.Duration(i)*time.Second, i%3 != 0)
		if i%3 != 0 {
			there = append(there, e)
		}
		k.appended(e)
	}
	slices.Reverse(there)
	var before audit.Cursor
	var got []identity.EventID
	for later := time.Minute; ; later += time.Second {
		page := k.query(t, audit.Filter{Handle: handle, Before: before, Limit: 3})
		for _, r := range page {
			got = append(got, r.ID)
		}
		if len(page) < 3 {
			break
		}
		before = page[len(page)-1].Cursor()
		// Newer than all, and beside the place, of this subject and of another.
		k.appended(event(later, true), event(before.At.Sub(at(0)), false), event(later, false))
	}
	want := make([]identity.EventID, len(there))
	for i, r := range there {
		want[i] = r.ID
	}
	equal(k, "what was there", got, want)
}

// AUD-001
func auditFilters(k *kit) {
	t := identity.NewTenantID(k.src)
	var all []audit.Record
	for i := range 6 {
		r := k.event(t, "n", time.Duration(6-i)*time.Second)
		r.Kind = audit.Kind(fmt.Sprintf("kind_%c", 'a'+i%3))
		r.Handle = [16]byte{byte(1 + i%2)}
		r.Seq = 0
		n := k.appended(r)
		r.Seq = n[0]
		all = append(all, r)
	}
	equal(k, "handle", k.query(t, audit.Filter{Handle: [16]byte{1}}), []audit.Record{all[0], all[2], all[4]})
	equal(k, "kinds", k.query(t, audit.Filter{Kinds: []audit.Kind{"kind_b", "kind_c"}}),
		[]audit.Record{all[1], all[2], all[4], all[5]})
	equal(k, "both, limited", k.query(t, audit.Filter{Handle: [16]byte{2}, Kinds: []audit.Kind{"kind_a", "kind_b"}, Limit: 1}),
		[]audit.Record{all[1]})
	equal(k, "unknown", len(k.query(t, audit.Filter{Kinds: []audit.Kind{"nothing"}})), 0)
}

// IDN-031
func auditTenants(k *kit) {
	a, b := identity.NewTenantID(k.src), identity.NewTenantID(k.src)
	r := k.event(a, "n", 0)
	k.appended(r, k.event(b, "n", 0))
	r.Seq = 1
	equal(k, "own", k.query(a, audit.Filter{}), []audit.Record{r})
	equal(k, "by another's handle", len(k.query(b, audit.Filter{Handle: r.Handle})), 0)
	equal(k, "unknown", k.query(identity.NewTenantID(k.src), audit.Filter{}), []audit.Record{})
}

// STO-020
func auditCopies(k *kit) {
	t := identity.NewTenantID(k.src)
	r := k.event(t, "n", 0)
	body := slices.Clone(r.Body)
	k.appended(r)
	r.Body[0] = 'X'
	equal(k, "body", k.query(t, audit.Filter{})[0].Body, body)
}

// AUD-001
func auditAll(k *kit) {
	t := identity.NewTenantID(k.src)
	large, nameless := k.event(t, "n", 0), k.event(t, "n", 0)
	large.Body = tooLong(store.MaxRowBody)
	nameless.Kind = ""
	_, err := k.s.Audit.Append(k.ctx(), k.event(t, "n", 0), large)
	k.fails("large", err, store.ErrTooLarge)
	_, err = k.s.Audit.Append(k.ctx(), k.event(t, "n", 0), nameless)
	k.fails("no kind", err, store.ErrBadArgument)
	equal(k, "events", len(k.query(t, audit.Filter{})), 0)
	equal(k, "no number was used up", k.appended(k.event(t, "n", 0)), []uint64{1})
}

// STO-003
func auditArguments(k *kit) {
	t := identity.NewTenantID(k.src)
	r := k.event(t, "n", 0)
	many := make([]audit.Record, audit.MaxAppend+1)
	for i := range many {
		many[i] = k.event(t, "n", 0)
	}
	a, ctx := k.s.Audit, k.ctx()
	for what, err := range map[string]error{
		"one id twice":   first(a.Append(ctx, r, r)),
		"too many":       first(a.Append(ctx, many...)),
		"zero tenant":    first(a.Query(ctx, identity.TenantID{}, audit.Filter{})),
		"negative limit": first(a.Query(ctx, t, audit.Filter{Limit: -1})),
		"large limit":    first(a.Query(ctx, t, audit.Filter{Limit: audit.MaxLimit + 1})),
		"half a cursor":  first(a.Query(ctx, t, audit.Filter{Before: audit.Cursor{At: at(0)}})),
	} {
		k.fails(what, err, store.ErrBadArgument)
	}
	equal(k, "events", len(k.query(t, audit.Filter{})), 0)
}

// IDN-060
func auditCancelled(k *kit) {
	t := identity.NewTenantID(k.src)
	k.fails("append", first(k.s.Audit.Append(k.cancelled(), k.event(t, "n", 0))), context.Canceled)
	k.fails("query", first(k.s.Audit.Query(k.cancelled(), t, audit.Filter{})), context.Canceled)
	equal(k, "events", len(k.query(t, audit.Filter{})), 0)
}

// AUD-001, IDN-067
func auditRace(k *kit) {
	t := identity.NewTenantID(k.src)
	records := make([]audit.Record, racers)
	for i := range records {
		records[i] = k.event(t, "n", 0)
	}
	numbers := make([]uint64, racers)
	k.winners(race(func(i int) error {
		r := records[i/2] // each by two relays at once
		n, err := k.s.Audit.Append(k.ctx(), r)
		if err == nil {
			numbers[i] = n[0]
		}
		return err
	}), racers)
	for i := 0; i < racers; i += 2 {
		if numbers[i] != numbers[i+1] {
			k.Errorf("one event was told the numbers %d and %d", numbers[i], numbers[i+1])
		}
	}
	slices.Sort(numbers)
	for i, n := range slices.Compact(numbers) {
		if n != uint64(i+1) {
			k.Fatalf("numbers %v", numbers)
		}
	}
	equal(k, "events", len(k.query(t, audit.Filter{})), racers/2)
}
