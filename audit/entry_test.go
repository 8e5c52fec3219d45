package audit

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// AUD-003: a reader refuses a version that it does not know.
func TestOpen_refuses_a_later_version(t *testing.T) {
	t.Parallel()
	rec := setup(t).full(t)
	if _, err := edit(t, rec, func(o *object) { o.set("v", number(2)) }).Open(); !errors.Is(err, ErrVersion) {
		t.Errorf("version 2: %v", err)
	}
	for _, v := range []value{number(0), number(-1), text("1")} {
		if _, err := edit(t, rec, func(o *object) { o.set("v", v) }).Open(); !errors.Is(err, store.ErrCorrupt) || errors.Is(err, ErrVersion) {
			t.Errorf("version %v: %v", v, err)
		}
	}
}

// AUD-003: fields and kinds are added; an older reader shows what it knows, and
// the hash covers what it does not.
func TestOpen_reads_past_what_was_added_later(t *testing.T) {
	t.Parallel()
	rec := edit(t, setup(t).full(t), func(o *object) {
		o.set("kind", text("app.later"))
		o.set("weather", text("fair"))
		setAt(o, "data.later", array(text("a"), number(1), boolean(true)))
	})
	rec.Kind = "app.later"
	e := open(t, rec)
	if e.Kind != "app.later" || e.Data[2] != (Datum{"later", "a, 1, true"}) {
		t.Errorf("%+v", e.Data)
	}
	other := edit(t, rec, func(o *object) { o.set("weather", text("foul")) })
	if open(t, other).Hash() == e.Hash() {
		t.Error("an unknown field is not covered")
	}
}

func TestOpen_refuses_a_body_that_differs_from_the_columns(t *testing.T) {
	t.Parallel()
	good := setup(t).full(t)
	for name, spoil := range map[string]func(*Record){
		"id":      func(r *Record) { r.ID = id16[identity.EventID](1) },
		"tenant":  func(r *Record) { r.Tenant = identity.SystemTenant },
		"at":      func(r *Record) { r.At = r.At.Add(time.Microsecond) },
		"node":    func(r *Record) { r.Node = "web-2" },
		"boot":    func(r *Record) { r.Boot[0]++ },
		"kind":    func(r *Record) { r.Kind = "authenticated" },
		"outcome": func(r *Record) { r.Outcome = Success },
		"handle":  func(r *Record) { r.Handle = [16]byte{} },
		"body":    func(r *Record) { r.Body = append(bytes.Clone(r.Body), ' ') },
		"empty":   func(r *Record) { r.Body = nil },
	} {
		r := good
		spoil(&r)
		if _, err := r.Open(); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	open(t, good)
}

func TestOpen_refuses_envelope_fields_of_a_wrong_form(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rec := b.record(t, t.Context(), b.of, failedCode())
	for name, v := range map[string]value{
		"id": text("no id"), "tenant_id": number(1), "time_us": text("now"), "node": number(1), "boot": text("zz"),
		"outcome": text("perhaps"), "class": text("first"), "handle": text("00"), "factor_kind": boolean(true), "kind": array(),
		"session_ref": number(1), "factors_completed": text("x"), "subject": nested(object{{"id", text("me")}}),
		"client": nested(object{{"ip", text("here")}}),
	} {
		if _, err := edit(t, rec, func(o *object) { o.set(name, v) }).Open(); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"id", "time_us", "node", "boot", "kind", "outcome", "class", "v"} {
		if _, err := edit(t, rec, func(o *object) { *o = o.without([]string{name}) }).Open(); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestJSON_carries_the_number(t *testing.T) {
	t.Parallel()
	rec := setup(t).full(t)
	e := open(t, rec)
	if b := e.JSON(); !bytes.Contains(b, []byte(`,"seq":3,`)) || bytes.Contains(rec.Body, []byte(`"seq"`)) {
		t.Errorf("%s", b)
	}
	if _, err := parse(e.JSON()); err != nil {
		t.Error(err)
	}
}

// AUD-042: an event without a tenant is the system tenant's.
func TestOpen_gives_platform_events_to_the_system_tenant(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if e := b.entry(t, t.Context(), Of{}, ServiceStarted{Version: "v1"}); e.Tenant != identity.SystemTenant {
		t.Errorf("tenant %s", e.Tenant)
	}
}
