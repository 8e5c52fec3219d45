package session

import (
	"context"
	"encoding/binary"
	"net/http"
	"strings"
	"time"

	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/respond"
)

// commit runs once per request, before the first byte (SES-068): it writes what
// waits, and only then lets the cookie out (SES-074).
func (m *Manager) commit(head *respond.Head) {
	scope := head.Scope()
	s, _ := scope.Get(respond.SlotSession).(*Session)
	for s.m != m {
		s = s.outer
	}
	if m.cookies.strip(head.Header()) {
		m.log.ErrorContext(scope, "session: a handler set the session cookie itself; removed", "route", scope.Request().Pattern)
	}
	err := s.settle(scope)
	s.mu.Lock()
	s.committed = true
	cookie, cur, used := s.cookie, s.cur, s.used || s.held != 0
	bestEffort, unbind := s.bestEffort, s.unbind
	s.mu.Unlock()
	if err != nil && bestEffort {
		m.log.WarnContext(scope, "session: data lost on a best-effort route", "ref", cur.ref, "error", err)
		err = nil
	}
	if err != nil {
		m.log.ErrorContext(scope, "session: commit failed, response replaced", "ref", cur.ref, "error", err)
		problem.Replace(head, problem.Unavailable)
		return
	}
	h := head.Header()
	if used {
		s.varyByCookie(h)
	}
	if unbind && !head.Replaced() {
		h.Add("Set-Cookie", m.deviceCookieGone())
		noStore(h)
	}
	if cookie == cookieKeep || head.Replaced() {
		return
	}
	line, err := m.setCookie(cookie, cur)
	if err != nil {
		m.log.ErrorContext(scope, "session: sign cookie", "ref", cur.ref, "error", err)
		problem.Replace(head, problem.Unavailable)
		return
	}
	h.Add("Set-Cookie", line)
	if cookie == cookieExpire && m.clearSite {
		h.Set("Clear-Site-Data", `"cookies", "storage"`)
	}
	noStore(h)
	head.PendCookie()
}

func (m *Manager) setCookie(action cookieAction, cur *snapshot) (string, error) {
	if action == cookieExpire {
		return m.cookies.line("", expireNow), nil
	}
	kind, age := kindAnchor, browserSession
	if cur.stored {
		kind = kindStored
		if cur.body.persistent {
			age = max(maxAge(cur.body.absolute.Sub(m.now())/time.Second), 1)
		}
	}
	value, err := m.cookies.sign(kind, cur.id)
	if err != nil {
		return "", err
	}
	return m.cookies.line(value, age), nil
}

// settle is the commit decision (SES-073).
func (s *Session) settle(ctx context.Context) error {
	s.mu.Lock()
	cur, waiting := s.cur, len(s.ops) > 0
	nothing := s.discarded || cur.superseded
	rewrite := s.rewrite || cur.kid != s.m.sealRing.Primary()
	s.mu.Unlock()
	if nothing || !waiting && !rewrite && s.fresh && cur == &s.first {
		return nil
	}
	if _, err := s.flush(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	cur = s.cur
	gone := s.gone
	rewrite = s.rewrite || cur.kid != s.m.sealRing.Primary()
	s.mu.Unlock()
	if !cur.stored || gone {
		return nil
	}
	m, now := s.m, s.m.now()
	if rewrite {
		next := *cur
		next.rev++
		next.idle, _ = m.idleUntil(&next.body, now)
		if err := m.update(ctx, &next, cur.rev, now); err != nil {
			// Somebody else wrote it, or will: it costs nobody anything (SES-076).
			m.log.InfoContext(ctx, "session: rewrite", "ref", cur.ref, "error", err)
			return nil
		}
		s.install(cur, &next, nil)
		return nil
	}
	s.touch(ctx, cur, now)
	return nil
}

// fresh says that a snapshot needs no touch for activity at now. It is asked when
// the request arrives: what has been active since then is the next request's to
// write, and reading the clock again would cost more than all the rest of a commit
// that writes nothing.
func (m *Manager) fresh(c *snapshot, now time.Time) bool {
	until, every := m.idleUntil(&c.body, now)
	return until.Sub(c.idle) < every
}

// touch writes activity down when it is due. Of the requests of this process
// that loaded the same idle deadline one writes it (SES-081): the table of
// touches holds, by hash of the ref, which deadline was last moved on from. A
// collision costs a write more, never one less but with 2⁻⁶⁴.
func (s *Session) touch(ctx context.Context, cur *snapshot, now time.Time) {
	m := s.m
	until, every := m.idleUntil(&cur.body, now)
	if until.Sub(cur.idle) < every {
		return
	}
	id := cur.ref.Bytes()
	mark := binary.BigEndian.Uint64(id[:8]) ^ uint64(cur.idle.UnixMilli())
	slot := &m.touches[id[15]]
	if seen := slot.Load(); seen == mark || !slot.CompareAndSwap(seen, mark) {
		return
	}
	ctx, cancel := m.outlive(ctx)
	defer cancel()
	err := m.store.Touch(ctx, cur.ref, until, now)
	m.count("touch", err)
	if err != nil {
		slot.CompareAndSwap(mark, 0)
		m.log.WarnContext(ctx, "session: touch", "ref", cur.ref, "error", err) // SES-076
	}
}

// Commit writes waiting data now and shows the error. Later changes before the
// first byte are written by a second commit (SES-082).
func (s *Session) Commit(ctx context.Context) error {
	if _, _, err := s.begin(ctx, "commit"); err != nil {
		return err
	}
	_, err := s.flush(ctx)
	return err
}

// varyByCookie tells caches that the response depends on the cookie (SES-079).
func (s *Session) varyByCookie(h http.Header) {
	have := h["Vary"]
	if len(have) == 0 {
		s.vary[0] = "Cookie"
		h["Vary"] = s.vary[:] // full: who adds a line copies it
		return
	}
	for _, v := range have {
		for f := range strings.SplitSeq(v, ",") {
			if f = strings.TrimSpace(f); f == "*" || strings.EqualFold(f, "Cookie") {
				return
			}
		}
	}
	h.Add("Vary", "Cookie")
}

// noStore keeps a response that carries a cookie out of caches, unless the
// handler has seen to it.
func noStore(h http.Header) {
	for _, v := range h["Cache-Control"] {
		for f := range strings.SplitSeq(v, ",") {
			switch strings.ToLower(strings.TrimSpace(f)) {
			case "no-store", "private":
				return
			}
		}
	}
	h.Add("Cache-Control", "no-store")
}
