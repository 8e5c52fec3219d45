package sim

import (
	"bytes"
	"context"
	"fmt"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// auditExact follows each row of an event from the commit that wrote it to the store that
// readers see.
func auditExact() invariant {
	return invariant{Invariant: Invariant{
		ID: "I33", Name: "AuditExact",
		Statement: "Every event that was committed with its change is read in the end, none that was not, and each login begins with exactly one.",
		Covers:    []string{"AUD-030", "AUD-034", "AUN-048", "AUN-I17"},
	}, still: func(w *World) error {
		if w.ghost.shaken > 0 || w.coro.Elapsed()-w.calmed < drained {
			return nil // or it was too short
		}
		for _, r := range w.ghost.rows {
			if waits := w.coro.Time().Sub(r.At); waits > drained && !w.ghost.told[r.ID] {
				return fmt.Errorf("an event was committed %v ago and is not there: %s", waits, kindOf(r.Body))
			}
		}
		return nil
	}}
}

// wrote notes the rows of a commit.
func (g *ghost) wrote(rows ...store.Row) {
	for _, r := range rows {
		g.leaks("the outbox", r.Body)
		if r.Topic == store.TopicAudit {
			g.rows = append(g.rows, r)
			g.known[r.ID] = true
		}
	}
}

// begins looks at a login that is new: its commit says so once.
func (g *ghost) begins(rec session.Record, rows []store.Row) {
	if rec.Login.IsZero() || g.began[rec.Login] {
		return
	}
	g.began[rec.Login] = true
	n := 0
	for _, r := range rows {
		if r.Topic == store.TopicAudit && kindOf(r.Body) == "authenticated" {
			n++
		}
	}
	if n != 1 && rec.Actor.IsZero() {
		g.notice("I33", "a login begins with %d events that say so", n)
	}
}

// kindOf is the kind of an event in its body.
func kindOf(body []byte) string {
	_, rest, _ := bytes.Cut(body, []byte(`"kind":"`))
	kind, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(kind)
}

type tappedAudit struct {
	backend.Audit
	g *ghost
}

// Append implements audit.Store.
func (t tappedAudit) Append(ctx context.Context, records ...audit.Record) ([]uint64, error) {
	out, err := t.Audit.Append(ctx, records...)
	for _, r := range records {
		if err != nil {
			break
		}
		t.g.leaks("events", r.Body)
		if !t.g.known[r.ID.Bytes()] && t.g.shaken == 0 {
			t.g.notice("I33", "an event is stored that no commit has written: %s", r.Kind)
		}
		t.g.told[r.ID.Bytes()] = true
	}
	return out, err
}

// rowsOf are the rows that changes append.
func rowsOf(changes []identity.Change) (rows []store.Row) {
	for _, c := range changes {
		if c, ok := c.(identity.Append); ok {
			rows = append(rows, c.Row)
		}
	}
	return rows
}
