package audit

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/store"
)

// wait puts n events into the outbox.
func (b bench) wait(t testing.TB, o *outbox, n int) {
	t.Helper()
	for range n {
		row, err := b.Row(t.Context(), b.of, failedCode())
		if err != nil {
			t.Fatal(err)
		}
		o.put(row)
	}
}

// tiled checks that each node and boot has the numbers 1 to n, in the order of
// the events' times.
func tiled(t *testing.T, s *memStore, want int) {
	t.Helper()
	if len(s.records) != want {
		t.Fatalf("%d events stored, %d happened", len(s.records), want)
	}
	seen := map[string]bool{}
	high := map[string]uint64{}
	for _, r := range s.records {
		of := fmt.Sprintf("%s/%x", r.Node, r.Boot)
		key := fmt.Sprintf("%s/%d", of, r.Seq)
		if seen[key] {
			t.Errorf("number %s twice", key)
		}
		seen[key] = true
		high[of] = max(high[of], r.Seq)
	}
	total := 0
	for _, n := range high {
		total += int(n)
	}
	if total != want {
		t.Errorf("numbers have gaps: %v for %d events", high, want)
	}
}

// AUD-001, AUD-034: what the commits left behind is stored once, in order,
// numbered from 1, and logged.
func TestRelay_delivers_in_order_and_numbers_without_gaps(t *testing.T) {
	t.Parallel()
	b, o, s := setup(t), newOutbox(), newMemStore()
	b.wait(t, o, 250)
	void := store.Row{ID: [16]byte{1}, Topic: store.TopicVoid, Body: []byte("x")}
	o.put(void)
	var log bytes.Buffer
	var m metric.Recorder
	r, err := NewRelay(RelayConfig{Outbox: o, Store: s, Clock: b.clock, Logger: slog.New(slog.NewJSONHandler(&log, nil)), Metrics: &m})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	tiled(t, s, 250)
	for i, rec := range s.records {
		if rec.Seq != uint64(i+1) || (i > 0 && !rec.At.After(s.records[i-1].At)) {
			t.Fatalf("event %d has number %d", i, rec.Seq)
		}
	}
	if o.len() != 1 {
		t.Errorf("%d rows left, one of another topic expected", o.len())
	}
	if n := strings.Count(log.String(), "\n"); n != 250 {
		t.Errorf("%d lines logged", n)
	}
	if line, _, _ := strings.Cut(log.String(), "\n"); !strings.Contains(line, `"seq":1`) || !strings.Contains(line, `"reason":"mismatch"`) || !strings.Contains(line, `"factor":"totp"`) {
		t.Errorf("line %s", line)
	}
	if n := m.Counted(metricRelayed, metric.L(metric.Kind, "factor_verified"), metric.L(metric.Outcome, "failure")); n != 250 || len(m.Violations()) != 0 {
		t.Errorf("counted %d, violations %q", n, m.Violations())
	}
}

// AUD-001: a process that starts again counts anew under another boot id.
func TestRelay_numbers_each_boot_by_itself(t *testing.T) {
	t.Parallel()
	b, o, s := setup(t), newOutbox(), newMemStore()
	again, err := New(Config{Clock: b.clock, Entropy: entropy.Seeded(99), Keys: testRing(t), Node: "web-1"})
	if err != nil {
		t.Fatal(err)
	}
	second := bench{Log: again, clock: b.clock, of: b.of}
	for range 5 {
		b.wait(t, o, 2)
		second.wait(t, o, 1)
		if err := relay(t, b, o, s, nil).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	tiled(t, s, 15)
	if b.boot == second.boot {
		t.Error("two starts have one boot id")
	}
}

// AUD-001, AUD-034: whatever verb fails, before or after it took effect, nothing
// is lost, doubled or numbered with a gap.
func TestRelay_survives_a_fault_at_every_verb(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"lease", "append", "done"} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s after=%v", verb, after), func(t *testing.T) {
				t.Parallel()
				b, o, s := setup(t), newOutbox(), newMemStore()
				faults := 0
				fail := func(v string, a bool) error {
					if v == verb && a == after && faults < 3 {
						faults++
						return fmt.Errorf("%w: %w", store.ErrUnavailable, errDown)
					}
					return nil
				}
				o.fail, s.fail = fail, fail
				b.wait(t, o, 7)
				r := relay(t, b, o, s, nil)
				for range 3 {
					if err := r.Run(t.Context()); !errors.Is(err, errDown) {
						t.Fatalf("the fault is swallowed: %v", err)
					}
					b.wait(t, o, 2)
					b.clock.Advance(relayLease + time.Second)
				}
				if err := r.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				tiled(t, s, 13)
				if o.len() != 0 {
					t.Errorf("%d rows left", o.len())
				}
			})
		}
	}
}

// AUD-034: an event that cannot be read or stored holds up nobody, is kept, and
// is reported.
func TestRelay_puts_a_poisoned_event_aside(t *testing.T) {
	t.Parallel()
	b, o, s := setup(t), newOutbox(), newMemStore()
	b.wait(t, o, 2)
	o.put(store.Row{ID: [16]byte{9}, At: t0, Topic: store.TopicAudit, Body: []byte(`{"secret":"canary"`)})
	stolen := o.rows[0].Row
	stolen.ID = [16]byte{8}
	o.put(stolen)
	b.wait(t, o, 2)
	refused := identity.FromBytes[identity.EventID](o.rows[len(o.rows)-1].ID)
	s.refuse = func(r Record) error {
		if r.ID == refused {
			return fmt.Errorf("test: %w", store.ErrBadArgument)
		}
		return nil
	}
	var log bytes.Buffer
	var m metric.Recorder
	r, err := NewRelay(RelayConfig{Outbox: o, Store: s, Clock: b.clock, Logger: slog.New(slog.NewTextHandler(&log, nil)), Metrics: &m})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	tiled(t, s, 3)
	if o.len() != 3 || m.Counted(metricStuck) != 3 || strings.Count(log.String(), "level=ERROR") != 3 {
		t.Errorf("%d rows kept, counted %d, log %s", o.len(), m.Counted(metricStuck), log.String())
	}
	if strings.Contains(log.String(), "canary") {
		t.Errorf("the log shows the row: %s", log.String())
	}
	s.refuse = func(Record) error { return nil }
	b.clock.Advance(relayRetry + time.Second)
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	tiled(t, s, 4)
}

// AUD-001, AUD-034: several relays on the same stores.
func TestRelay_runs_beside_others(t *testing.T) {
	t.Parallel()
	b, o, s := setup(t), newOutbox(), newMemStore()
	b.wait(t, o, 500)
	var wg sync.WaitGroup
	for range 8 {
		r := relay(t, b, o, s, nil)
		wg.Go(func() {
			if err := r.Run(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	tiled(t, s, 500)
}

// Rows that this relay may still be working on are hidden from the others.
func TestRelay_hides_what_it_works_on(t *testing.T) {
	t.Parallel()
	b, o, s := setup(t), newOutbox(), newMemStore()
	b.wait(t, o, 1)
	s.fail = func(string, bool) error { return errDown }
	r := relay(t, b, o, s, nil)
	if err := r.Run(t.Context()); !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	s.fail = func(string, bool) error { return nil }
	if err := r.Run(t.Context()); err != nil || len(s.records) != 0 {
		t.Errorf("taken twice at once: %d stored, %v", len(s.records), err)
	}
	b.clock.Advance(relayLease)
	if err := r.Run(t.Context()); err != nil || len(s.records) != 1 {
		t.Errorf("after the lease %d stored, %v", len(s.records), err)
	}
}

func TestRelay_warns_of_what_is_suspicious(t *testing.T) {
	t.Parallel()
	b, o := setup(t), newOutbox()
	ev := failedCode()
	ev.Outcome, ev.Reason = Suspicious, ReasonReplay
	row, err := b.Row(t.Context(), b.of, ev)
	if err != nil {
		t.Fatal(err)
	}
	o.put(row)
	var log bytes.Buffer
	if err := relay(t, b, o, newMemStore(), slog.New(slog.NewTextHandler(&log, nil))).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "level=WARN") {
		t.Error(log.String())
	}
}

// AUD-042: limits and cursors are checked before a backend looks.
func TestFilter_Check_refuses_what_is_out_of_bounds(t *testing.T) {
	t.Parallel()
	tenant := setup(t).of.Tenant
	if f, err := (Filter{}).Check(tenant); err != nil || f.Limit != 100 {
		t.Errorf("%+v %v", f, err)
	}
	if _, err := (Filter{Limit: 1000}).Check(tenant); err != nil {
		t.Error(err)
	}
	if _, err := (Filter{}).Check(identity.TenantID{}); !errors.Is(err, store.ErrBadArgument) {
		t.Errorf("zero tenant: %v", err)
	}
	for _, f := range []Filter{{Limit: -1}, {Limit: 1001}, {Kinds: make([]Kind, 33)}, {Before: Cursor{At: t0}}, {Before: Cursor{ID: id16[identity.EventID](1)}}} {
		if _, err := f.Check(tenant); !errors.Is(err, store.ErrBadArgument) {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestCheckAppend_refuses_records_that_no_log_made(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := b.record(t, t.Context(), b.of, failedCode())
	if err := CheckAppend([]Record{good}); err != nil {
		t.Fatal(err)
	}
	if err := CheckAppend([]Record{good, good}); !errors.Is(err, store.ErrBadArgument) {
		t.Errorf("one id twice: %v", err)
	}
	if err := CheckAppend(make([]Record, MaxAppend+1)); !errors.Is(err, store.ErrBadArgument) {
		t.Errorf("too many: %v", err)
	}
	for name, spoil := range map[string]func(*Record){
		"id":      func(r *Record) { r.ID = identity.EventID{} },
		"tenant":  func(r *Record) { r.Tenant = identity.TenantID{} },
		"at":      func(r *Record) { r.At = time.Time{} },
		"node":    func(r *Record) { r.Node = "" },
		"boot":    func(r *Record) { r.Boot = [16]byte{} },
		"seq":     func(r *Record) { r.Seq = 1 },
		"kind":    func(r *Record) { r.Kind = "Two Words" },
		"outcome": func(r *Record) { r.Outcome = 0 },
		"body":    func(r *Record) { r.Body = nil },
	} {
		r := good
		spoil(&r)
		if err := CheckAppend([]Record{r}); !errors.Is(err, store.ErrBadArgument) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good.Body = make([]byte, store.MaxRowBody+1)
	if err := CheckAppend([]Record{good}); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("large body: %v", err)
	}
}

func TestNewRelay_names_what_is_missing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for field, cfg := range map[string]RelayConfig{
		"Outbox": {Store: newMemStore(), Clock: b.clock},
		"Store":  {Outbox: newOutbox(), Clock: b.clock},
		"Clock":  {Outbox: newOutbox(), Store: newMemStore()},
	} {
		if _, err := NewRelay(cfg); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
