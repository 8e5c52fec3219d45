package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// shelf is an outbox of a few rows for one consumer.
type shelf struct {
	rows []store.Pending
	due  map[[16]byte]time.Time
}

func (s *shelf) Append(_ context.Context, rows ...store.Row) error {
	for _, r := range rows {
		s.rows = append(s.rows, store.Pending{Row: r})
	}
	return nil
}

func (s *shelf) Lease(_ context.Context, topic store.Topic, limit int, now, until time.Time) ([]store.Pending, error) {
	var out []store.Pending
	for i := range s.rows {
		r := &s.rows[i]
		if r.Topic == topic && !now.Before(s.due[r.ID]) && len(out) < limit {
			r.Attempts++
			s.due[r.ID] = until
			out = append(out, *r)
		}
	}
	return out, nil
}

func (s *shelf) Done(_ context.Context, _ store.Topic, ids ...[16]byte) error {
	for _, id := range ids {
		for i, r := range s.rows {
			if r.ID == id {
				s.rows = append(s.rows[:i], s.rows[i+1:]...)
				break
			}
		}
	}
	return nil
}

func (s *shelf) RowKids(context.Context, store.Topic) ([]store.KidCount, error) { return nil, nil }

func (s *shelf) Defer(_ context.Context, _ store.Topic, id [16]byte, due time.Time) error {
	s.due[id] = due
	return nil
}

type flaky struct {
	fails int
	with  error                 // instead of "no route"
	slow  func(context.Context) // what a sending takes
	sent  []mail.Message
}

func (f *flaky) Send(ctx context.Context, m mail.Message) error {
	if f.slow != nil {
		f.slow(ctx)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("too slow: %w", err)
		}
	}
	if f.fails > 0 {
		f.fails--
		if f.with != nil {
			return f.with
		}
		return errors.New("no route")
	}
	f.sent = append(f.sent, m)
	return nil
}

type sendFunc func(context.Context, mail.Message) error

func (f sendFunc) Send(ctx context.Context, m mail.Message) error { return f(ctx, m) }

type queueRig struct {
	data   *seal.Ring
	clock  *clock.Fake
	shelf  *shelf
	sender *flaky
	queue  *mail.Queue
	count  *metric.Recorder
}

func newQueue(t *testing.T) queueRig {
	t.Helper()
	k, err := keys.Ephemeral(entropy.Seeded(1)).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := queueRig{
		data:  k.Data,
		clock: clock.NewFake(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)),
		shelf: &shelf{due: map[[16]byte]time.Time{}}, sender: &flaky{}, count: &metric.Recorder{},
	}
	r.queue, err = mail.NewQueue(mail.QueueConfig{Data: k.Data, Outbox: r.shelf, Sender: r.sender, Clock: r.clock, Metrics: r.count})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r queueRig) put(t *testing.T, id byte) mail.Message {
	t.Helper()
	m := mail.Message{ID: [16]byte{id}, To: "ada@example.org", Subject: "Confirm", Text: "Open http://localhost/x\n", Kind: "verify", At: r.clock.Now()}
	row, err := r.queue.Row(m)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(row.Body, []byte("ada@")) || bytes.Contains(row.Body, []byte("localhost")) {
		t.Fatal("the row shows the mail")
	}
	if err := r.shelf.Append(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	return m
}

// UIX-093
func TestQueue(t *testing.T) {
	t.Parallel()
	t.Run("delivers once and keeps nothing", func(t *testing.T) {
		t.Parallel()
		r := newQueue(t)
		want := r.put(t, 1)
		for range 2 {
			if err := r.queue.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(r.sender.sent) != 1 || r.sender.sent[0] != want || len(r.shelf.rows) != 0 {
			t.Fatalf("sent %v, left %d", r.sender.sent, len(r.shelf.rows))
		}
	})
	// AUN-173
	t.Run("says how long the oldest waited", func(t *testing.T) {
		t.Parallel()
		r := newQueue(t)
		r.put(t, 1)
		r.clock.Advance(90 * time.Second)
		r.put(t, 2)
		if err := r.queue.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := r.count.Observed("axess.mail.age"); len(got) != 1 || got[0] != 90 {
			t.Errorf("observed %v", got)
		}
	})
	t.Run("tries again with growing distance and gives up after a day", func(t *testing.T) {
		t.Parallel()
		r := newQueue(t)
		r.sender.fails = 1000
		r.put(t, 1)
		tries := 0
		for range 60 * 25 {
			before := r.sender.fails
			if err := r.queue.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
			tries += before - r.sender.fails
			r.clock.Advance(time.Minute)
		}
		// 1, 2, 4, 8, 16, 32 minutes, then hourly.
		if tries < 25 || tries > 32 || len(r.shelf.rows) != 0 {
			t.Fatalf("%d tries, %d rows left", tries, len(r.shelf.rows))
		}
		if r.count.Counted("mail_deliveries", metric.L(metric.Outcome, "dead")) != 1 {
			t.Fatal("a dead mail is not counted")
		}
	})
	t.Run("one bad mail does not hold up the next", func(t *testing.T) {
		t.Parallel()
		r := newQueue(t)
		r.sender.fails = 1
		r.put(t, 1)
		r.put(t, 2)
		if err := r.queue.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(r.sender.sent) != 1 || r.sender.sent[0].ID != [16]byte{2} {
			t.Fatalf("sent %v", r.sender.sent)
		}
	})
	// FAC-065
	t.Run("forgets what is of no use any more", func(t *testing.T) {
		t.Parallel()
		r := newQueue(t)
		r.sender.fails = 1000
		m := r.put(t, 1)
		m.Until = r.clock.Now().Add(5 * time.Minute)
		row, err := r.queue.Row(m)
		if err != nil {
			t.Fatal(err)
		}
		r.shelf.rows[0].Row = row
		deliver := func() (tries int) {
			before := r.sender.fails
			if err := r.queue.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
			return before - r.sender.fails
		}
		deliver()
		r.clock.Advance(time.Minute)
		deliver()
		r.clock.Advance(2 * time.Minute)
		if tries := deliver(); tries != 1 || len(r.shelf.rows) != 1 {
			t.Fatalf("after three minutes: %d tries, %d rows", tries, len(r.shelf.rows))
		}
		r.clock.Advance(2*time.Minute - time.Microsecond) // the next try would be two minutes later
		if tries := deliver(); tries != 0 || len(r.shelf.rows) != 1 {
			t.Fatalf("before its time: %d tries, %d rows", tries, len(r.shelf.rows))
		}
		r.clock.Advance(time.Microsecond)
		if tries := deliver(); tries != 0 || len(r.shelf.rows) != 0 {
			t.Fatalf("when it is over: %d tries, %d rows", tries, len(r.shelf.rows))
		}
		if r.count.Counted("mail_deliveries", metric.L(metric.Outcome, "late")) != 1 {
			t.Fatal("not counted")
		}
	})
	t.Run("gives up at once on what was rejected for good", func(t *testing.T) {
		t.Parallel()
		r := newQueue(t)
		r.sender.fails, r.sender.with = 1, fmt.Errorf("server said no: %w", mail.ErrRejected)
		r.put(t, 1)
		r.put(t, 2)
		for range 2 {
			if err := r.queue.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.clock.Advance(time.Hour)
		}
		if len(r.shelf.rows) != 0 || len(r.sender.sent) != 1 || r.sender.sent[0].ID != [16]byte{2} {
			t.Fatalf("%d rows left, sent %v", len(r.shelf.rows), r.sender.sent)
		}
		if r.count.Counted("mail_deliveries", metric.L(metric.Outcome, "rejected")) != 1 {
			t.Fatal("a rejected mail is not counted")
		}
	})
	t.Run("sends nothing whose lease may end meanwhile", func(t *testing.T) {
		t.Parallel()
		r := newQueue(t)
		r.sender.slow = func(context.Context) { r.clock.Advance(time.Minute) }
		for id := range byte(5) {
			r.put(t, id+1)
		}
		if err := r.queue.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		// Begun after 0, 1 and 2 minutes; after 3 the lease of 5 is too short.
		if len(r.sender.sent) != 3 || len(r.shelf.rows) != 2 {
			t.Fatalf("sent %d, left %d", len(r.sender.sent), len(r.shelf.rows))
		}
		r.clock.Advance(2 * time.Minute)
		if err := r.queue.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(r.sender.sent) != 5 || len(r.shelf.rows) != 0 {
			t.Fatalf("then sent %d, left %d", len(r.sender.sent), len(r.shelf.rows))
		}
	})
	t.Run("ends a sender that hangs and tries again", func(t *testing.T) {
		t.Parallel()
		r := newQueue(t)
		r.sender.slow = func(ctx context.Context) {
			r.clock.Advance(mail.SendLimit)
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				t.Errorf("after the limit the context says %v", ctx.Err())
			}
		}
		r.put(t, 1)
		if err := r.queue.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.sender.slow = nil
		r.clock.Advance(time.Minute)
		if err := r.queue.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(r.sender.sent) != 1 {
			t.Fatal("not sent when the sender works again")
		}
	})
	t.Run("a mail taken while the job ends is not sent again", func(t *testing.T) {
		t.Parallel()
		r := newQueue(t)
		ctx, cancel := context.WithCancel(t.Context())
		r.queue, _ = mail.NewQueue(mail.QueueConfig{
			Data: r.data, Outbox: r.shelf, Clock: r.clock,
			Sender: sendFunc(func(context.Context, mail.Message) error { cancel(); return nil }),
		})
		r.put(t, 1)
		if err := r.queue.Deliver(ctx); err != nil || len(r.shelf.rows) != 0 {
			t.Fatalf("%v, %d rows left", err, len(r.shelf.rows))
		}
	})
	t.Run("a row moved to another id does not open", func(t *testing.T) {
		t.Parallel()
		r := newQueue(t)
		r.put(t, 1)
		r.shelf.rows[0].ID = [16]byte{9}
		if err := r.queue.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(r.sender.sent) != 0 || len(r.shelf.rows) != 0 {
			t.Fatal("a forged row was delivered or kept")
		}
	})
	t.Run("configuration names what is missing", func(t *testing.T) {
		t.Parallel()
		if _, err := mail.NewQueue(mail.QueueConfig{Data: &seal.Ring{}}); err == nil {
			t.Fatal("accepted")
		}
	})
}
