package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
)

// events is the audit port.
type events struct{ b *Backend }

// The counters of a node and boot are rows of their own: a number is given once,
// also after old events were removed (AUD-001).
const (
	selectSeq = `SELECT seq FROM axess_audit_events WHERE id = ?`

	nextSeq = `UPDATE axess_audit_sources SET seq = seq + 1 WHERE node = ? AND boot = ?`

	firstSeq = `INSERT INTO axess_audit_sources (node, boot, seq) VALUES (?, ?, 1)`

	currentSeq = `SELECT seq FROM axess_audit_sources WHERE node = ? AND boot = ?`

	insertEvent = `INSERT INTO axess_audit_events (id, tenant_id, at, node, boot, seq, kind, outcome, handle, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	selectEvents = `SELECT id, at, node, boot, seq, kind, outcome, handle, body FROM axess_audit_events
WHERE tenant_id = ? AND at <= ? AND (at < ? OR id < ?)`

	ofHandle = ` AND handle = ?`

	// maxKinds is the number of places; fewer kinds fill it by repetition.
	maxKinds = 32
	ofKinds  = ` AND kind IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	newestFirst = ` ORDER BY at DESC, id DESC LIMIT ?`

	eventsOfAll         = selectEvents + newestFirst
	eventsOfHandle      = selectEvents + ofHandle + newestFirst
	eventsOfKinds       = selectEvents + ofKinds + newestFirst
	eventsOfHandleKinds = selectEvents + ofHandle + ofKinds + newestFirst
)

// Append implements [audit.Store].
func (e events) Append(ctx context.Context, records ...audit.Record) ([]uint64, error) {
	const verb = "append events"
	if err := audit.CheckAppend(records); err != nil {
		return nil, e.b.failed(verb, err)
	}
	numbers := make([]uint64, len(records))
	err := e.b.write(ctx, verb, func(ctx context.Context, l *lane) error {
		for i := range records {
			r := &records[i]
			err := l.scan(ctx, selectSeq, []any{r.ID}, number{&numbers[i]})
			if errors.Is(err, sql.ErrNoRows) {
				numbers[i], err = keepEvent(ctx, l, r)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return numbers, nil
}

func keepEvent(ctx context.Context, l *lane, r *audit.Record) (uint64, error) {
	source := []any{r.Node, id16(r.Boot)}
	n, err := l.exec(ctx, nextSeq, source...)
	if err == nil && n == 0 {
		_, err = l.exec(ctx, firstSeq, source...)
	}
	var seq uint64
	if err == nil {
		err = l.scan(ctx, currentSeq, source, number{&seq})
	}
	if err == nil {
		_, err = l.exec(ctx, insertEvent, r.ID, r.Tenant, micro(r.At), r.Node, id16(r.Boot), int64(seq),
			string(r.Kind), int64(r.Outcome), id16(r.Handle), r.Body)
	}
	if is(err, Unique) { // another relay is at the same events: then they are known
		return 0, &fault{Retry, err}
	}
	return seq, err
}

// Query implements [audit.Store].
func (e events) Query(ctx context.Context, t identity.TenantID, f audit.Filter) ([]audit.Record, error) {
	const verb = "query events"
	f, err := f.Check(t)
	if err != nil {
		return nil, e.b.failed(verb, err)
	}
	text, args := eventQuery(t, f)
	return list(ctx, e.b, verb, text, args, func(r *audit.Record) []any {
		r.Tenant = t
		return []any{
			&r.ID, moment{&r.At}, &r.Node, exact(r.Boot[:]), number{&r.Seq}, (*string)(&r.Kind), small[audit.Outcome]{&r.Outcome},
			exact(r.Handle[:]), &r.Body,
		}
	})
}

func eventQuery(t identity.TenantID, f audit.Filter) (string, []any) {
	at, id := int64(math.MaxInt64), zeroID() // the newest end: everything is before
	if !f.Before.IsZero() {
		at, id = micro(f.Before.At), id16(f.Before.ID.Bytes())
	}
	args := []any{t, at, at, id}
	byHandle, byKind := f.Handle != [16]byte{}, len(f.Kinds) > 0
	if byHandle {
		args = append(args, id16(f.Handle))
	}
	if byKind {
		for i := range maxKinds {
			args = append(args, string(f.Kinds[i%len(f.Kinds)]))
		}
	}
	args = append(args, f.Limit)
	switch {
	case byHandle && byKind:
		return eventsOfHandleKinds, args
	case byHandle:
		return eventsOfHandle, args
	case byKind:
		return eventsOfKinds, args
	}
	return eventsOfAll, args
}
