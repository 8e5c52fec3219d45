package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/cmd/axess/internal/listen"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/factor/password/blocklist"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/mail"
)

// postman is a sender that another one can take the place of.
type postman struct{ now atomic.Pointer[mail.Sender] }

func newPostman(s mail.Sender) *postman {
	p := &postman{}
	p.now.Store(&s)
	return p
}

// Send implements mail.Sender.
func (p *postman) Send(ctx context.Context, m mail.Message) error {
	return (*p.now.Load()).Send(ctx, m)
}

// reloader takes what has changed into a server that runs (CLI-009): log level,
// mail server, list of passwords, keys and certificates, each whole or not at all. What else has
// changed in the settings is named and waits for a restart.
type reloader struct {
	auth  *axess.Axess
	level *slog.LevelVar
	words *blocklist.File      // nil: none is named
	mail  *postman             // nil: mails are shown
	certs *listen.Certificates // nil: no TLS of our own
	log   *slog.Logger
	now   *settings.Values
	load  func() (*settings.Values, error)
	turn  *sched.Sem // one reload at a time: a signal and a command may come together
}

// item is one thing that a reload looked at.
type item struct {
	Name   string `json:"name"`
	Result string `json:"result"` // changed, unchanged, refused, restart
	Reason string `json:"reason,omitempty"`
}

const (
	changed   = "changed"
	unchanged = "unchanged"
	refusedBy = "refused"
	restart   = "needs a restart"
)

// run does it and says what became of each item, in the log and to the caller.
func (r *reloader) run(ctx context.Context) []item {
	if err := r.turn.Acquire(ctx); err != nil {
		return []item{{Name: "settings", Result: refusedBy, Reason: err.Error()}}
	}
	defer r.turn.Release()
	var items []item
	told := func(name string, did bool, err error) {
		it := item{Name: name, Result: unchanged}
		switch {
		case err != nil:
			it.Result, it.Reason = refusedBy, err.Error()
		case did:
			it.Result = changed
		}
		items = append(items, it)
	}
	next, err := r.load()
	if err != nil {
		told("settings", false, err)
		next = r.now
	}
	live := map[string]bool{"log.level": true}
	before := r.level.Level()
	r.level.Set(levelOf(next))
	told("log.level", r.level.Level() != before, nil)
	if r.mail != nil {
		did, err := r.reloadMail(next)
		for _, v := range next.All() {
			live[v.Setting.Key] = live[v.Setting.Key] || isMail(v.Setting.Key) && err == nil
		}
		told("mail", did, err)
	}
	if r.words != nil {
		did, err := r.words.Reload()
		told("passwords.file", did, err)
	}
	did, err := r.auth.ReloadKeys(ctx)
	told("keys", did, err)
	if r.certs != nil {
		did, err := r.certs.Reload()
		told("certificate", did, err)
	}
	for _, key := range settings.Changed(r.now, next) {
		if !live[key] {
			items = append(items, item{Name: key, Result: restart})
		}
	}
	r.keep(next, live)
	for _, it := range items {
		level := slog.LevelInfo
		if it.Result == refusedBy || it.Result == restart {
			level = slog.LevelWarn
		}
		r.log.Log(ctx, level, "axess: reload", "item", it.Name, "result", it.Result, "reason", it.Reason)
	}
	r.log.InfoContext(ctx, "axess: reloaded", "items", len(items))
	return items
}

// reloadMail puts another mail server in the place of the one in use.
func (r *reloader) reloadMail(next *settings.Values) (bool, error) {
	did := false
	for _, key := range settings.Changed(r.now, next) {
		did = did || isMail(key)
	}
	if !did {
		return false, nil
	}
	sender, err := mailer(next)
	if err == nil && sender == nil {
		err = fmt.Errorf("no mail server is set any more")
	}
	if err != nil {
		return false, err
	}
	r.mail.now.Store(&sender)
	return true, nil
}

// keep remembers what is in force: what waits for a restart is named again by the
// next reload.
func (r *reloader) keep(next *settings.Values, live map[string]bool) {
	r.now = settings.Merge(r.now, next, live)
}

func isMail(key string) bool { return strings.HasPrefix(key, "mail.") }
