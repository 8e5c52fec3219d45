package mail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// OutboxSize is how many mails an Outbox keeps.
const OutboxSize = 200

// Outbox is a sender for development that keeps the last mails in memory, for a
// page that shows them. The zero value is ready.
type Outbox struct {
	mu       sync.Mutex
	messages []Message // oldest first
}

// Send keeps the clean form of m in place of the oldest one. A mail that is
// delivered again takes the place of its first delivery.
func (o *Outbox) Send(ctx context.Context, m Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("mail: outbox: %w", err)
	}
	m, err := m.Clean()
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if i := slices.IndexFunc(o.messages, func(have Message) bool { return have.ID == m.ID }); i >= 0 {
		o.messages[i] = m
		return nil
	}
	if len(o.messages) == OutboxSize {
		o.messages = slices.Delete(o.messages, 0, 1)
	}
	o.messages = append(o.messages, m)
	return nil
}

// Messages returns what was sent, newest first.
func (o *Outbox) Messages() []Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := slices.Clone(o.messages)
	slices.Reverse(out)
	return out
}

// Clear forgets everything.
func (o *Outbox) Clear() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.messages) // the texts hold links that sign in
	o.messages = nil
}

// Tee returns a sender that gives each mail to all senders in turn, also after
// one has failed, and returns all their errors. If one fails, the mail comes
// again and the others see it twice, under the same ID.
func Tee(senders ...Sender) Sender { return tee(slices.Clone(senders)) }

type tee []Sender

func (t tee) Send(ctx context.Context, m Message) error {
	errs := make([]error, len(t))
	for i, s := range t {
		errs[i] = s.Send(ctx, m)
	}
	return errors.Join(errs...)
}
