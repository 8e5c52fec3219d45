package sim

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
)

// SIM-091: the same five requests as in BenchmarkLogins, asked of the product alone: one
// server on real goroutines and a memory store, nobody who looks. What the simulator
// adds is the difference; faster than this no simulator of the product can be.
func BenchmarkLoginsOfTheProduct(b *testing.B) {
	const people = 64 // as in a crowd: what one account has done before costs a little
	email := func(i int) string { return fmt.Sprintf("p%d@example.org", i%people) }
	var cfg axess.Config
	k := axesstest.New(b, nil, axesstest.Config(func(c *axess.Config) { cfg = *c }))
	for i := range people {
		k.SignIn(email(i), axesstest.With(factor.Password, factor.TOTP))
	}
	// The kit reads every line of the log; this server of the same stores writes none.
	cfg.Logger, cfg.Clock, cfg.Mail, cfg.Entropy = slog.New(slog.DiscardHandler), k.Clock, k.Mail, entropy.Seeded(2)
	auth, err := axess.New(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := auth.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	handler := (&World{}).site(auth)
	ask := func(v *browser, method, path string, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, k.URL+path, strings.NewReader(form.Encode()))
		r.Header.Set("User-Agent", agent)
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", k.URL)
		}
		for _, c := range v.cookies {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		for _, c := range w.Result().Cookies() {
			v.keep(c)
		}
		v.page = w.Body.String()
		return w
	}
	fill := func(v *browser, action string, fields url.Values) *httptest.ResponseRecorder {
		to, form, ok := v.fill(action, fields)
		if !ok {
			b.Fatal("no form to ", action, ": ", v.page)
		}
		return ask(v, http.MethodPost, to, form)
	}
	var spent time.Duration
	for i := range b.N {
		if i%people == 0 {
			k.Clock.Advance(30 * time.Second)
		}
		code := k.Code(email(i))
		began := cpu(b)
		v := &browser{name: "ada", origin: k.URL, jar: &jar{}}
		ask(v, http.MethodGet, "/auth/sign-in", nil)
		a := fill(v, "/auth/sign-in", url.Values{"identifier": {email(i)}, "password": {axesstest.Password}})
		ask(v, http.MethodGet, a.Header().Get("Location"), nil)
		fill(v, "/auth/factor/totp", url.Values{"code": {code}})
		if a := ask(v, http.MethodGet, "/me", nil); a.Code != http.StatusOK {
			b.Fatal(a.Code, a.Body)
		}
		spent += cpu(b) - began
	}
	b.ReportMetric(float64(b.N)/spent.Seconds(), "logins/s")
}
