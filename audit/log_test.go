package audit

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func failedCode() FactorVerified {
	return FactorVerified{Outcome: Failure, Factor: "totp", Reason: ReasonMismatch, Step: 2, Steps: 2}
}

// AUD-001, AUD-006, AUD-007, AUD-009
func TestRow_says_who_what_when_where_and_how_it_ended(t *testing.T) {
	t.Parallel()
	b := setup(t)
	row, err := b.Row(request(t, "192.0.2.17:4711"), b.of, failedCode())
	if err != nil {
		t.Fatal(err)
	}
	if row.Topic != store.TopicAudit || !row.At.Equal(t0) {
		t.Errorf("row %s at %v", row.Topic, row.At)
	}
	if id := row.ID; id[6]>>4 != 7 {
		t.Errorf("id is a UUID of version %d", id[6]>>4)
	}
	waiting, err := openRow(row)
	if err != nil {
		t.Fatal(err)
	}
	rec := waiting.Record
	rec.Seq = 42
	e, err := rec.Open()
	if err != nil {
		t.Fatal(err)
	}
	if e.ID.Bytes() != row.ID || !e.At.Equal(t0) || e.Node != "web-1" || e.Boot != b.boot || e.Seq != 42 {
		t.Errorf("envelope %+v", e.Record)
	}
	if e.Tenant != b.of.Tenant || e.Subject != (Party{"user", b.of.Subject}) || e.Handle != b.of.Handle || e.Actor != (Party{}) {
		t.Errorf("parties %+v", e)
	}
	if e.Kind != "factor_verified" || e.Outcome != Failure || e.Class != Normal || e.Reason != ReasonMismatch || e.Factor != "totp" {
		t.Errorf("what %+v", e)
	}
	c := e.Client
	if c.IP.String() != "192.0.2.17" || c.Prefix.String() != "192.0.2.0/24" || c.Source != "peer" || c.UserAgent != testAgent || c.Summary != "Firefox on Linux" {
		t.Errorf("client %+v", c)
	}
	if e.RequestID != "req-1" || e.SessionRef != b.SessionRef(testSession) {
		t.Errorf("request %q session %q", e.RequestID, e.SessionRef)
	}
	if len(e.Data) != 2 || e.Data[0] != (Datum{"step", "2"}) || e.Data[1] != (Datum{"steps_total", "2"}) {
		t.Errorf("data %v", e.Data)
	}
}

// AUD-009: an id without a handle would leave an event that nobody finds after
// erasure.
func TestRow_refuses_an_id_without_its_handle(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, of := range map[string]Of{
		"handle":       {Tenant: b.of.Tenant, Subject: b.of.Subject},
		"subject":      {Tenant: b.of.Tenant, Handle: b.of.Handle},
		"actor_handle": {Tenant: b.of.Tenant, Actor: b.of.Subject},
		"tenant_id":    {Subject: b.of.Subject, Handle: b.of.Handle},
	} {
		_, err := b.Row(t.Context(), of, failedCode())
		var fe *FieldError
		if !errors.As(err, &fe) || fe.Field != name || !errors.Is(err, ErrMissingField) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestRow_by_the_system_names_no_person(t *testing.T) {
	t.Parallel()
	b := setup(t)
	of := b.of
	of.Actor = identity.SystemUser
	e := b.entry(t, t.Context(), of, SessionInvalidated{Outcome: Success, Cause: CauseSuspended})
	if e.Actor != (Party{Type: "system"}) || e.ActorHandle != [16]byte{} {
		t.Errorf("actor %+v", e.Actor)
	}
}

// AUD-005: an event that makes no sense without an account is refused without
// one, and the others are not.
func TestRow_demands_a_subject_where_there_must_be_one(t *testing.T) {
	t.Parallel()
	b := setup(t)
	n := 0
	for _, ev := range samples() {
		_, err := b.Row(t.Context(), Of{Tenant: b.of.Tenant}, ev)
		var fe *FieldError
		switch {
		case err == nil:
			continue
		case !errors.As(err, &fe) || fe.Field != "subject":
			t.Errorf("%T: %v", ev, err)
		}
		n++
	}
	if n != 28 {
		t.Errorf("%d kinds demand a subject", n)
	}
}

func TestRow_refuses_numbers_and_names_out_of_bounds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for field, ev := range map[string]Event{
		"step":          FactorVerified{Outcome: Success, Factor: "totp", Step: 3, Steps: 2},
		"steps_total":   FactorVerified{Outcome: Success, Factor: "totp", Step: 1, Steps: -1},
		"attempt_index": FactorVerified{Outcome: Success, Factor: "totp", Step: 1, Steps: 1, Attempt: -1},
		"count":         SessionInvalidated{Outcome: Success, Cause: CauseAdmin, Count: -1},
		"failures":      LockoutTriggered{Scope: ScopeUser, Until: t0, Failures: -5, Window: time.Second},
		"until_us":      LockoutTriggered{Scope: ScopeUser, Until: t0.AddDate(-100, 0, 0), Failures: 5, Window: time.Second},
		"operation":     CrossTenantRefused{Operation: strings.Repeat("a", 65), Wanted: b.of.Tenant},
		"version":       ServiceStarted{Version: strings.Repeat("a", 65)},
	} {
		var fe *FieldError
		if _, err := b.Row(t.Context(), b.of, ev); !errors.As(err, &fe) || fe.Field != field || !errors.Is(err, ErrBadField) {
			t.Errorf("%s: %v", field, err)
		}
	}
	long := samples()[0].(Authenticated)
	long.AMR = slices.Repeat([]string{strings.Repeat("a", 64)}, 1000)
	if _, err := b.Row(t.Context(), b.of, long); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("above the limit of a row: %v", err)
	}
}

// A clock that was set back by an hour is believed: the order of one moment is
// not worth an hour of wrong times.
func TestRow_believes_a_clock_that_was_set_back(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, err := b.Row(t.Context(), b.of, failedCode()); err != nil {
		t.Fatal(err)
	}
	b.cfg.Clock = clock.NewFake(t0.Add(-time.Hour))
	row, err := b.Row(t.Context(), b.of, failedCode())
	if err != nil {
		t.Fatal(err)
	}
	if !row.At.Equal(t0.Add(-time.Hour)) {
		t.Errorf("at %v", row.At)
	}
}

func BenchmarkRow(b *testing.B) {
	x := setup(b)
	ctx := request(b, "192.0.2.17:4711")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Row(ctx, x.of, failedCode()); err != nil {
			b.Fatal(err)
		}
	}
}
