package csrf

import (
	"errors"
	"net/http"

	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/session"
)

// settle runs before the first byte, when the session's id is final: it sets the
// cookie that was promised, and puts right one that would not verify any more
// (CSR-014). Of a response that carries no other cookie of ours it changes
// nothing, so that static files stay cacheable (CSR-017).
func (p *Protection) settle(head *respond.Head) {
	scope := head.Scope()
	st, _ := scope.Get(respond.SlotCSRF).(*state)
	// A replaced response is one whose session was not delivered either, and a
	// taken-over connection carries no headers.
	if st == nil || head.Replaced() || head.Hijack() {
		return
	}
	s := st.session
	ref, known := s.Ref()
	c := st.change(ref, known)
	if c.void {
		p.warn(scope, st, "csrf: a token was handed out before the session got a new id, the page's form will be refused; answer 303",
			errVoidToken)
	}
	h := head.Header()
	if c.page {
		keepPrivate(h)
	}
	if c.value == "" && !c.expire {
		return
	}
	if v := s.View(); v.Degraded || v.Superseded {
		// The store could not be asked, or another answer carries the newer id: to
		// overwrite its cookie would break the pair.
		return
	}
	if c.optional && shared(h) {
		return
	}
	line := p.cookie + "=" + c.value + p.attr
	if c.expire {
		line = p.cookie + "=; Max-Age=0" + p.attr
	}
	h.Add("Set-Cookie", line)
	keepPrivate(h)
	head.PendCookie()
}

var errVoidToken = errors.New("csrf: token of an older session id")

// change is what becomes of the cookie.
type change struct {
	value    string
	expire   bool
	optional bool // nobody asked for it: not worth making a response private
	void     bool
	page     bool // holds a token: it is this browser's alone, whether a cookie is due or not
}

func (st *state) change(ref session.Ref, known bool) (c change) {
	st.mu.Lock()
	defer st.mu.Unlock()
	c.page = !st.handed.IsZero()
	if st.rejected && !st.issue || !st.issue && st.jar.count == 0 {
		return c
	}
	c.void = c.page && st.handed != ref
	c.optional = !st.issue
	if !known {
		// Signed out. The token is void, and a script that finds none knows to ask
		// for one before it posts.
		c.expire = st.jar.count > 0
		return c
	}
	if t := st.choose(ref); !st.kept {
		c.value = t.text()
	}
	return c
}

// shared reports whether the handler said that caches may share the response.
func shared(h http.Header) bool { return len(h["Cache-Control"]) > 0 && !keptPrivate(h) }
