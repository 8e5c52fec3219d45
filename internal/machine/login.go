package machine

import (
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
)

// complete is T4, and T6 over a base.
func complete(s State, e Complete, now time.Time) (State, Effect, error) {
	a, ok := s.(Authenticating)
	if !ok {
		return illegal()
	}
	f := a.flow
	if !e.Proof.proves(f) {
		return refuse(ErrBadProof)
	}
	if err := checkNew(e.Proof.evidence, now); err != nil {
		return refuse(err)
	}
	if f.Base != nil {
		// AuthTime, epochs and login id are the base's (SES-016): a step-up must
		// not make a login younger or carry it over a revocation.
		next, err := f.Base.with(e.Proof.evidence)
		if err != nil {
			return refuse(err)
		}
		return Authenticated{next}, Effect{Row: "T6", NewID: true, Grace: true, Data: Keep}, nil
	}
	epochs, err := laterEpochs(f.Epochs, e.Epochs)
	if err != nil {
		return refuse(err)
	}
	next := &LoginData{
		Subject:  f.Subject,
		AuthTime: now,
		Evidence: e.Proof.evidence,
		Origin:   OriginFactors,
		Login:    e.Login,
		Epochs:   epochs,
		Profile:  e.Profile,
	}
	if err := checkLogin(next); err != nil {
		return refuse(err)
	}
	return Authenticated{next}, Effect{Row: "T4", NewID: true, Data: Carry}, nil
}

// regenerate is T12.
func regenerate(s State, e Regenerate, now time.Time) (State, Effect, error) {
	a, ok := s.(Authenticated)
	if !ok {
		return illegal()
	}
	if a.login.Actor != nil && (len(e.Evidence) != 0 || e.Epochs != nil || e.Profile != nil) {
		return illegal() // credentials and other sessions are the person's own business
	}
	if err := checkNew(e.Evidence, now); err != nil {
		return refuse(err)
	}
	next, err := a.login.with(e.Evidence)
	if err != nil {
		return refuse(err)
	}
	if e.Epochs != nil {
		if !e.Epochs.Covers(next.Epochs) {
			return refuse(ErrBadLogin)
		}
		next.Epochs = *e.Epochs
	}
	if e.Profile != nil {
		if next.Profile = *e.Profile; !fits(next.Profile.DisplayName, MaxText) {
			return refuse(ErrBadLogin)
		}
	}
	// A new stamp follows a raise, which has ended the old id for good.
	return Authenticated{next}, Effect{Row: "T12", NewID: true, Grace: e.Epochs == nil, Data: Keep}, nil
}

// adopt is T13.
func adopt(s State, l LoginData, now time.Time) (State, Effect, error) {
	effect := Effect{Row: "T13", NewID: true, Data: Carry}
	switch s := s.(type) {
	case Guest:
	case Identifying:
		effect.Data = Clear // T14, then T13 (SES-015)
	case Authenticating:
		if s.flow.Base != nil {
			return illegal()
		}
		effect.Data = Clear // T5, then T13
	case PendingWorkflow:
		if !s.flow.voluntary() {
			return illegal()
		}
		effect.Data = Clear // T14, then T13
	case Authenticated:
		return illegal()
	}
	if err := checkLogin(&l); err != nil {
		return refuse(err)
	}
	if err := checkNew(l.Evidence, now); err != nil {
		return refuse(err)
	}
	if l.AuthTime.After(now.Add(EvidenceSkew)) {
		return refuse(ErrBadLogin)
	}
	l.Evidence = cloneEvidence(l.Evidence)
	return Authenticated{&l}, effect, nil
}

// with is the login with more evidence.
func (l *LoginData) with(ev []identity.Evidence) (*LoginData, error) {
	if len(l.Evidence)+len(ev) > MaxEvidence {
		return nil, ErrEvidenceFull
	}
	next := *l
	next.Evidence = slices.Concat(l.Evidence, cloneEvidence(ev))
	return &next, nil
}
