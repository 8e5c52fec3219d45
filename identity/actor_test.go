package identity_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
)

// acted is a person in whose name an administrator acts.
func acted(t *testing.T) (identity.HumanFields, identity.Human) {
	t.Helper()
	f := fields(t)
	at := f.AuthnTime
	f.Evidence = []identity.Evidence{{Kind: "impersonation", At: at}}
	f.Actor = &identity.Actor{
		Subject:   identity.Subject{Tenant: f.Subject.Tenant, User: identity.NewUserID(entropy.Seeded(12))},
		AuthnTime: at.Add(-time.Hour),
		Evidence:  []identity.Evidence{{Kind: "passkey", At: at.Add(-time.Hour), AMR: []string{"hwk"}, Class: identity.Possession | identity.Inherence | identity.PhishingResistant}},
	}
	h, err := identity.NewHuman(f)
	if err != nil {
		t.Fatal(err)
	}
	return f, h
}

// IDN-011: who acts is told with what they proved, and lends the person none of it.
func TestHuman_under_impersonation(t *testing.T) {
	t.Parallel()
	f, h := acted(t)
	a, ok := h.Actor()
	if !ok || a.Subject != f.Actor.Subject || !a.AuthnTime.Equal(f.Actor.AuthnTime) || a.Assurance().AAL != identity.AAL2 || !a.Assurance().PhishingResistant {
		t.Errorf("%+v", a)
	}
	if h.Assurance().AAL != identity.AAL0 || fmt.Sprint(h.Factors()) != "[impersonation]" {
		t.Errorf("the person passes for %+v", h.Assurance())
	}
	if _, ok := human(t).Actor(); ok {
		t.Error("an actor where nobody acts")
	}
	// What was decided for the person is not answered to who acts for them.
	if own := human(t); h.Key() == own.Key() || !strings.HasPrefix(h.Key(), own.Key()) || !strings.Contains(h.Key(), a.Subject.User.String()) {
		t.Errorf("key %s", h.Key())
	}
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "who", h)
	if !strings.Contains(b.String(), "who.actor_id="+a.Subject.User.String()) {
		t.Error(b.String())
	}
	// PRN-007
	before, _ := json.Marshal(h)
	f.Actor.Evidence[0].AMR[0], a.Evidence[0].AMR[0] = "x", "x"
	f.Actor.Subject = f.Subject
	if after, err := json.Marshal(h); err != nil || !bytes.Equal(before, after) {
		t.Errorf("changed from outside:\n%s\n%s %v", before, after, err)
	}
}

// PRN-002, IDN-011
func TestNewHuman_validates_the_actor(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*identity.Actor, identity.Subject){
		"nobody":      func(a *identity.Actor, _ identity.Subject) { a.Subject.User = identity.UserID{} },
		"no tenant":   func(a *identity.Actor, _ identity.Subject) { a.Subject.Tenant = identity.TenantID{} },
		"the system":  func(a *identity.Actor, _ identity.Subject) { a.Subject.User = identity.SystemUser },
		"oneself":     func(a *identity.Actor, s identity.Subject) { a.Subject = s },
		"no time":     func(a *identity.Actor, _ identity.Subject) { a.AuthnTime = time.Time{} },
		"no evidence": func(a *identity.Actor, _ identity.Subject) { a.Evidence = nil },
		"no kind":     func(a *identity.Actor, _ identity.Subject) { a.Evidence[0].Kind = "" },
		"year 10000": func(a *identity.Actor, _ identity.Subject) {
			a.AuthnTime = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
		},
		"evidence then": func(a *identity.Actor, _ identity.Subject) {
			a.Evidence[0].At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
		},
	} {
		f, _ := acted(t)
		change(f.Actor, f.Subject)
		if h, err := identity.NewHuman(f); !errors.Is(err, identity.ErrPrincipalInvalid) || h.Valid() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// PRN-012, PRN-013
func TestHuman_JSON_of_an_actor(t *testing.T) {
	t.Parallel()
	f, h := acted(t)
	good, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`"actor":{"user_id":"%s","tenant_id":"%s","authn_time":"2026-03-04T03:06:07.000008Z","acr":"aal2",`+
		`"factors":[{"kind":"passkey","at":"2026-03-04T03:06:07.000008Z","amr":["hwk"],"class":14}]}`, f.Actor.Subject.User, f.Subject.Tenant)
	if !strings.Contains(string(good), want) {
		t.Fatalf("%s\nwants %s", good, want)
	}
	var back identity.Human
	if err := json.Unmarshal(good, &back); err != nil || !reflect.DeepEqual(h, back) {
		t.Fatalf("%+v, %v", back, err)
	}
	actor := string(good[strings.Index(string(good), `"actor":`):])
	for name, edit := range map[string][2]string{
		"unknown member":  {`"acr":"aal2"`, `"acr":"aal2","x":1`},
		"duplicate":       {`"acr":"aal2"`, `"acr":"aal2","acr":"aal2"`},
		"by case":         {`"acr":"aal2"`, `"ACR":"aal2"`},
		"higher level":    {`"acr":"aal2"`, `"acr":"aal3"`},
		"factor by case":  {`"class":14`, `"CLASS":14`},
		"without factors": {`"kind":"passkey"`, `"kind":""`},
		"the person":      {f.Actor.Subject.User.String(), f.Subject.User.String()},
		"empty":           {actor[:strings.Index(actor, "}]}")+3], `"actor":{}`},
	} {
		in := strings.Replace(string(good), edit[0], edit[1], 1)
		if name == "higher level" || name == "unknown member" || name == "duplicate" || name == "by case" {
			in = strings.Replace(string(good), actor, strings.Replace(actor, edit[0], edit[1], 1), 1)
		}
		var got identity.Human
		if err := got.UnmarshalJSON([]byte(in)); in == string(good) || err == nil || got.Valid() {
			t.Errorf("%s: %v", name, err)
		}
	}
}
