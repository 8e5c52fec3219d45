package audit

import (
	"context"
	"crypto/sha256"
	"net/http"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/seal"
)

var t0 = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// testRing is an Index ring under a public key that every reader can compute.
func testRing(t testing.TB) *seal.Ring {
	t.Helper()
	m := sha256.Sum256([]byte("axess public test key: audit"))
	r, err := seal.NewRing(seal.Index, seal.Key{Master: seal.NewSecret(m[:]), State: seal.Primary, Created: t0})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// bench is a log with fixed time, randomness and keys.
type bench struct {
	*Log
	clock *clock.Fake
	of    Of
}

func setup(t testing.TB) bench {
	t.Helper()
	c := clock.NewFake(t0)
	l, err := New(Config{Clock: c, Entropy: entropy.Seeded(7), Keys: testRing(t), Node: "web-1"})
	if err != nil {
		t.Fatal(err)
	}
	src := entropy.Seeded(8)
	return bench{Log: l, clock: c, of: Of{
		Tenant: identity.NewTenantID(src), Subject: identity.NewUserID(src), Handle: entropy.Bytes16(src),
	}}
}

const testAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

var testSession = identity.FromBytes[identity.SessionID]([16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})

// request is the context of a request from ip.
func request(t testing.TB, ip string) context.Context {
	t.Helper()
	return With(t.Context(), Context{
		Client: address(t, ip), UserAgent: testAgent, RequestID: "req-1", Session: testSession,
	})
}

// address asks clientip, the only one who can make an Addr.
func address(t testing.TB, ip string) clientip.Addr {
	t.Helper()
	r, err := clientip.New(clientip.Config{})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.RemoteAddr = ip
	return r.Resolve(req)
}

// entry makes the row of an event and reads it back as a store would give it.
func (b bench) entry(t testing.TB, ctx context.Context, of Of, ev Event) Entry {
	t.Helper()
	rec := b.record(t, ctx, of, ev)
	rec.Seq = 1
	e, err := rec.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (b bench) record(t testing.TB, ctx context.Context, of Of, ev Event) Record {
	t.Helper()
	row, err := b.Row(ctx, of, ev)
	if err != nil {
		t.Fatal(err)
	}
	e, err := openRow(row)
	if err != nil {
		t.Fatal(err)
	}
	return e.Record
}
