package sim

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest/fault"
)

// SIM-001, SIM-003: people and thieves at four servers on real goroutines, in a bubble
// whose time moves when all of them wait: for the race detector, which sees nothing where
// one task runs at a time. What they do comes from a seed, the order does not.
func TestBubble(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newBubble(t, seed).run(t) })
		})
	}
}

// bubble is a small world of goroutines.
type bubble struct {
	t       *testing.T
	seed    uint64
	clock   clock.Clock
	servers []http.Handler
	close   []func()

	mu      sync.Mutex
	late    *rand.Rand // delays of the store
	letters []mail.Message

	served, ended, refused atomic.Int64
}

func newBubble(t *testing.T, seed uint64) *bubble {
	b := &bubble{t: t, seed: seed, clock: clock.System(), late: stirred(seed, "latency")}
	stores := memory.New(memory.Config{}).Stores()
	ring := keys.Ephemeral(entropy.SeededBytes(coro.Expand(seed, "keys")))
	for range 4 {
		ports := fault.New(stores)
		ports.Use(func(fault.Call) fault.Injection { return fault.Injection{Delay: b.delay} })
		auth, err := axess.New(t.Context(), axess.Config{
			Origin: Origin, Stores: ports.Stores(), Clock: b.clock, Entropy: entropy.System(), Keys: ring,
			Logger: slog.New(slog.DiscardHandler), Mail: b, SignUp: axess.SignUpOpen,
			SingleNode: "simulation", PasswordCost: password.InsecureCheap(),
		})
		if err != nil {
			t.Fatal(err)
		}
		b.servers = append(b.servers, (&World{}).site(auth))
		b.close = append(b.close, func() {
			if err := auth.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	return b
}

func stirred(seed uint64, stream coro.Stream) *rand.Rand {
	return rand.New(rand.NewChaCha8(coro.Expand(seed, stream))) //nolint:gosec // it is to be had again
}

// delay lets others overtake a call of the store.
func (b *bubble) delay() {
	b.mu.Lock()
	d := time.Duration(b.late.IntN(20)) * time.Millisecond
	b.mu.Unlock()
	b.wait(d)
}

func (b *bubble) wait(d time.Duration) {
	if err := b.clock.Sleep(context.Background(), d); err != nil {
		b.t.Error(err)
	}
}

// Send implements mail.Sender.
func (b *bubble) Send(_ context.Context, m mail.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.letters = append(b.letters, m)
	return nil
}

func (b *bubble) run(t *testing.T) {
	var all sync.WaitGroup
	for i := range 5 {
		all.Go(func() { b.live(i) })
	}
	all.Wait()
	for _, end := range b.close {
		end()
	}
	t.Logf("%d served, %d ended, %d refused", b.served.Load(), b.ended.Load(), b.refused.Load())
	if b.served.Load() < 20 || b.ended.Load() < 8 || b.refused.Load() < 8 {
		t.Error("too little happened")
	}
}

// visitor is a browser on a goroutine of its own.
type visitor struct {
	browser
	b     *bubble
	draws *rand.Rand
}

func (b *bubble) visitor(name string) *visitor {
	return &visitor{browser: browser{name: name, addr: "203.0.113.9:4000", origin: Origin, jar: &jar{}}, b: b, draws: stirred(b.seed, coro.Stream(name))}
}

// ask makes a request of any server.
func (v *visitor) ask(method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, Origin+path, strings.NewReader(form.Encode()))
	r.RemoteAddr = v.addr
	r.Header.Set("User-Agent", agent)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", Origin)
	}
	for _, c := range v.cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	ctx, cancel := v.b.clock.WithCancel(context.Background())
	defer cancel(nil)
	rec := httptest.NewRecorder()
	v.b.servers[v.draws.IntN(len(v.b.servers))].ServeHTTP(rec, r.WithContext(ctx))
	for _, c := range rec.Result().Cookies() {
		v.keep(c)
	}
	if rec.Code == http.StatusInternalServerError {
		v.b.t.Errorf("%s: %s %s is answered with an internal error", v.name, method, path)
	}
	v.page = rec.Body.String()
	return rec
}

// fillIn opens a page and sends its form.
func (v *visitor) fillIn(page, action string, fields url.Values) *httptest.ResponseRecorder {
	for res := v.ask(http.MethodGet, page, nil); res.Code == http.StatusSeeOther; {
		res = v.ask(http.MethodGet, res.Header().Get("Location"), nil)
	}
	to, form, ok := v.fill(action, fields)
	if !ok {
		return httptest.NewRecorder() // 200, which is no success of a form
	}
	return v.ask(http.MethodPost, to, form)
}

// link is the newest mailed link to a path.
func (b *bubble) link(to, path string) string {
	find := regexp.MustCompile(regexp.QuoteMeta(Origin+path) + `\?token=\S+`)
	for range 60 {
		b.mu.Lock()
		letters := slices.Clone(b.letters)
		b.mu.Unlock()
		for _, m := range slices.Backward(letters) {
			if found := find.FindString(m.Text); m.To == to && found != "" {
				return strings.TrimPrefix(found, Origin)
			}
		}
		b.wait(5 * time.Second)
	}
	return ""
}

// live signs up, and then signs in and out in two browsers at once, with a thief behind
// each.
func (b *bubble) live(i int) {
	address, secret := fmt.Sprintf("p%d@example.org", i), fmt.Sprintf("nine purple ducks of p%d cross road", i)
	first := b.visitor(address)
	first.fillIn("/auth/sign-up", "/auth/sign-up", url.Values{"email": {address}, "password": {secret}})
	link := b.link(address, "/auth/verify")
	if link == "" {
		b.t.Errorf("%s gets no letter", address)
		return
	}
	if res := first.fillIn(link, "/auth/verify", nil); res.Code != http.StatusSeeOther {
		b.t.Errorf("%s has not signed up: %d", address, res.Code)
		return
	}
	var both sync.WaitGroup
	for j := range 2 {
		both.Go(func() {
			v := b.visitor(fmt.Sprintf("%s/%d", address, j))
			for range 3 {
				v.round(address, secret)
			}
		})
	}
	both.Wait()
}

// round is one login, from the sign-in to past its end.
func (v *visitor) round(address, secret string) {
	b := v.b
	if res := v.fillIn("/auth/sign-in", "/auth/sign-in", url.Values{"identifier": {address}, "password": {secret}}); res.Code != http.StatusSeeOther {
		return // held up by the one in the other browser
	}
	var ended, done atomic.Bool
	thief := b.visitor("thief of " + v.name)
	thief.cookies = slices.Clone(v.cookies)
	var both sync.WaitGroup
	both.Go(func() {
		for after := 0; after < 2 && !done.Load(); {
			before := ended.Load()
			switch code := thief.ask(http.MethodGet, "/me", nil).Code; {
			case code == http.StatusOK && before:
				b.t.Errorf("%s is served after the sign-out", thief.name)
			case code == http.StatusOK:
				b.served.Add(1)
			case before:
				b.refused.Add(1)
			}
			if before {
				after++
			}
			b.wait(time.Duration(thief.draws.IntN(40)) * time.Millisecond)
		}
	})
	for range 2 {
		if v.ask(http.MethodGet, "/me", nil).Code == http.StatusOK {
			b.served.Add(1)
		}
	}
	if res := v.fillIn("/auth/sign-out", "/auth/sign-out", nil); res.Code == http.StatusSeeOther {
		b.ended.Add(1)
		ended.Store(true)
	} else {
		b.t.Errorf("%s is not signed out: %d", v.name, res.Code)
		done.Store(true)
	}
	both.Wait()
}
