package authn

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// claimEntered names what was entered for a claim in the session, where it waits
// as long as the link lives.
const claimEntered machine.CeremonyKind = "claim"

// claimDetails is what the first step of a claim has brought. It lives sealed in
// one session and is no account: the second step makes one.
type claimDetails struct {
	_     struct{} `cbor:",toarray"`
	V     uint64   // claimVersion
	Link  string   // the token under which it was entered
	Email string   // as typed
	Name  string
	// Password is the record of the password, never the password.
	Password []byte
}

const claimVersion = 1

func (d claimDetails) encode() ([]byte, error) {
	d.V = claimVersion
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, fmt.Errorf("authn: encode claim: %w", err)
	}
	b, err := mode.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("authn: encode claim: %w", err)
	}
	return b, nil
}

// decodeClaim reads what encode made; store.ErrCorrupt for anything else.
func decodeClaim(b []byte) (claimDetails, error) {
	var d claimDetails
	mode, err := cbor.DecOptions{IndefLength: cbor.IndefLengthForbidden, MaxNestedLevels: 4}.DecMode()
	if err != nil {
		return d, fmt.Errorf("authn: decode claim: %w", err)
	}
	if err := mode.Unmarshal(b, &d); err != nil {
		return claimDetails{}, fmt.Errorf("authn: decode claim: %w: %w", store.ErrCorrupt, err)
	}
	if d.V != claimVersion || len(d.Password) == 0 || !utf8.ValidString(d.Link+d.Email+d.Name) {
		return claimDetails{}, fmt.Errorf("authn: decode claim: %w", store.ErrCorrupt)
	}
	return d, nil
}

// newSeed makes a key for an authenticator app and keeps it, sealed, in this
// session for 10 min; an earlier one is replaced (FAC-006).
func (s *Service) newSeed(ctx context.Context, sess *session.Session, rules totp.Policy) (totp.Record, error) {
	rec, err := totp.New(s.entropy, rules)
	if err != nil {
		return rec, err
	}
	return rec, sess.PutCeremony(ctx, enrolTOTP, s.clock.Now().Add(enrolLife), rec.Encode())
}

// show is what sets up an app for an account of this name.
func (a *Accounts) show(rec totp.Record, name string) (Enrolment, error) {
	e := Enrolment{Key: rec.Key(), Account: appLabel(name)}
	var err error
	if e.URI, err = rec.URI(a.issuer, e.Account); err != nil {
		return e, err
	}
	e.QR, err = totp.NewQR(e.URI)
	return e, err
}
