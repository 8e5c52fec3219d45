package audit

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/store"
)

const (
	relayBatch = 100
	// relayLease is how long rows stay hidden if this process dies between
	// Lease and Done; the next relay then stores them again, which changes
	// nothing.
	relayLease = 30 * time.Second
	// relayRetry is when a row that cannot be read or stored is tried again. It
	// stays in the outbox: an event is never thrown away.
	relayRetry = time.Hour
)

// Names of what the relay measures.
const (
	metricRelayed = "axess.audit.relayed"
	metricStuck   = "axess.audit.stuck"
	metricAge     = "axess.audit.relay.age"
)

// RelayConfig is what a [Relay] is built from. Outbox, Store and Clock are
// required.
type RelayConfig struct {
	Outbox  store.Outbox
	Store   Store
	Clock   clock.Clock
	Logger  *slog.Logger // nil: nothing is logged
	Metrics metric.Sink  // nil: Discard
	// Stored, unless nil, is called with events once they are in the Store, for what
	// follows from them. They leave the outbox only after it: if it fails, or the process
	// dies, it is called again with the same, so it must know what it has done. Its
	// error is for what may work another time; it must not wait for anything outside.
	Stored func(ctx context.Context, events []Entry) error
}

// Relay carries events from the outbox, where commits left them, to the store
// and to the log. Any number of processes may run one on the same stores.
//
//	err := jobs.Add(runner.Job{Name: "audit", Every: 5 * time.Second, Run: relay.Run})
type Relay struct{ cfg RelayConfig }

// NewRelay checks cfg; the error names the field that is missing.
func NewRelay(cfg RelayConfig) (*Relay, error) {
	switch {
	case cfg.Outbox == nil:
		return nil, errors.New("audit: RelayConfig.Outbox is missing")
	case cfg.Store == nil:
		return nil, errors.New("audit: RelayConfig.Store is missing")
	case cfg.Clock == nil:
		return nil, errors.New("audit: RelayConfig.Clock is missing")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Metrics == nil {
		cfg.Metrics = metric.Discard{}
	}
	return &Relay{cfg}, nil
}

// Run delivers what waits and returns when nothing is due. Delivery is at least
// once and the store forgets repetitions by id, so a run may die anywhere
// (AUD-034). An event that the store refuses for good does not hold up the
// others: it is reported and tried again later.
func (r *Relay) Run(ctx context.Context) error {
	for {
		now := r.cfg.Clock.Now()
		rows, err := r.cfg.Outbox.Lease(ctx, store.TopicAudit, relayBatch, now, now.Add(relayLease))
		if err != nil {
			return fmt.Errorf("audit: relay: lease: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		r.cfg.Metrics.Observe(metricAge, now.Sub(rows[0].At).Seconds())
		if err := r.deliver(ctx, rows, now); err != nil {
			return err
		}
	}
}

func (r *Relay) deliver(ctx context.Context, rows []store.Pending, now time.Time) error {
	entries := make([]Entry, 0, len(rows))
	for _, row := range rows {
		e, err := openRow(row.Row)
		if err != nil {
			if err := r.postpone(ctx, row.ID, now, err); err != nil {
				return err
			}
			continue
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil
	}
	err := r.store(ctx, entries)
	if err == nil || !permanent(err) {
		return err
	}
	// One of them is the cause; alone it holds up nobody.
	for _, e := range entries {
		err := r.store(ctx, []Entry{e})
		if err != nil && permanent(err) {
			err = r.postpone(ctx, e.ID.Bytes(), now, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// permanent says that the same call would fail the same way again.
func permanent(err error) bool {
	return errors.Is(err, store.ErrBadArgument) || errors.Is(err, store.ErrTooLarge) || errors.Is(err, store.ErrCorrupt)
}

// store appends, logs, and only then takes the rows out of the outbox.
func (r *Relay) store(ctx context.Context, entries []Entry) error {
	records := make([]Record, len(entries))
	ids := make([][16]byte, len(entries))
	for i, e := range entries {
		records[i], ids[i] = e.Record, e.ID.Bytes()
	}
	seqs, err := r.cfg.Store.Append(ctx, records...)
	if err != nil {
		return fmt.Errorf("audit: relay: append: %w", err)
	}
	if len(seqs) != len(records) {
		return fmt.Errorf("audit: relay: append: %w: %d numbers for %d records", store.ErrUnavailable, len(seqs), len(records))
	}
	if r.cfg.Stored != nil {
		if err := r.cfg.Stored(ctx, entries); err != nil {
			return fmt.Errorf("audit: relay: %w", err)
		}
	}
	for i, e := range entries {
		e.Seq = seqs[i]
		r.log(ctx, e)
		r.cfg.Metrics.Count(metricRelayed, metric.L(metric.Kind, string(e.Kind)), metric.L(metric.Outcome, e.Outcome.String()))
	}
	if err := r.cfg.Outbox.Done(ctx, store.TopicAudit, ids...); err != nil {
		return fmt.Errorf("audit: relay: done: %w", err)
	}
	return nil
}

func (r *Relay) postpone(ctx context.Context, id [16]byte, now time.Time, why error) error {
	r.cfg.Metrics.Count(metricStuck)
	r.cfg.Logger.ErrorContext(ctx, "audit event cannot be stored",
		slog.String("id", identity.FromBytes[identity.EventID](id).String()), slog.Any("error", why))
	if err := r.cfg.Outbox.Defer(ctx, store.TopicAudit, id, now.Add(relayRetry)); err != nil {
		return fmt.Errorf("audit: relay: defer: %w", err)
	}
	return nil
}

// log writes what operators watch: handles and words, nothing personal, so that
// erasure need not reach into log files.
func (r *Relay) log(ctx context.Context, e Entry) {
	level := slog.LevelInfo
	if e.Outcome == Suspicious {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("kind", string(e.Kind)), slog.String("outcome", e.Outcome.String()),
		slog.String("id", e.ID.String()), slog.Time("at", e.At), slog.String("tenant", e.Tenant.String()),
		slog.String("node", e.Node), slog.String("boot", hex.EncodeToString(e.Boot[:])), slog.Uint64("seq", e.Seq),
	}
	if e.Handle != [16]byte{} {
		attrs = append(attrs, slog.String("handle", hex.EncodeToString(e.Handle[:])))
	}
	if e.Reason != "" {
		attrs = append(attrs, slog.String("reason", string(e.Reason)))
	}
	if e.Factor != "" {
		attrs = append(attrs, slog.String("factor", string(e.Factor)))
	}
	r.cfg.Logger.LogAttrs(ctx, level, "audit", attrs...)
}
