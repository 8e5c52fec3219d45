package authn

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// kindFederated names in a mail what somebody has linked.
const kindFederated identity.Kind = "federated"

// ErrLinkRefused means that what an issuer calls somebody was not linked: it belongs
// to another account, or the tenant does not take the issuer's word. Which it was is
// in the event alone.
var ErrLinkRefused = errors.New("authn: this cannot be linked")

// links makes and checks the MAC of links, as [grants] does for roles.
type links struct{ mac *seal.MAC }

func (l links) sealed(row identity.Link) identity.Link {
	_, row.MAC = l.mac.Sum(canonicalLink(row))
	return row
}

// genuine reports whether the row is one that this program has written.
func (l links) genuine(row identity.Link) bool {
	_, err := l.mac.VerifyAny(row.MAC[:], canonicalLink(row))
	return err == nil
}

// canonicalLink is what the MAC covers: every field, times in microseconds.
func canonicalLink(row identity.Link) []byte {
	t, u, by := row.Tenant.Bytes(), row.User.Bytes(), row.By.Bytes()
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(row.At.UnixMicro()))
	return seal.AppendFields(nil, seal.PrefixIdentityRow, []byte("link"), t[:], u[:],
		[]byte(row.Issuer), []byte(row.External), at[:], by[:])
}

// LinkedIdentity is one link of an account, as its owner sees it.
type LinkedIdentity struct {
	Issuer, Subject string
	At              time.Time
}

// Links are the links of the signed-in person, by issuer, then subject. A row that
// this program has not written is none, and alarms. Errors: ErrNotAuthenticated,
// store errors.
func (p *Provisioner) Links(ctx context.Context, sess *session.Session) ([]LinkedIdentity, error) {
	acct, err := p.a.Self(ctx, sess)
	if err != nil {
		return nil, err
	}
	var out []LinkedIdentity
	for _, l := range acct.Links {
		if !p.a.links.genuine(l) {
			p.a.alarm(ctx, alarmLink, fmt.Errorf("authn: link is not authentic: %w", store.ErrCorrupt))
			continue
		}
		out = append(out, LinkedIdentity{l.Issuer, l.External, l.At})
	}
	return out, nil
}

// Link ties what an issuer calls the signed-in person to their account. They have
// proved the strongest factor that they have in the last five minutes (AUN-151,
// OAU-099). Like any change of factors it ends their other sessions and is told by
// mail; this session goes on under a new id. What is theirs already is success.
//
// Errors: ErrStepUpRequired; ErrLinkRefused; ErrLimit beyond identity.MaxLinks;
// ErrNotAuthenticated; ErrFlowSuperseded; *RevocationError; store errors.
func (p *Provisioner) Link(ctx context.Context, sess *session.Session, e External) error {
	acct, err := p.owner(ctx, sess, "link")
	if err != nil {
		return err
	}
	return p.link(ctx, sess, acct, e)
}

func (p *Provisioner) link(ctx context.Context, sess *session.Session, acct identity.Account, e External) error {
	if e.Tenant.IsZero() {
		e.Tenant = acct.User.Tenant
	}
	call := &provisioning{External: e, now: p.a.clock.Now()}
	call.Tenant = acct.User.Tenant // what is told of another one is told here
	call.mac = p.externalMAC(call.External)
	reason, err := p.linkable(ctx, call, acct, e.Tenant)
	switch {
	case err != nil:
		return fmt.Errorf("authn: link: %w", err)
	case reason == ownAlready:
		return nil
	case reason != "":
		p.refuse(ctx, call, reason)
		return ErrLinkRefused
	case len(acct.Links) >= identity.MaxLinks:
		return ErrLimit
	}
	u := acct.User
	note := Note{Kind: NoteFactorAdded, At: call.now, Client: sess.View().Client, Factor: kindFederated, Label: call.Issuer}
	_, err = p.a.changeFactors(ctx, sess, acct,
		[]identity.Change{identity.PutLink{Link: p.a.links.sealed(call.link(u.Subject(), u.ID))}},
		p.a.events.linked(ctx, aboutUser(u), call.Issuer, audit.BySelf), note, nil)
	return err
}

// ownAlready is no reason of a refusal.
const ownAlready audit.Reason = "own"

// linkable says why somebody may not be linked to an account; empty: they may.
func (p *Provisioner) linkable(ctx context.Context, call *provisioning, acct identity.Account, of identity.TenantID) (audit.Reason, error) {
	if of != acct.User.Tenant {
		return audit.ReasonBadInput, nil
	}
	reason, _, err := p.admit(ctx, call)
	if reason != "" || err != nil {
		return reason, err
	}
	holder, err := p.a.ident.AccountByLink(ctx, call.Tenant, call.Issuer, call.Subject)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "", nil
	case errors.Is(err, store.ErrCorrupt):
		return audit.ReasonIntegrity, nil
	case err != nil:
		return "", err
	case holder.User.Subject() != acct.User.Subject():
		return audit.ReasonExists, nil
	}
	for _, l := range holder.Links {
		if l.Issuer == call.Issuer && l.External == call.Subject && p.a.links.genuine(l) {
			return ownAlready, nil
		}
	}
	return audit.ReasonIntegrity, nil
}

// Unlink removes a link of the signed-in person, who has proved the strongest factor
// that they have in the last five minutes, and tells them by mail. The last way to
// sign in stays (OAU-099). Other sessions end; this one goes on under a new id.
//
// Errors: ErrLastFactor; ErrStepUpRequired; store.ErrNotFound for a link that they do
// not have; otherwise as [Provisioner.Link].
func (p *Provisioner) Unlink(ctx context.Context, sess *session.Session, issuer, subject string) error {
	acct, err := p.owner(ctx, sess, "unlink")
	if err != nil {
		return err
	}
	at := slices.IndexFunc(acct.Links, func(l identity.Link) bool { return l.Issuer == issuer && l.External == subject })
	if at < 0 {
		return fmt.Errorf("authn: unlink: %w", store.ErrNotFound)
	}
	view, err := p.a.ident.TenantByID(ctx, acct.User.Tenant)
	if err != nil {
		return fmt.Errorf("authn: unlink: %w", err)
	}
	now := p.a.clock.Now()
	if !p.comesIn(ctx, view, acct, at, now) {
		return ErrLastFactor
	}
	u := acct.User
	note := Note{Kind: NoteFactorRemoved, At: now, Client: sess.View().Client, Factor: kindFederated, Label: issuer}
	_, err = p.a.changeFactors(ctx, sess, acct,
		[]identity.Change{identity.DropLink{Subject: u.Subject(), Issuer: issuer, External: subject}},
		p.a.events.unlinked(ctx, aboutUser(u), issuer, audit.BySelf), note, nil)
	return err
}

// owner is the signed-in person in person, with a fresh factor.
func (p *Provisioner) owner(ctx context.Context, sess *session.Session, verb string) (identity.Account, error) {
	acct, err := p.a.Self(ctx, sess)
	if err != nil {
		return acct, err
	}
	return acct, p.a.proven(ctx, sess, acct, verb)
}

// comesIn reports whether an account can be signed in to without one of its links:
// by another one whose issuer the tenant believes, or by factors that pass a method
// which the person is offered.
func (p *Provisioner) comesIn(ctx context.Context, view identity.TenantView, acct identity.Account, without int, now time.Time) bool {
	policy := p.policy(ctx, view)
	for i, l := range acct.Links {
		if _, taken := policy.of(l.Issuer); taken && i != without && p.a.links.genuine(l) {
			return true
		}
	}
	return p.a.signsIn(ctx, view, acct, now)
}
