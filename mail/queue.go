package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// Delivery is tried again after a minute, then at twice the distance up to an
// hour, for a day (UIX-093).
const (
	firstRetry = time.Minute
	lastRetry  = time.Hour
	giveUp     = 24 * time.Hour
	leaseFor   = 5 * time.Minute
	batch      = 50

	metricAge = "axess.mail.age" // seconds that the oldest mail of a batch had waited
)

// SendLimit is the time that a [Queue] gives a sender for one mail.
const SendLimit = leaseFor / 2

// QueueConfig wires a [Queue]. Metrics and Logger may be nil.
type QueueConfig struct {
	Data    *seal.Ring // seals the rows: a mail holds an address and a link
	Outbox  store.Outbox
	Sender  Sender
	Clock   clock.Clock
	Metrics metric.Sink
	Logger  *slog.Logger
}

// Queue carries mails from the commit that they report to a [Sender]: Row makes
// the outbox row that the commit stores, Deliver is the job that sends what
// waits. A mail exists exactly when its change does, and a request never waits
// for delivery (AUN-034).
type Queue struct {
	sealer  *seal.Sealer
	outbox  store.Outbox
	sender  Sender
	clock   clock.Clock
	metrics metric.Sink
	log     *slog.Logger
}

// NewQueue names what is missing.
func NewQueue(cfg QueueConfig) (*Queue, error) {
	if cfg.Data == nil || cfg.Outbox == nil || cfg.Sender == nil || cfg.Clock == nil {
		return nil, errors.New("mail: queue needs Data, Outbox, Sender and Clock")
	}
	if cfg.Metrics == nil {
		cfg.Metrics = metric.Discard{}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Queue{
		sealer: cfg.Data.Sealer(seal.LabelMailRow), outbox: cfg.Outbox, sender: cfg.Sender,
		clock: cfg.Clock, metrics: cfg.Metrics, log: cfg.Logger,
	}, nil
}

// wire is the sealed body of a row.
type wire struct {
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	Kind    string    `json:"kind"`
	At      time.Time `json:"at"`
	Until   time.Time `json:"until,omitzero"`
}

// Row seals a message into an outbox row with the message's id.
// Errors: ErrBadMessage, store.ErrTooLarge.
func (q *Queue) Row(m Message) (store.Row, error) {
	if err := m.Check(); err != nil {
		return store.Row{}, err
	}
	plain, err := json.Marshal(wire{m.To, m.Subject, m.Text, m.Kind, m.At, m.Until})
	if err != nil {
		return store.Row{}, fmt.Errorf("mail: encode: %w", err)
	}
	body, err := q.sealer.Seal(m.ID[:], []byte(seal.PrefixMailRow), plain)
	if err != nil {
		return store.Row{}, fmt.Errorf("mail: seal: %w", err)
	}
	if len(body) > store.MaxRowBody {
		return store.Row{}, fmt.Errorf("mail: row: %w", store.ErrTooLarge)
	}
	return store.Row{ID: m.ID, At: m.At, Topic: store.TopicMail, Body: body}, nil
}

// open is Row backwards.
func (q *Queue) open(r store.Row) (Message, error) {
	plain, _, err := q.sealer.Open(r.ID[:], []byte(seal.PrefixMailRow), r.Body)
	if err != nil {
		return Message{}, fmt.Errorf("mail: open row: %w", err)
	}
	var w wire
	if err := json.Unmarshal(plain, &w); err != nil {
		return Message{}, fmt.Errorf("mail: decode row: %w", err)
	}
	return Message{ID: r.ID, To: w.To, Subject: w.Subject, Text: w.Text, Kind: w.Kind, At: w.At, Until: w.Until}, nil
}

// Deliver sends what is due until nothing is left. One mail that cannot be sent
// does not hold up the others: it is deferred, and given up after a day, or at
// once if the other side rejected it for good, with a line in the log and a
// count, never with an answer to whoever caused it.
//
// A row is sent only while its lease is sure to outlast the sending, so that two
// processes on one store do not send the same mail because a server is slow; the
// rest of such a batch comes again when its lease has ended.
func (q *Queue) Deliver(ctx context.Context) error {
	for {
		now := q.clock.Now()
		until := now.Add(leaseFor)
		rows, err := q.outbox.Lease(ctx, store.TopicMail, batch, now, until)
		if err != nil {
			return fmt.Errorf("mail: lease: %w", err)
		}
		if len(rows) > 0 {
			q.metrics.Observe(metricAge, now.Sub(rows[0].At).Seconds())
		}
		for _, r := range rows {
			if q.clock.Now().After(until.Add(-SendLimit)) {
				return nil
			}
			if err := q.one(ctx, r); err != nil {
				return err
			}
		}
		if len(rows) < batch {
			return nil
		}
	}
}

func (q *Queue) one(ctx context.Context, r store.Pending) error {
	m, err := q.open(r.Row)
	late := err == nil && m.over(q.clock.Now())
	if err == nil && !late {
		err = q.send(ctx, m)
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("mail: deliver: %w", ctx.Err())
	}
	// Marking a mail as sent must not be cut short by the end of the job: it would
	// be sent twice.
	ctx = context.WithoutCancel(ctx)
	now := q.clock.Now()
	switch {
	case late || err != nil && m.over(now):
		q.metrics.Count("mail_deliveries", metric.L(metric.Outcome, "late"))
		q.log.WarnContext(ctx, "mail: of no use any more", "row", fmt.Sprintf("%x", r.ID), "attempts", r.Attempts, "error", err)
	case err == nil:
		q.metrics.Count("mail_deliveries", metric.L(metric.Outcome, "sent"))
	case errors.Is(err, ErrRejected):
		// Not an error of ours: anybody can sign up with an address that is not there.
		q.metrics.Count("mail_deliveries", metric.L(metric.Outcome, "rejected"))
		q.log.WarnContext(ctx, "mail: rejected for good", "row", fmt.Sprintf("%x", r.ID), "attempts", r.Attempts, "error", err)
	case now.Sub(r.At) >= giveUp || errors.Is(err, ErrBadMessage) || errors.Is(err, seal.ErrIntegrity):
		q.metrics.Count("mail_deliveries", metric.L(metric.Outcome, "dead"))
		q.log.ErrorContext(ctx, "mail: given up", "row", fmt.Sprintf("%x", r.ID), "attempts", r.Attempts, "error", err)
	default:
		q.metrics.Count("mail_deliveries", metric.L(metric.Outcome, "deferred"))
		q.log.WarnContext(ctx, "mail: not delivered, will try again", "row", fmt.Sprintf("%x", r.ID), "attempts", r.Attempts, "error", err)
		due := now.Add(backoff(r.Attempts))
		if !m.Until.IsZero() && due.After(m.Until) {
			due = m.Until // to be forgotten
		}
		if err := q.outbox.Defer(ctx, store.TopicMail, r.ID, due); err != nil {
			return fmt.Errorf("mail: defer: %w", err)
		}
		return nil
	}
	if err := q.outbox.Done(ctx, store.TopicMail, r.ID); err != nil {
		return fmt.Errorf("mail: done: %w", err)
	}
	return nil
}

// over reports whether a mail is of no use any more.
func (m Message) over(now time.Time) bool { return !m.Until.IsZero() && !now.Before(m.Until) }

func (q *Queue) send(ctx context.Context, m Message) error {
	ctx, cancel := clock.WithTimeout(ctx, q.clock, SendLimit)
	defer cancel()
	return q.sender.Send(ctx, m)
}

// backoff is the wait after a number of attempts, from 1.
func backoff(attempts int) time.Duration {
	d := firstRetry
	for range min(attempts-1, 6) {
		d *= 2
	}
	return min(d, lastRetry)
}
