package machine

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
)

// SES-002: what a sealed body says is held to the same rules as a move.
func TestRestore_refuses_what_no_move_makes(t *testing.T) {
	t.Parallel()
	fresh := func() *FlowData {
		d := *must(t, flowOf(t, flowData(person, password, totp)), Pass{Evidence: proven("password", t0)}).(Authenticating).flow
		d.Steps, d.Done = append([]identity.Step(nil), d.Steps...), append([]identity.Evidence(nil), d.Done...)
		return &d
	}
	login := func(s identity.Subject) *LoginData { l := loginData(s); return &l }
	flows := map[string]struct {
		spoil func(*FlowData)
		want  error
	}{
		"no id":               {func(f *FlowData) { f.ID = FlowID{} }, ErrBadFlow},
		"no subject":          {func(f *FlowData) { f.Subject.Tenant = identity.TenantID{} }, ErrBadSubject},
		"no method":           {func(f *FlowData) { f.Method = "" }, ErrBadMethod},
		"no steps":            {func(f *FlowData) { f.Steps = nil }, ErrEmptyMethod},
		"empty step":          {func(f *FlowData) { f.Steps[1] = identity.Step{} }, ErrEmptyMethod},
		"too many steps":      {func(f *FlowData) { f.Steps = repeat(MaxSteps+1, password) }, ErrMethodTooLong},
		"no start":            {func(f *FlowData) { f.Started = time.Time{} }, ErrBadFlow},
		"start after the end": {func(f *FlowData) { f.Started = f.Deadline }, ErrBadFlow},
		"deadline in no year": {func(f *FlowData) { f.Deadline = time.Unix(endOfTime, 0) }, ErrBadFlow},
		"nothing left":        {func(f *FlowData) { f.Done = append(f.Done, proven("totp", t0)) }, ErrBadFlow}, // SES-011
		"more than asked":     {func(f *FlowData) { f.Done = repeat(3, f.Done[0]) }, ErrBadFlow},
		"wrong order":         {func(f *FlowData) { f.Done[0].Kind = "totp" }, ErrBadEvidence}, // SES-009
		"timeless evidence":   {func(f *FlowData) { f.Done[0].At = time.Time{} }, ErrBadEvidence},
		"a decoy that passed": {func(f *FlowData) { f.Decoy = true }, ErrBadFlow},
		"a decoy with a base": {func(f *FlowData) { f.Decoy, f.Done, f.Base = true, nil, login(person) }, ErrBadFlow},
		"base of another":     {func(f *FlowData) { f.Base = login(other) }, ErrBadSubject},
		"hollow base":         {func(f *FlowData) { f.Base = &LoginData{Subject: person} }, ErrNoEvidence}, // SES-023
	}
	for name, tt := range flows {
		f := fresh()
		tt.spoil(f)
		if s, err := RestoreFlow(f); !errors.Is(err, tt.want) || s != nil {
			t.Errorf("flow, %s: %v, %v", name, s, err)
		}
	}
	workflows := map[string]struct {
		spoil func(*WorkflowData)
		want  error
	}{
		"no kind":            {func(w *WorkflowData) { w.Kind = "" }, ErrBadWorkflow},
		"step past the last": {func(w *WorkflowData) { w.Step = 2 }, ErrBadWorkflow}, // SES-020
		"step below zero":    {func(w *WorkflowData) { w.Step = -1 }, ErrBadWorkflow},
		"no start":           {func(w *WorkflowData) { w.Started = time.Time{} }, ErrBadWorkflow},
		"eight days":         {func(w *WorkflowData) { w.Deadline = w.Started.AddDate(0, 0, 8) }, ErrBadWorkflow},
		"gift":               {func(w *WorkflowData) { w.Owed = -1 }, ErrBadWorkflow},
		"endless debt":       {func(w *WorkflowData) { w.Owed = MaxSteps + 1 }, ErrBadWorkflow},
		"nameless evidence":  {func(w *WorkflowData) { w.Passed = make([]identity.Evidence, 1) }, ErrBadEvidence},
		"decoy that passed":  {func(w *WorkflowData) { w.Decoy, w.Passed = true, link }, ErrBadWorkflow},
		"decoy over a login": {func(w *WorkflowData) { w.Decoy, w.Prior = true, login(person) }, ErrBadWorkflow},
		"both before":        {func(w *WorkflowData) { w.Passed, w.Prior = link, login(person) }, ErrBadWorkflow},
		"debt and login":     {func(w *WorkflowData) { w.Owed, w.Prior = 1, login(person) }, ErrBadWorkflow},
		"login of another":   {func(w *WorkflowData) { w.Prior = login(other) }, ErrBadSubject},
		"hollow login":       {func(w *WorkflowData) { w.Prior = &LoginData{Subject: person} }, ErrNoEvidence}, // SES-023
	}
	for name, tt := range workflows {
		w := *must(t, Guest{}, StartWorkflow{Flow: workflowData(person)}).(PendingWorkflow).flow
		tt.spoil(&w)
		if s, err := RestoreWorkflow(&w); !errors.Is(err, tt.want) || s != nil {
			t.Errorf("workflow, %s: %v, %v", name, s, err)
		}
	}
	owing := *must(t, Guest{}, StartWorkflow{Flow: workflowData(person)}).(PendingWorkflow).flow
	owing.Owed = MaxSteps
	if _, err := RestoreWorkflow(&owing); err != nil {
		t.Errorf("a workflow that owes all it may: %v", err)
	}
	logins := map[string]struct {
		spoil func(*LoginData)
		want  error
	}{
		"no evidence":      {func(l *LoginData) { l.Evidence = nil }, ErrNoEvidence}, // SES-023
		"an impersonation": {func(l *LoginData) { l.Origin = OriginImpersonation }, ErrBadLogin},
		"no time":          {func(l *LoginData) { l.AuthTime = time.Time{} }, ErrBadLogin},
		"no login id":      {func(l *LoginData) { l.Login = identity.LoginID{} }, ErrBadLogin},
		"the background":   {func(l *LoginData) { l.Subject.User = identity.SystemUser }, ErrBadSubject}, // SES-022
	}
	for name, tt := range logins {
		l := login(person)
		tt.spoil(l)
		if s, err := RestoreLogin(l); !errors.Is(err, tt.want) || s != nil {
			t.Errorf("login, %s: %v, %v", name, s, err)
		}
	}
	if _, err := RestoreIdentifying(person, t0, t0); !errors.Is(err, ErrBadFlow) {
		t.Errorf("identifying without time: %v", err)
	}
	if _, err := RestoreIdentifying(identity.Subject{}, t0, t0.Add(1)); !errors.Is(err, ErrBadSubject) {
		t.Errorf("identifying nobody: %v", err)
	}
	for name, restore := range map[string]func() (State, error){
		"flow":     func() (State, error) { return RestoreFlow(nil) },
		"login":    func() (State, error) { return RestoreLogin(nil) },
		"workflow": func() (State, error) { return RestoreWorkflow(nil) },
	} {
		if s, err := restore(); err == nil || s != nil {
			t.Errorf("%s of nothing: %v", name, s)
		}
	}
}

// The hot path restores a login on every request.
func TestRestoreLogin_allocates_nothing(t *testing.T) {
	l := loginData(person)
	var s State
	if n := testing.AllocsPerRun(100, func() {
		s, _ = RestoreLogin(&l)
		s, _, _ = AtDeadline(s, t0)
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
	if LoginOf(s.(Authenticated)) != &l {
		t.Fatal("copied")
	}
}
