package session

import (
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
)

// Tags of the states in the body. An unknown tag is an error, never Guest
// (SES-002).
const (
	tagGuest = iota
	tagIdentifying
	tagAuthenticating
	tagAuthenticated
	tagWorkflow
)

const (
	maxMenu = 64
	maxAMR  = 16
	// maxMillis is the end of the year 9999: what a text form can still show.
	maxMillis = 253402300799999
)

func putTime(b []byte, t time.Time) []byte { return putUint(b, uint64(t.UnixMilli())) }

// time reads Unix milliseconds (SES-230).
func (r *cborReader) time() time.Time {
	ms := r.small(maxMillis)
	if ms == 0 {
		r.fail()
	}
	return time.UnixMilli(int64(ms)).UTC()
}

func putEpochs(b []byte, e identity.Epochs) []byte {
	return putUint(putUint(putUint(putList(b, 3), e.Global), e.Tenant), e.User)
}

func (r *cborReader) epochs() identity.Epochs {
	r.tuple(3)
	return identity.Epochs{Global: r.uint(), Tenant: r.uint(), User: r.uint()}
}

func putSubject(b []byte, s identity.Subject) []byte {
	return putID(putID(b, s.Tenant.Bytes()), s.User.Bytes())
}

func (r *cborReader) subject() identity.Subject {
	return identity.Subject{
		Tenant: identity.FromBytes[identity.TenantID](r.id()),
		User:   identity.FromBytes[identity.UserID](r.id()),
	}
}

func putState(b []byte, s machine.State) []byte {
	switch s := s.(type) {
	case machine.Identifying:
		b = putUint(putList(b, 5), tagIdentifying)
		return putTime(putTime(putSubject(b, s.Subject()), s.Entered()), s.Deadline())
	case machine.Authenticating:
		return putFlow(putUint(putList(b, 2), tagAuthenticating), machine.FlowOf(s))
	case machine.Authenticated:
		return putLogin(putUint(putList(b, 2), tagAuthenticated), machine.LoginOf(s))
	case machine.PendingWorkflow:
		return putWorkflow(putUint(putList(b, 2), tagWorkflow), machine.WorkflowOf(s))
	case machine.Guest:
	}
	return putUint(putList(b, 1), tagGuest)
}

// state reads a state. That of an impersonation comes without its actor, who has
// a key of their own further on: it is handed back unrestored.
func (r *cborReader) state() (s machine.State, acting *machine.LoginData) {
	n, tag := r.list(5), r.uint()
	switch {
	case tag == tagGuest && n == 1:
		return machine.Guest{}, nil
	case tag == tagIdentifying && n == 5:
		return r.restored(machine.RestoreIdentifying(r.subject(), r.time(), r.time())), nil
	case tag == tagAuthenticating && n == 2:
		return r.restored(machine.RestoreFlow(r.flow())), nil
	case tag == tagAuthenticated && n == 2:
		l := r.login()
		if l.Origin == machine.OriginImpersonation {
			return machine.Guest{}, l
		}
		return r.restored(machine.RestoreLogin(l)), nil
	case tag == tagWorkflow && n == 2:
		return r.restored(machine.RestoreWorkflow(r.workflow())), nil
	}
	r.fail()
	return machine.Guest{}, nil
}

// restored is a state that the machine has accepted: what is well-formed CBOR may
// still be none.
func (r *cborReader) restored(s machine.State, err error) machine.State {
	if err != nil {
		r.fail()
		return machine.Guest{}
	}
	return s
}

func putActor(b []byte, a *machine.ActorData) []byte {
	b = putText(putLogin(putList(b, 5), a.Login), a.Reason)
	return putTime(putTime(putTime(b, a.Until), a.CreatedAt), a.AbsUntil)
}

func (r *cborReader) actor() *machine.ActorData {
	r.tuple(5)
	return &machine.ActorData{
		Login: r.login(), Reason: string(r.text()),
		Until: r.time(), CreatedAt: r.time(), AbsUntil: r.time(),
	}
}

// putLogin writes the login of a state, null for none.
func putLogin(b []byte, l *machine.LoginData) []byte {
	if l == nil {
		return append(b, cborNull)
	}
	b = putSubject(putList(b, 10), l.Subject)
	b = putTime(b, l.AuthTime)
	b = putEvidence(b, l.Evidence)
	b = putUint(b, uint64(l.Origin))
	b = putID(b, l.Login.Bytes())
	b = putEpochs(b, l.Epochs)
	b = putIDOrNone(b, l.Device.Bytes())
	b = putText(b, l.Profile.DisplayName)
	return putIDOrNone(b, l.Profile.AuditHandle)
}

// loginRoom is a login with room for the evidence that most have, in one piece.
type loginRoom struct {
	login    machine.LoginData
	evidence [2]identity.Evidence
	amr      [3]string
}

func (r *cborReader) login() *machine.LoginData {
	r.tuple(10)
	room := &loginRoom{}
	l := &room.login
	l.Subject = r.subject()
	l.AuthTime = r.time()
	l.Evidence = r.evidenceIn(room.evidence[:0:len(room.evidence)], room.amr[:])
	l.Origin = machine.Origin(r.small(255))
	l.Login = identity.FromBytes[identity.LoginID](r.id())
	l.Epochs = r.epochs()
	l.Device = identity.FromBytes[identity.DeviceID](r.idOrNone())
	l.Profile.DisplayName = string(r.text())
	l.Profile.AuditHandle = r.idOrNone()
	return l
}

func (r *cborReader) loginOrNone() *machine.LoginData {
	if r.null() {
		return nil
	}
	return r.login()
}

func putEvidence(b []byte, list []identity.Evidence) []byte {
	b = putList(b, len(list))
	for i := range list {
		e := &list[i]
		b = putTime(putText(putList(b, 5), e.Kind), e.At)
		b = putIDOrNone(b, e.Credential.Bytes())
		b = putTexts(b, e.AMR)
		b = putUint(b, uint64(e.Class))
	}
	return b
}

func (r *cborReader) evidence() []identity.Evidence { return r.evidenceIn(nil, nil) }

// evidenceIn puts the list and its references into the room given, as far as it
// goes.
func (r *cborReader) evidenceIn(list []identity.Evidence, amr []string) []identity.Evidence {
	n := r.list(machine.MaxEvidence)
	if n == 0 {
		return nil
	}
	if n > cap(list) {
		list = make([]identity.Evidence, 0, min(n, 8))
	}
	for ; n > 0; n-- {
		r.tuple(5)
		list = append(list, identity.Evidence{})
		e := &list[len(list)-1]
		e.Kind = identity.Kind(intern(r.text()))
		e.At = r.time()
		e.Credential = identity.FromBytes[identity.CredentialID](r.idOrNone())
		e.AMR, amr = r.textsIn(maxAMR, amr)
		e.Class = identity.Class(r.small(255))
	}
	return list
}

func putTexts[S ~string](b []byte, list []S) []byte {
	b = putList(b, len(list))
	for _, s := range list {
		b = putText(b, s)
	}
	return b
}

func (r *cborReader) texts(limit int) []string {
	list, _ := r.textsIn(limit, nil)
	return list
}

// textsIn puts the list into room if it goes in there, and returns what is left of
// it.
func (r *cborReader) textsIn(limit int, room []string) (list, left []string) {
	n := r.list(limit)
	switch {
	case n == 0:
		return nil, room
	case n <= len(room):
		list, left = room[:n:n], room[n:]
	default:
		list, left = make([]string, n), room
	}
	for i := range list {
		list[i] = intern(r.text())
	}
	return list, left
}

// putFlow leaves the failed attempts out: they are never stored (SES-019).
func putFlow(b []byte, f *machine.FlowData) []byte {
	if f == nil {
		f = &machine.FlowData{}
	}
	fields := 14
	if f.Rules != "" {
		fields++
	}
	b = putID(putList(b, fields), f.ID)
	b = putSubject(b, f.Subject)
	b = putFlag(b, f.Decoy)
	b = putText(b, f.Method)
	b = putTexts(b, f.Menu)
	b = putList(b, len(f.Steps))
	for _, s := range f.Steps {
		b = putFlag(putList(b, 1+s.Len()), s.IsRequired())
		for i := range s.Len() {
			b = putText(b, s.At(i))
		}
	}
	b = putEvidence(b, f.Done)
	b = putTime(b, f.Started)
	b = putTime(b, f.Deadline)
	b = putEpochs(b, f.Epochs)
	b = putUint(b, f.Policy)
	b = putText(b, f.Identifier)
	b = putLogin(b, f.Base)
	if f.Rules != "" {
		b = putText(b, f.Rules)
	}
	return b
}

func (r *cborReader) flow() *machine.FlowData {
	fields := r.list(15)
	if fields < 14 {
		r.fail()
	}
	f := &machine.FlowData{
		ID:         machine.FlowID(r.id()),
		Subject:    r.subject(),
		Decoy:      r.flag(),
		Method:     string(r.text()),
		Menu:       r.texts(maxMenu),
		Steps:      r.steps(),
		Done:       r.evidence(),
		Started:    r.time(),
		Deadline:   r.time(),
		Epochs:     r.epochs(),
		Policy:     r.uint(),
		Identifier: string(r.text()),
		Base:       r.loginOrNone(),
	}
	if fields == 15 {
		if f.Rules = string(r.text()); f.Rules == "" {
			r.fail() // one form for each flow
		}
	}
	return f
}

func (r *cborReader) steps() []identity.Step {
	n := r.list(machine.MaxSteps)
	list := make([]identity.Step, 0, n)
	for ; n > 0; n-- {
		options := r.list(1+machine.MaxOptions) - 1
		required := r.flag()
		var kinds []identity.Kind
		for ; options > 0; options-- {
			kinds = append(kinds, identity.Kind(intern(r.text())))
		}
		switch {
		case !required:
			list = append(list, identity.AnyOf(kinds...))
		case len(kinds) == 1:
			list = append(list, identity.Required(kinds[0]))
		default:
			r.fail()
		}
	}
	return list
}

func putWorkflow(b []byte, w *machine.WorkflowData) []byte {
	if w == nil {
		w = &machine.WorkflowData{}
	}
	b = putSubject(putList(b, 14), w.Subject)
	b = putFlag(b, w.Decoy)
	b = putText(b, w.Kind)
	b = putUint(putUint(b, uint64(w.Step)), uint64(w.Total))
	b = putTime(putTime(b, w.Started), w.Deadline)
	b = putUint(b, uint64(w.Then))
	b = putEpochs(b, w.Epochs)
	b = putText(b, w.Address)
	b = putLogin(b, w.Prior)
	return putUint(putEvidence(b, w.Passed), uint64(w.Owed))
}

func (r *cborReader) workflow() *machine.WorkflowData {
	const maxStep = 1 << 16
	r.tuple(14)
	return &machine.WorkflowData{
		Subject:  r.subject(),
		Decoy:    r.flag(),
		Kind:     machine.WorkflowKind(r.text()),
		Step:     int(r.small(maxStep)),
		Total:    int(r.small(maxStep)),
		Started:  r.time(),
		Deadline: r.time(),
		Then:     machine.Then(r.small(255)),
		Epochs:   r.epochs(),
		Address:  string(r.text()),
		Prior:    r.loginOrNone(),
		Passed:   r.evidence(),
		Owed:     int(r.small(maxStep)),
	}
}

// intern returns the text without an allocation if it is one of the few words
// that almost every body holds.
func intern(b []byte) string {
	switch string(b) {
	case "password":
		return "password"
	case "totp":
		return "totp"
	case "email_link":
		return "email_link"
	case "pwd":
		return "pwd"
	case "otp":
		return "otp"
	case "mfa":
		return "mfa"
	case "Chrome":
		return "Chrome"
	case "Edge":
		return "Edge"
	case "Firefox":
		return "Firefox"
	case "Safari":
		return "Safari"
	case "Windows":
		return "Windows"
	case "macOS":
		return "macOS"
	case "Linux":
		return "Linux"
	case "Android":
		return "Android"
	case "iOS":
		return "iOS"
	}
	return string(b)
}
