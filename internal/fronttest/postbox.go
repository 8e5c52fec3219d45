package fronttest

import (
	"context"
	"errors"
	"testing"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/mail"
)

// Postbox is a mail.Sender that a test can wait at.
type Postbox struct{ q *sched.Queue[mail.Message] }

func newPostbox(c clock.Clock) *Postbox {
	return &Postbox{sched.NewQueue[mail.Message](sched.Of(c), 1024)}
}

// Send implements mail.Sender.
func (p *Postbox) Send(_ context.Context, m mail.Message) error {
	if !p.q.TryPush(m) {
		return errors.New("fronttest: postbox is full")
	}
	return nil
}

// Next waits for the next mail.
func (p *Postbox) Next(t testing.TB) mail.Message {
	t.Helper()
	m, err := p.q.Pop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}
