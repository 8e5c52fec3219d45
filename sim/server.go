package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/storetest/fault"
)

// server is one of the machines behind the address. It lives more than once.
type server struct {
	w      *World
	number int
	lives  int
	node   *coro.Node
	auth   *axess.Axess
	handle http.Handler
	up     bool
	calls  []*exchange // that have no answer yet
	fell   sched.Waiter
	ports  *fault.Faults // of this life
	cut    time.Duration // until when the store cannot be reached
	deaf   bool          // this life hears of nothing that the store would tell it
	ahead  time.Duration // by which its clock was set
	// settings are all of them, the oldest first.
	settings []setting
}

// keep starts the server again whenever it has died.
func (s *server) keep(ctx context.Context) {
	for {
		s.fell = s.w.outside.NewWaiter("the server falls")
		s.start()
		if s.fell.Wait(ctx) != nil {
			return
		}
		if s.w.outside.Sleep(ctx, time.Duration(1+s.w.pick(coro.Faults, 10))*time.Second) != nil {
			return
		}
	}
}

// start begins a life, from what is durable alone (SIM-023).
func (s *server) start() {
	w := s.w
	s.lives++
	name := fmt.Sprintf("s%d.%d", s.number, s.lives)
	w.tell(name, "starts")
	node := w.coro.Node(name)
	if skew := w.cfg.Faults.Skew; skew > 0 {
		node.Skew(w.around(200), time.Duration(w.around(int64(skew))))
	}
	s.node, s.cut, s.ahead = node, 0, 0
	s.deaf = !w.quiet && w.chance(coro.Faults, w.cfg.Faults.NotifyLoss)
	if s.deaf {
		w.reach("notifyloss", "")
	}
	stores, err := w.place.open(s, node)
	if err != nil {
		w.coro.Report(err)
		return
	}
	s.ports = fault.New(w.ghost.tap(stores))
	s.ports.Forget()
	s.ports.Use(s.befall(node))
	ports := s.ports
	var methods []identity.Method // the program's own
	if w.asks[Origin] > 0 {
		methods = authn.MFAMethods()
	}
	node.Go(context.Background(), "main", func(ctx context.Context) {
		heard := w.ghost.hears(ports.Stores())
		if w.bout != nil {
			heard = w.bout.over(heard)
		}
		auth, err := axess.New(ctx, axess.Config{
			Origin: Origin, Stores: heard, Clock: node,
			Entropy: w.entropy(name),
			Logger:  w.log.With("server", name), Metrics: meter{w.ghost}, Mail: w.post.from(node), Keys: s.keys(), SignUp: axess.SignUpOpen,
			MultiInstance: w.place.persona != SQLite, Migrate: true, PasswordCost: password.InsecureCheap(),
			Timeouts: w.limits(), SessionLimit: session.LimitPolicy{Max: w.most}, ExtraOrigins: []string{Second}, Methods: methods, Tenant: w.tenantOf, TenantOrigin: w.originOf,
		})
		if node.Dead() {
			return
		}
		if err != nil {
			w.log.Error("start", "server", name, "error", err)
			w.outside.Go(context.Background(), "restart", func(context.Context) { s.crash() })
			return
		}
		s.auth, s.handle, s.up = auth, w.site(auth), true
	})
}

// keys are where it has its keys from. In some duels the second server has come further
// in a change of them.
func (s *server) keys() keys.Source {
	if b := s.w.bout; b != nil && b.ahead != nil && s.number == 2 {
		return b.ahead
	}
	return s.w.safe
}

// crash ends a life. Whoever waits for an answer gets none.
func (s *server) crash() {
	if s.node.Dead() {
		return
	}
	s.up = false
	s.w.tell(s.node.Name(), "dies")
	s.w.ghost.counts.Crashes++
	s.w.coro.Crash(s.node)
	if err := s.w.place.shut(); err != nil {
		s.w.coro.Report(err)
	}
	calls := s.calls
	s.calls = nil
	for _, x := range calls {
		x.done.Wake()
	}
	s.fell.Wake()
}

// exchange is one request and its answer.
type exchange struct {
	id     int
	began  int // step
	server *server
	node   *coro.Node
	answer *httptest.ResponseRecorder // nil: lost
	done   sched.Waiter
	given  []session.Ref // sessions with which the store has answered
	work   []string      // calls of stores; kept in a pair alone
}

// serve hands a request of somebody to a server, and calls back when the answer is there or is
// lost. The request's context is the server's own and ends with it.
func (s *server) serve(who string, r *http.Request, name string) *exchange {
	w := s.w
	w.ghost.counts.Requests++
	w.tells(who, s.node.Name(), "%s", name)
	x := &exchange{id: w.ghost.counts.Requests, began: w.coro.Steps(), server: s, node: s.node, done: w.outside.NewWaiter("answer")}
	s.calls = append(s.calls, x)
	of := context.WithValue(w.within(context.Background()), exchangeKey{}, x)
	ctx, cancel := s.node.WithCancel(of)
	node, handler := s.node, s.handle
	node.Go(ctx, name, func(ctx context.Context) {
		rec := httptest.NewRecorder()
		defer cancel(nil)
		handler.ServeHTTP(rec, r.WithContext(ctx))
		lost := w.bout != nil && w.bout.answers().Kind == faultLost
		w.coro.Switch()
		if node.Dead() {
			return
		}
		late := time.Duration(0)
		if !w.quiet && w.chance(coro.Faults, w.cfg.Faults.Reorder) {
			late = time.Duration(w.src.Draw(coro.Faults, uint64(overtaken)))
			w.reach("reorder", "")
		}
		s.answered(x)
		if lost || !w.quiet && w.chance(coro.Faults, w.cfg.Faults.Lost) {
			node.Trace("answer", "lost")
			w.reach("lost", "")
			w.tells(node.Name(), who, "%d, which gets lost", rec.Code)
		} else {
			node.Trace("answer", fmt.Sprint(rec.Code))
			x.answer = rec
			w.tells(node.Name(), who, "%s", said(rec))
			w.ghost.counts.Answers++
		}
		if late == 0 {
			x.done.Wake()
			return
		}
		w.outside.Go(w.within(context.Background()), "late", func(ctx context.Context) {
			w.outside.Sleep(ctx, late) //nolint:errcheck // only time
			x.done.Wake()
		})
	})
	s.mishap(node)
	return x
}

func (s *server) answered(x *exchange) {
	for i, o := range s.calls {
		if o == x {
			s.calls = append(s.calls[:i], s.calls[i+1:]...)
			return
		}
	}
}

// overtaken is how much later an answer may be than another that began after it.
const overtaken = 5 * time.Second

// post is the mail server: what it has accepted arrives, once or twice and in any order.
type post struct {
	w       *World
	letters []mail.Message
	out     time.Duration // until when it takes none
}

// outage is how long it may take none.
const outage = 10 * time.Minute

var errNoMail = errors.New("sim: the mail server does not answer")

// from is the way of one server's life to it.
func (p *post) from(n *coro.Node) mail.Sender { return sender{p, n} }

type sender struct {
	p *post
	n *coro.Node
}

// Send implements mail.Sender.
func (s sender) Send(ctx context.Context, m mail.Message) error {
	if err := s.n.Enter(ctx); err != nil {
		return err
	}
	p := s.p
	w := p.w
	f := &w.cfg.Faults
	if !w.quiet {
		switch w.oneOf(coro.Faults, f.Mail, f.Reorder, f.Twice) {
		case 0:
			p.out = w.coro.Elapsed() + time.Duration(w.src.Draw(coro.Faults, uint64(outage)))
			w.reach("mail", "")
		case 1:
			late := time.Duration(w.src.Draw(coro.Faults, uint64(time.Minute)))
			w.reach("reorder", "mail")
			w.outside.Go(w.within(context.Background()), "late mail", func(ctx context.Context) {
				w.outside.Sleep(ctx, late) //nolint:errcheck // only time
				p.letters = append(p.letters, m)
			})
			return s.n.Leave()
		case 2:
			p.letters = append(p.letters, m)
			w.reach("dup", "mail")
		}
	}
	if p.out > w.coro.Elapsed() {
		return errNoMail
	}
	p.letters = append(p.letters, m)
	return s.n.Leave()
}
