package csrf

import (
	"context"
	"html/template"

	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/session"
)

// Token returns the token of the request's session, for the header [Header] or
// the field [FieldName]: 174 characters of base64url, masked anew on every call.
// It makes the answer carry the cookie that goes with it, which keeps the answer
// out of shared caches.
//
// After a change of the session's id in the same request it returns a token for
// the new id; one handed out before is void, which is logged. It returns nothing
// where no token can work: outside of [Protection.Token], after the first byte
// if the cookie would have to be set, after a sign-out, while the session's
// store does not answer. The log says which.
func Token(ctx context.Context) string {
	_, st := stateOf(ctx)
	if st == nil {
		return ""
	}
	p := st.p
	s, err := p.find(ctx)
	if err != nil || !st.entered() {
		p.misplaced(ctx, "Token asked for outside of the layer")
		return ""
	}
	t, ok := p.bind(ctx, st, s)
	if !ok {
		return ""
	}
	st.mu.Lock()
	st.handed = t.to
	st.mu.Unlock()
	return p.masked(&t.token)
}

// Field returns the hidden input with the token, ready for a template.
func Field(ctx context.Context) template.HTML {
	// Base64url needs no escaping.
	return template.HTML(`<input type="hidden" name="` + FieldName + `" value="` + Token(ctx) + `">`) //nolint:gosec // see above
}

func (st *state) entered() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.inside
}

func (p *Protection) masked(t *token) string {
	var pad [tokenBytes]byte
	p.cfg.Entropy.Fill(pad[:])
	return t.mask(&pad)
}

// bound is a token and what it is bound to.
type bound struct {
	token token
	to    session.Ref
}

// bind returns the token for the session as it is now and makes the answer carry
// its cookie.
func (p *Protection) bind(ctx context.Context, st *state, s binding) (t bound, ok bool) {
	ref, err := s.Anchor(ctx)
	if err != nil {
		p.warn(ctx, st, "csrf: no token, the session has no id and can get none", err)
		return bound{}, false
	}
	committed := respond.From(ctx).Committed()
	st.mu.Lock()
	t = bound{st.choose(ref), ref}
	lost := committed && !st.kept && !st.issue
	if !lost {
		st.issue = true
	}
	st.mu.Unlock()
	if lost {
		p.warn(ctx, st, "csrf: token asked for after the first byte, its cookie can not be set", respond.ErrCommitted)
		return bound{}, false
	}
	return t, true
}

// choose returns the token for ref: the browser's own if it is good, so that
// other open pages stay good too, else a new one. Called with mu held.
func (st *state) choose(ref session.Ref) token {
	again := st.bound == ref
	if again && !st.kept {
		return *st.minted
	}
	p := st.p
	if st.jar.count == 1 {
		if t, ok := decode(st.jar.value); ok && (again || p.minter.verifies(&t, ref)) {
			st.bound, st.kept, st.minted = ref, true, nil
			return t
		}
	}
	t := new(token)
	p.cfg.Entropy.Fill(t[1:tagAt])
	p.minter.sign(t, ref)
	st.bound, st.kept, st.minted = ref, false, t
	return *t
}

// warn logs once per request.
func (p *Protection) warn(ctx context.Context, st *state, msg string, err error) {
	st.mu.Lock()
	again := st.warned
	st.warned = true
	st.mu.Unlock()
	if !again {
		p.cfg.Logger.WarnContext(ctx, msg, "route", respond.From(ctx).Request().Pattern, "error", err)
	}
}
