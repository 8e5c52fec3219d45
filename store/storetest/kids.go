package storetest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// Which keys what is stored needs.
func testKids(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"credentials_are_counted_by_key", kidsOfCredentials},
		{"rows_of_a_topic_are_counted_by_key", kidsOfRows},
		{"what_is_no_envelope_needs_no_key", kidsOfDamage},
		{"counting_ends_with_its_context", kidsCancelled},
	})
}

// envelope is sealed under a key, as far as a backend can see.
func envelope(kid seal.KeyID) []byte {
	return append(append([]byte{seal.EnvelopeFormat}, kid[:]...), bytes.Repeat([]byte{0x5a}, seal.Overhead-5)...)
}

func (k *kit) countsCredentials(want ...store.KidCount) {
	k.Helper()
	got, err := k.s.Identity.CredentialKids(k.ctx())
	k.must(err)
	equal(k, "credentials", got, append([]store.KidCount{}, want...))
}

func (k *kit) countsRows(topic store.Topic, want ...store.KidCount) {
	k.Helper()
	got, err := k.s.Identity.RowKids(k.ctx(), topic)
	k.must(err)
	equal(k, string(topic), got, append([]store.KidCount{}, want...))
}

// PRD-034: across tenants, whatever the state of the row.
func kidsOfCredentials(k *kit) {
	k.countsCredentials()
	w := newWorld(k)
	low, high := seal.KeyID{0, 0, 0, 1}, seal.KeyID{200}
	under := func(u identity.User, n int, kid seal.KeyID) identity.Credential {
		c := k.credential(u, n)
		c.Body = envelope(kid)
		k.apply(identity.PutCredential{Credential: c})
		return c
	}
	moving := under(w.user, 3, high)
	under(w.twin, 4, high)
	off := k.credential(w.user, 5)
	off.Body, off.State = envelope(low), identity.CredentialDisabled
	k.apply(identity.PutCredential{Credential: off})
	k.countsCredentials(store.KidCount{Kid: low, Count: 1}, store.KidCount{Kid: high, Count: 2})
	next := advanced(moving)
	next.Body = envelope(low)
	k.must(k.s.Identity.Record(k.ctx(), identity.AdvanceCredential{Credential: next}))
	k.countsCredentials(store.KidCount{Kid: low, Count: 2}, store.KidCount{Kid: high, Count: 1})
	k.apply(identity.EraseUser{Subject: w.twin.Subject(), From: w.twin.State})
	k.countsCredentials(store.KidCount{Kid: low, Count: 2})
}

// PRD-034: what a relay holds at the moment needs its key still.
func kidsOfRows(k *kit) {
	low, high := seal.KeyID{1}, seal.KeyID{1, 0, 0, 255}
	put := func(topic store.Topic, kid seal.KeyID) store.Row {
		r := k.row(topic)
		r.Body = envelope(kid)
		k.must(k.s.Identity.Append(k.ctx(), r))
		return r
	}
	put(store.TopicMail, low)
	put(store.TopicMail, high)
	last := put(store.TopicMail, high)
	put(store.TopicVoid, low)
	k.lease(store.TopicMail, 1, 0, time.Hour)
	k.countsRows(store.TopicMail, store.KidCount{Kid: low, Count: 1}, store.KidCount{Kid: high, Count: 2})
	k.countsRows(store.TopicVoid, store.KidCount{Kid: low, Count: 1})
	k.countsRows(store.TopicDuty)
	k.must(k.s.Identity.Done(k.ctx(), store.TopicMail, last.ID))
	k.countsRows(store.TopicMail, store.KidCount{Kid: low, Count: 1}, store.KidCount{Kid: high, Count: 1})
}

// PRD-034: damage is not a lost key, and must not be reported as one.
func kidsOfDamage(k *kit) {
	w := newWorld(k)
	whole := envelope(seal.KeyID{7})
	for i, body := range [][]byte{{1}, whole[:5], whole[:seal.Overhead-1], append([]byte{2}, whole[1:]...)} {
		c := k.credential(w.user, 3+i)
		c.Body = body
		k.apply(identity.PutCredential{Credential: c})
		r := k.row(store.TopicMail)
		r.Body = body
		k.must(k.s.Identity.Append(k.ctx(), r))
	}
	k.countsCredentials()
	k.countsRows(store.TopicMail)
}

// IDN-060
func kidsCancelled(k *kit) {
	k.fails("credentials", first(k.s.Identity.CredentialKids(k.cancelled())), context.Canceled)
	k.fails("rows", first(k.s.Identity.RowKids(k.cancelled(), store.TopicMail)), context.Canceled)
	k.fails("no topic", first(k.s.Identity.RowKids(k.ctx(), "")), store.ErrBadArgument)
}
