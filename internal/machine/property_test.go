package machine

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/identity"
)

// rows is SES-013 as pairs of states, with the composites of SES-015 (what
// leaves a flow for another passes through Guest or the base).
var rows = map[string][]string{
	"T1":  {"Guest→Identifying"},
	"T2":  {"Guest→Authenticating", "Identifying→Authenticating", "Authenticating→Authenticating", "Authenticated→Authenticating", "PendingWorkflow→Authenticating"},
	"T3":  {"Authenticating→Authenticating"},
	"T4":  {"Authenticating→Authenticated"},
	"T5":  {"Authenticating→Authenticated", "Authenticating→Guest"},
	"T6":  {"Authenticating→Authenticated"},
	"T7":  {"Authenticated→Authenticating", "Authenticating→Authenticating"},
	"T8":  {"Guest→PendingWorkflow", "Authenticating→PendingWorkflow", "PendingWorkflow→PendingWorkflow"},
	"T9":  {"PendingWorkflow→PendingWorkflow"},
	"T10": {"PendingWorkflow→Authenticated", "PendingWorkflow→Guest"},
	"T11": {"Authenticated→PendingWorkflow", "Authenticating→PendingWorkflow"},
	"T12": {"Authenticated→Authenticated"},
	"T13": {"Guest→Authenticated", "Identifying→Authenticated", "Authenticating→Authenticated", "PendingWorkflow→Authenticated"},
	"T14": {"Guest→Guest", "Identifying→Guest", "Authenticating→Guest", "Authenticated→Guest", "PendingWorkflow→Guest"},
	"":    {"Authenticating→Authenticating"},
}

func kindOf(s State) string {
	switch s.(type) {
	case Guest:
		return "Guest"
	case Identifying:
		return "Identifying"
	case Authenticating:
		return "Authenticating"
	case Authenticated:
		return "Authenticated"
	case PendingWorkflow:
		return "PendingWorkflow"
	}
	return "?"
}

// run is one random life of a session, with what a ghost has noted of it.
type run struct {
	state  State
	now    time.Time
	ids    byte
	proofs []Proof
	// earned is the number of steps of each flow that Advance has completed.
	earned map[FlowID]int
	// logins holds the evidence of each login when it was last seen.
	logins map[identity.LoginID][]identity.Evidence
}

func (r *run) fresh() byte { r.ids++; return r.ids }

func (r *run) kind(t *rapid.T) identity.Kind {
	// Mostly what the flow asks for: a random kind seldom gets anywhere.
	if a, ok := r.state.(Authenticating); ok && a.Current().Len() > 0 && rapid.IntRange(0, 3).Draw(t, "fitting") > 0 {
		return a.Current().At(rapid.IntRange(0, a.Current().Len()-1).Draw(t, "option"))
	}
	return rapid.SampledFrom([]identity.Kind{"password", "totp", "passkey", ""}).Draw(t, "kind")
}

func (r *run) evidence(t *rapid.T) identity.Evidence {
	late := rapid.SampledFrom([]time.Duration{0, 0, 0, -time.Hour, EvidenceSkew, EvidenceSkew + 1}).Draw(t, "at")
	return proven(r.kind(t), r.now.Add(late))
}

func (r *run) someEvidence(t *rapid.T) []identity.Evidence {
	out := make([]identity.Evidence, rapid.IntRange(0, 3).Draw(t, "evidences"), 5)
	for i := range out {
		out[i] = r.evidence(t)
	}
	return out
}

func (r *run) steps(t *rapid.T) []identity.Step {
	pool := []identity.Step{password, password, totp, either, identity.AnyOf()}
	return rapid.SliceOfN(rapid.SampledFrom(pool), 0, 3).Draw(t, "steps")
}

func (r *run) subject(t *rapid.T) identity.Subject {
	if s := Subject(r.state); !s.IsZero() && rapid.Bool().Draw(t, "same") {
		return s
	}
	return rapid.SampledFrom([]identity.Subject{person, other, {}}).Draw(t, "subject")
}

func (r *run) deadline(t *rapid.T) time.Time {
	return r.now.Add(rapid.SampledFrom([]time.Duration{10 * time.Minute, time.Hour, 0}).Draw(t, "deadline"))
}

func (r *run) epochs(t *rapid.T) identity.Epochs {
	return identity.Epochs{User: uint64(rapid.IntRange(0, 2).Draw(t, "epoch"))}
}

func (r *run) flow(t *rapid.T) FlowData {
	f := FlowData{
		ID:       FlowID{r.fresh(), 1},
		Subject:  r.subject(t),
		Method:   "m",
		Menu:     []string{"m", "n"},
		Steps:    r.steps(t),
		Deadline: r.deadline(t),
		Epochs:   r.epochs(t),
		Decoy:    rapid.IntRange(0, 4).Draw(t, "decoy") == 0,
	}
	if rapid.IntRange(0, 9).Draw(t, "smuggle") == 0 {
		f.Done = r.someEvidence(t)
	}
	return f
}

func (r *run) login() identity.LoginID { return idOf[identity.LoginID](r.fresh()) }

// impersonation is mostly one that may be.
func (r *run) impersonation(t *rapid.T) Impersonate {
	self := Subject(r.state)
	near := identity.Subject{Tenant: self.Tenant, User: colleague.User}
	return Impersonate{
		By: self, Target: rapid.SampledFrom([]identity.Subject{near, near, near, person, other}).Draw(t, "target"),
		Login: r.login(), Epochs: r.epochs(t), Reason: rapid.SampledFrom([]string{"r", "r", "r", ""}).Draw(t, "reason"),
		Until: r.deadline(t), CreatedAt: r.now.Add(-time.Hour), AbsUntil: r.now.Add(24 * time.Hour),
	}
}

func (r *run) event(t *rapid.T) Event {
	// A login is rare enough: what only a login can do is tried often.
	if _, ok := r.state.(Authenticated); ok && rapid.IntRange(0, 3).Draw(t, "act") == 0 {
		return r.impersonation(t)
	}
	switch rapid.IntRange(0, 17).Draw(t, "event") {
	case 0:
		return Identify{r.subject(t), r.deadline(t)}
	case 1, 2:
		return Begin{r.flow(t)}
	case 3:
		return Choose{Method: "n", Steps: r.steps(t)}
	case 4:
		return Pass{Evidence: r.evidence(t)}
	case 5:
		p := Proof{}
		if len(r.proofs) > 0 {
			p = r.proofs[len(r.proofs)-1-rapid.IntRange(0, min(2, len(r.proofs)-1)).Draw(t, "proof")]
		}
		return Complete{Proof: p, Login: r.login(), Epochs: r.epochs(t)}
	case 6:
		return Fail{}
	case 7:
		return Abort{}
	case 8:
		return StepUp{r.flow(t)}
	case 9:
		return StartWorkflow{Flow: WorkflowData{
			Subject:  r.subject(t),
			Decoy:    rapid.IntRange(0, 4).Draw(t, "decoy") == 0,
			Kind:     "w",
			Total:    rapid.IntRange(0, 2).Draw(t, "total"),
			Deadline: r.deadline(t),
			Then:     rapid.SampledFrom([]Then{ThenAuthenticated, ThenAuthenticated, ThenGuest, 0}).Draw(t, "then"),
			Epochs:   r.epochs(t),
		}}
	case 10:
		return StepWorkflow{}
	case 11:
		return FinishWorkflow{Evidence: r.someEvidence(t), Login: r.login(), Epochs: r.epochs(t)}
	case 12:
		e := Regenerate{Evidence: r.someEvidence(t)}
		if rapid.Bool().Draw(t, "restamp") {
			epochs := r.epochs(t)
			e.Epochs = &epochs
		}
		return e
	case 13, 14:
		return r.impersonation(t)
	case 15:
		return StopImpersonating{}
	case 16:
		return Adopt{LoginData{Subject: r.subject(t), AuthTime: r.now, Evidence: r.someEvidence(t), Origin: OriginFederated, Login: r.login()}}
	}
	return End{}
}

// loginIn is the login that a state is, stands on or has interrupted.
func loginIn(s State) *LoginData {
	if p, ok := s.(PendingWorkflow); ok {
		return p.flow.Prior
	}
	return baseOf(s)
}

// advance tries an evidence and keeps every proof that comes of it.
func (r *run) advance(t *rapid.T) {
	a, ok := r.state.(Authenticating)
	if !ok {
		return
	}
	before, ev := dump(a), r.evidence(t)
	next, out, p, err := Advance(a, ev, r.now)
	if dump(a) != before {
		t.Fatal("Advance wrote to its flow")
	}
	if (err != nil) != (out == NotApplicable) || (out == Completed) != (dump(p) != dump(Proof{})) {
		t.Fatalf("outcome %v, error %v, proof %v", out, err, p)
	}
	if err != nil && dump(next) != before {
		t.Fatal("refused, but the flow is not what it was")
	}
	if err == nil && (len(next.Remaining()) == 0) != (out == Completed) {
		t.Fatalf("outcome %v with %d steps left", out, len(next.Remaining()))
	}
	if out == Completed {
		if a.flow.Decoy {
			t.Fatal("a decoy passed")
		}
		r.earned[p.flow] = len(next.flow.Steps)
		r.proofs = append(r.proofs, p)
	}
}

func (r *run) move(t *rapid.T) {
	from, e := r.state, r.event(t)
	before, asked := dump(from), dump(e)
	next, effect, err := Next(from, e, r.now)
	if dump(from) != before || dump(e) != asked {
		t.Fatalf("%T wrote to its input", e)
	}
	if err != nil {
		if dump(next) != before || effect != (Effect{}) {
			t.Fatalf("%T refused with %v, but something changed", e, err)
		}
		return
	}
	seen, _, late := AtDeadline(from, r.now)
	if givesUp(e) {
		seen = from
	}
	if !slices.Contains(rows[effect.Row], kindOf(seen)+"→"+kindOf(next)) {
		t.Fatalf("%T made %s to %s under row %q", e, kindOf(seen), kindOf(next), effect.Row)
	}
	if late && kindOf(seen) == "Guest" && (effect.Data != Clear || effect.Grace) {
		t.Fatalf("data outlived the deadline: %+v", effect)
	}
	r.checkSubject(t, from, next, effect)
	r.checkLogin(t, seen, next, effect)
	r.checkEvidence(t, seen, next, effect)
	if err := restored(next); err != nil {
		t.Fatalf("%T made what cannot be restored: %v", e, err)
	}
	r.state = next
}

func (r *run) checkSubject(t *rapid.T, from, next State, effect Effect) {
	a, b := Subject(from), Subject(next)
	if !a.IsZero() && a != b && effect.Data != Clear && !(effect.Row == "T4" || effect.Row == "T10") {
		t.Fatalf("from %v to %v with data %v", a, b, effect.Data)
	}
	if (effect.Row == "T4" || effect.Row == "T10" && !b.IsZero()) && a != b {
		t.Fatalf("one person's flow became another's login")
	}
	if effect.Grace && a != b {
		t.Fatal("the old id lives on under another subject")
	}
}

func (r *run) checkLogin(t *rapid.T, from, next State, effect Effect) {
	a, b := loginIn(from), loginIn(next)
	if b == nil {
		return
	}
	if act, back := b.Actor, a != nil && a.Actor != nil && a.Actor.Login.Login == b.Login; act != nil && a != nil && act.Login == a {
		// Into somebody else's name: the own login is beside it as it was.
		if effect.Row != "T12" || effect.Data != Clear || effect.Grace || a.Actor != nil || act.Until.After(r.now.Add(MaxImpersonation)) {
			t.Fatalf("an impersonation by %+v", effect)
		}
	} else if back {
		if effect.Row != "T12" || effect.Data != Clear || effect.Grace || b != a.Actor.Login {
			t.Fatalf("back by %+v", effect)
		}
	} else if a == nil || a.Login != b.Login {
		if effect.Row != "T4" && effect.Row != "T10" && effect.Row != "T13" {
			t.Fatalf("row %s made a login", effect.Row)
		}
		if a != nil && a.Login != b.Login {
			t.Fatalf("row %s made one login of another", effect.Row)
		}
		if _, seen := r.logins[b.Login]; seen {
			t.Fatal("a login came back")
		}
	} else if a.Actor != b.Actor {
		t.Fatal("another actor in one login")
	} else if !a.AuthTime.Equal(b.AuthTime) || a.Subject != b.Subject || !b.Epochs.Covers(a.Epochs) {
		t.Fatalf("row %s changed time, person or stamp of a login", effect.Row)
	}
	was := r.logins[b.Login]
	if len(b.Evidence) < len(was) || !slices.EqualFunc(was, b.Evidence[:len(was)], sameEvidence) {
		t.Fatalf("evidence shrank from %v to %v", was, b.Evidence)
	}
	r.logins[b.Login] = b.Evidence
}

func (r *run) checkEvidence(t *rapid.T, seen, next State, effect Effect) {
	switch effect.Row {
	case "T4", "T6":
		f := seen.(Authenticating).flow
		if f.Decoy || r.earned[f.ID] < len(f.Steps) {
			t.Fatal("a login that nobody has earned")
		}
		ev := loginIn(next).Evidence
		ev = ev[len(ev)-len(f.Steps):]
		for i, step := range f.Steps {
			if !step.Has(ev[i].Kind) {
				t.Fatalf("step %d by %q", i, ev[i].Kind)
			}
		}
	case "T10":
		w := seen.(PendingWorkflow).flow
		if w.Decoy || w.Step != w.Total {
			t.Fatal("an unfinished workflow was left")
		}
		if l := loginIn(next); l != nil && len(l.Evidence) < max(1, len(w.Passed)+w.Owed) {
			t.Fatal("a workflow went around a step")
		}
	case "T13":
		if len(loginIn(next).Evidence) == 0 {
			t.Fatal("a login without evidence")
		}
	}
}

func restored(s State) error {
	var err error
	switch s := s.(type) {
	case Identifying:
		_, err = RestoreIdentifying(s.subject, s.entered, s.deadline)
	case Authenticating:
		_, err = RestoreFlow(s.flow)
	case Authenticated:
		_, err = RestoreLogin(s.login)
	case PendingWorkflow:
		_, err = RestoreWorkflow(s.flow)
	case Guest:
	}
	return err
}

// SES-018, SES-008, SES-009, SES-011, SES-012, SES-013, SES-014, SES-015, SES-016, SES-017, SES-020, SES-021, SES-023
func TestMachine_under_random_events(t *testing.T) {
	t.Parallel()
	reached := map[string]int{}
	walk := func(t *rapid.T) {
		r := &run{state: Guest{}, now: t0, earned: map[FlowID]int{}, logins: map[identity.LoginID][]identity.Evidence{}}
		for range rapid.IntRange(1, 60).Draw(t, "length") {
			switch rapid.IntRange(0, 9).Draw(t, "act") {
			case 0:
				r.now = r.now.Add(rapid.SampledFrom([]time.Duration{time.Second, 11 * time.Minute, 2 * time.Hour}).Draw(t, "wait"))
			case 1, 2:
				r.advance(t)
			default:
				r.move(t)
			}
			reached[kindOf(r.state)]++
			if ActorOf(r.state) != nil {
				reached["acting"]++
			}
		}
	}
	// A hundred walks pass by the rarest state now and then.
	for range 10 {
		if rapid.Check(t, walk); reached["acting"] > 0 {
			break
		}
	}
	// A walk that never gets anywhere proves nothing.
	for _, kind := range []string{"Identifying", "Authenticating", "Authenticated", "PendingWorkflow", "acting"} {
		if reached[kind] == 0 {
			t.Errorf("never reached %s", kind)
		}
	}
}

// givesUp reports the events that lead to where the deadline leads as well, so
// that they are as good late as in time.
func givesUp(e Event) bool {
	_, abort := e.(Abort)
	_, end := e.(End)
	return abort || end
}
