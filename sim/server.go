package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/mail"
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
	node := w.coro.Node(name)
	if skew := w.cfg.Faults.Skew; skew > 0 {
		node.Skew(int64(w.pick(coro.Faults, 401))-200, time.Duration(w.src.Draw(coro.Faults, uint64(2*skew)))-skew)
	}
	s.node = node
	ports := fault.New(w.stores)
	ports.Use(s.befall(node))
	node.Go(context.Background(), "main", func(ctx context.Context) {
		auth, err := axess.New(ctx, axess.Config{
			Origin: Origin, Stores: ports.Stores(), Clock: node,
			Entropy: entropy.SeededBytes(coro.Expand(w.cfg.Seed, coro.Stream("entropy/"+name))),
			Logger:  w.log.With("server", name), Mail: w.post.from(node), Keys: w.keys, SignUp: axess.SignUpOpen,
			SingleNode: "simulation", PasswordCost: password.InsecureCheap(),
			Timeouts: w.limits(),
		})
		if node.Dead() {
			return
		}
		if err != nil {
			w.log.Error("start", "server", name, "error", err)
			w.outside.Go(context.Background(), "restart", func(context.Context) { s.crash() })
			return
		}
		mux := http.NewServeMux()
		mux.Handle("/auth/", auth.Pages())
		mux.Handle("GET /{$}", auth.Home())
		mux.Handle("GET /me", auth.RequireAuthn(me))
		s.auth, s.handle, s.up = auth, auth.Handler(mux), true
	})
}

// me is the one page of the program itself: who asks.
func me(rw http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
	fmt.Fprint(rw, who.UserID())
}

// crash ends a life. Whoever waits for an answer gets none.
func (s *server) crash() {
	if s.node.Dead() {
		return
	}
	s.up = false
	s.w.ghost.counts.Crashes++
	s.w.coro.Crash(s.node)
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
}

// serve hands a request to a server, and calls back when the answer is there or is
// lost. The request's context is the server's own and ends with it.
func (s *server) serve(r *http.Request, name string) *exchange {
	w := s.w
	w.ghost.counts.Requests++
	x := &exchange{id: w.ghost.counts.Requests, began: w.coro.Steps(), server: s, node: s.node, done: w.outside.NewWaiter("answer")}
	s.calls = append(s.calls, x)
	ctx, cancel := s.node.WithCancel(context.Background())
	node, handler := s.node, s.handle
	node.Go(ctx, name, func(ctx context.Context) {
		rec := httptest.NewRecorder()
		defer cancel(nil)
		handler.ServeHTTP(rec, r.WithContext(ctx))
		w.coro.Switch()
		if node.Dead() {
			return
		}
		s.answered(x)
		if !w.quiet && w.chance(coro.Faults, w.cfg.Faults.Lost) {
			node.Trace("answer", "lost")
		} else {
			node.Trace("answer", fmt.Sprint(rec.Code))
			x.answer = rec
			w.ghost.counts.Answers++
		}
		x.done.Wake()
	})
	if !w.quiet && w.chance(coro.Faults, w.cfg.Faults.Crash) {
		at := time.Duration(w.src.Draw(coro.Faults, uint64(time.Second)))
		steps := w.pick(coro.Faults, 40)
		w.outside.Go(context.Background(), "crash", func(ctx context.Context) {
			if at&1 == 0 {
				w.outside.Sleep(ctx, at) //nolint:errcheck // only time
			}
			for range steps {
				w.coro.Switch()
			}
			if s.node == node {
				s.crash()
			}
		})
	}
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

// post is the mail server: what it has accepted arrives.
type post struct{ letters []mail.Message }

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
	s.p.letters = append(s.p.letters, m)
	return s.n.Leave()
}
