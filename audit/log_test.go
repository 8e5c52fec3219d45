package audit

import (
	"errors"
	"testing"

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
