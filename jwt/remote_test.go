package jwt

import (
	"context"
	"crypto/elliptic"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/metric"
)

const jwks = "https://issuer.example/jwks"

// published is an issuer: documents by address, and who asked for them.
type published struct {
	mu    sync.Mutex
	docs  map[string]Document
	err   error
	asked []FetchRequest
	hold  chan struct{} // unless nil, answers wait for it
	came  chan struct{} // unless nil, told of each question
}

func (p *published) Fetch(ctx context.Context, r FetchRequest) (Document, error) {
	p.mu.Lock()
	p.asked = append(p.asked, r)
	doc, found := p.docs[r.URL]
	err, hold, came := p.err, p.hold, p.came
	p.mu.Unlock()
	if came != nil {
		came <- struct{}{}
	}
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return Document{}, ctx.Err()
		}
	}
	switch {
	case err != nil:
		return Document{}, err
	case !found:
		return Document{}, ErrNoDocument
	}
	return doc, nil
}

func (p *published) publish(t testing.TB, of ...*Signer) {
	t.Helper()
	p.set(jwks, string(set(t, of...).JSON()))
}

func (p *published) set(url, body string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.docs == nil {
		p.docs = map[string]Document{}
	}
	p.docs[url] = Document{Body: []byte(body), MaxAge: -1}
}

func (p *published) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

func (p *published) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

// remoteKit is an issuer and a verifier of its tokens.
type remoteKit struct {
	*published
	keys *RemoteKeys
	now  *clock.Fake
	v    *Verifier
	old  *Signer
	next *Signer
	sink *metric.Recorder
}

func remote(t testing.TB, change ...func(*RemoteConfig)) *remoteKit {
	t.Helper()
	k := &remoteKit{published: &published{}, now: clock.NewFake(start), sink: &metric.Recorder{}}
	k.old, k.next = newSigner(t, "old", ES256, ecKey(elliptic.P256(), "old")), newSigner(t, "next", ES256, ecKey(elliptic.P256(), "next"))
	k.publish(t, k.old)
	cfg := RemoteConfig{Clock: k.now, Entropy: entropy.Seeded(7), Fetch: k.published, URL: jwks, Metrics: k.sink}
	for _, f := range change {
		f(&cfg)
	}
	keys, err := NewRemoteKeys(cfg)
	if err != nil {
		t.Fatal(err)
	}
	k.keys = keys
	k.v, err = NewVerifier(Config{Clock: k.now, Keys: keys, Issuer: issuer, Audience: []string{api}})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// ask verifies a fresh token of s.
func (k *remoteKit) ask(t testing.TB, s *Signer) Reason {
	t.Helper()
	now := k.now.Now().Unix()
	_, err := k.v.Verify(context.Background(), sign(t, s, fmt.Sprintf(`{"iss":%q,"aud":%q,"exp":%d}`, issuer, api, now+60)))
	return reason(t, err)
}

func (k *remoteKit) want(t testing.TB, s *Signer, want Reason, fetches int) {
	t.Helper()
	if got := k.ask(t, s); got != want || k.count() != fetches {
		t.Errorf("%s: %q after %d fetches, want %q after %d", s.public.id, got, k.count(), want, fetches)
	}
}

// A key that is new is found when a token names it; nobody who is good is refused.
// WKL-030, WKL-031, WKL-032, OAU-024, OAU-026
func TestRemoteKeys_find_a_new_key_when_a_token_names_it(t *testing.T) {
	t.Parallel()
	k := remote(t)
	k.want(t, k.old, "", 1)
	k.want(t, k.old, "", 1)
	k.now.Advance(2 * time.Minute)
	k.publish(t, k.old, k.next) // the issuer goes on to a new key
	k.want(t, k.old, "", 1)
	k.want(t, k.next, "", 2)
	k.want(t, k.next, "", 2)
	k.want(t, k.old, "", 2)
	if k.asked[0].NoCache || !k.asked[1].NoCache {
		t.Errorf("asked %+v: what is new is asked past every cache", k.asked)
	}
	// The old one is withdrawn, and is gone with the next set.
	k.now.Advance(time.Hour + 7*time.Minute)
	k.publish(t, k.next)
	if err := k.keys.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.want(t, k.next, "", 3)
	k.want(t, k.old, KidUnknown, 3)
}

// A rotation with an overlap, tokens all the time, and a fetch every hour: no good token
// is ever refused.
func TestRemoteKeys_refuse_no_good_token_through_a_rotation(t *testing.T) {
	t.Parallel()
	k := remote(t)
	current := k.old
	for minute := range 24 * 60 {
		if minute%240 == 200 { // publish ahead
			k.next = newSigner(t, fmt.Sprint("key", minute), ES256, ecKey(elliptic.P256(), fmt.Sprint(minute)))
			k.publish(t, current, k.next)
		}
		if minute%240 == 201 {
			current = k.next
		}
		if got := k.ask(t, current); got != "" {
			t.Fatalf("minute %d: %s", minute, got)
		}
		k.now.Advance(time.Minute)
		if err := k.keys.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := k.count(); n > 24+2+6+6 {
		t.Errorf("%d fetches in a day", n)
	}
}

// An issuer that keeps the name of its key. OAU-024
func TestRemoteKeys_find_a_new_key_under_an_old_name(t *testing.T) {
	t.Parallel()
	k := remote(t)
	renamed := newSigner(t, "old", ES256, ecKey(elliptic.P256(), "next"))
	k.want(t, k.old, "", 1)
	k.now.Advance(time.Minute)
	k.publish(t, renamed)
	k.want(t, renamed, "", 2)
	k.want(t, k.old, Signature, 2) // and the old one is gone
	k.now.Advance(time.Minute)
	k.want(t, k.old, Signature, 3)
	k.want(t, k.old, Signature, 3) // at most once a minute
}

// However many bad tokens come, the issuer is asked once a minute, and about one name
// once in five. WKL-032, OAU-024
func TestRemoteKeys_ask_once_however_many_bad_tokens_come(t *testing.T) {
	t.Parallel()
	k := remote(t)
	k.want(t, k.old, "", 1)
	k.want(t, k.next, KidUnknown, 1) // the first fetch was a moment ago
	k.now.Advance(time.Minute)
	for range 50 {
		k.want(t, k.next, KidUnknown, 2)
	}
	// The name was searched in vain: it does not cost the next interval its fetch.
	k.now.Advance(time.Minute)
	k.want(t, k.next, KidUnknown, 2)
	third := newSigner(t, "third", ES256, ecKey(elliptic.P256(), "third"))
	k.publish(t, k.old, third)
	k.want(t, third, "", 3)
	k.now.Advance(5 * time.Minute)
	k.publish(t, k.old, third, k.next)
	k.want(t, k.next, "", 4)
}

// A token that uses a known key in a way that it is not for asks nobody: no new key makes
// it good.
func TestRemoteKeys_are_not_asked_for_a_key_of_another_kind(t *testing.T) {
	t.Parallel()
	k := remote(t)
	k.want(t, k.old, "", 1)
	k.now.Advance(time.Minute)
	k.want(t, newSigner(t, "old", RS256, rsaKeys()[0]), KeyMismatch, 1)
}

// A failing issuer is not asked more often. WKL-032, OAU-024
func TestRemoteKeys_count_attempts_that_fail(t *testing.T) {
	t.Parallel()
	k := remote(t)
	k.fail(errors.New("down"))
	for range 5 {
		k.want(t, k.old, "unavailable", 1)
	}
	k.now.Advance(59 * time.Second)
	k.want(t, k.old, "unavailable", 1)
	k.now.Advance(time.Second)
	k.fail(nil)
	k.want(t, k.old, "", 2)
	k.now.Advance(time.Minute)
	k.fail(errors.New("down"))
	for range 5 {
		k.want(t, k.next, KidUnknown, 3)
		k.want(t, k.old, "", 3)
	}
}

// An issuer that is down: the last good set serves for a day, then nobody is let in.
// WKL-035, OAU-027
func TestRemoteKeys_go_on_with_the_last_good_set_for_a_day(t *testing.T) {
	t.Parallel()
	k := remote(t)
	k.want(t, k.old, "", 1)
	k.fail(errors.New("down"))
	for range 24 * 60 {
		k.now.Advance(time.Minute)
		if err := k.keys.Renew(t.Context()); err == nil && k.keys.Status().Degraded {
			t.Fatal("a renewal that failed says nothing")
		}
		if got := k.ask(t, k.old); got != "" {
			t.Fatalf("%v after the first failure: %s", k.now.Now().Sub(start), got)
		}
	}
	if s := k.keys.Status(); !s.Degraded || s.Err == nil || s.Keys != 1 || !s.Fetched.Equal(start) {
		t.Errorf("%+v", s)
	}
	k.now.Advance(time.Minute)
	if got := k.ask(t, k.old); got != "unavailable" {
		t.Errorf("after a day: %q", got)
	}
	k.fail(nil)
	k.now.Advance(time.Minute)
	if got := k.ask(t, k.old); got != "" {
		t.Errorf("when it is back: %q", got)
	}
	if s := k.keys.Status(); s.Degraded || s.Err != nil {
		t.Errorf("%+v", s)
	}
	n := k.sink.Counted(metricFetches, metric.L(metric.Outcome, "ok")) + k.sink.Counted(metricFetches, metric.L(metric.Outcome, "error"))
	if n != k.count() {
		t.Errorf("%d fetches counted, %d made", n, k.count())
	}
}

// Without a renewal in the background a token that comes finds it due: it is served
// with what there is, and a newer set is fetched beside. OAU-023 as far as one set goes
func TestRemoteKeys_renew_beside_a_token(t *testing.T) {
	t.Parallel()
	k := remote(t)
	k.want(t, k.old, "", 1)
	k.publish(t, k.next)
	k.came, k.hold = make(chan struct{}), make(chan struct{})
	k.now.Advance(time.Hour + 7*time.Minute)
	if got := k.ask(t, k.old); got != "" { // does not wait: the issuer has not answered
		t.Errorf("%q", got)
	}
	<-k.came
	if got := k.ask(t, k.old); got != "" || k.count() != 2 {
		t.Errorf("%q after %d fetches", got, k.count())
	}
	close(k.hold)
	if err := k.keys.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.mu.Lock()
	k.came = nil
	k.mu.Unlock()
	if got := k.ask(t, k.old); got != KidUnknown {
		t.Errorf("a key that was withdrawn: %q", got)
	}
	// Closed: nothing begins any more.
	n := k.count()
	k.now.Advance(time.Hour + 7*time.Minute)
	if got := k.ask(t, k.next); got != "" || k.count() != n {
		t.Errorf("%q after %d fetches", got, k.count())
	}
}

// After a long silence the first token waits for the issuer: it may be signed with a key
// that was withdrawn meanwhile.
func TestRemoteKeys_ask_first_after_a_long_silence(t *testing.T) {
	t.Parallel()
	k := remote(t)
	k.want(t, k.old, "", 1)
	k.publish(t, k.next)
	k.now.Advance(3 * time.Hour)
	k.want(t, k.old, KidUnknown, 2)
	// An issuer that is down does not matter for it.
	k.now.Advance(3 * time.Hour)
	k.fail(errors.New("down"))
	k.want(t, k.next, "", 3)
}

// Many wait for one fetch; who gives up does not take the others along. WKL-032, OAU-018,
// OAU-025
func TestRemoteKeys_share_one_fetch(t *testing.T) {
	t.Parallel()
	k := remote(t)
	k.came, k.hold = make(chan struct{}, 64), make(chan struct{})
	impatient, leave := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { _, err := k.keys.Current(impatient); first <- err }()
	<-k.came
	var wg sync.WaitGroup
	results := make([]error, 32)
	for i := range results {
		wg.Go(func() { _, results[i] = k.keys.Current(t.Context()) })
	}
	leave()
	if err := <-first; !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up: %v", err)
	}
	close(k.hold)
	wg.Wait()
	for _, err := range results {
		if err != nil {
			t.Errorf("%v", err)
		}
	}
	if k.count() != 1 {
		t.Errorf("%d fetches", k.count())
	}
}

// Who looked before a fetch ended and asks after it gets what the fetch brought: it was
// refused once, because the issuer had just been asked. OAU-025
func TestRemoteKeys_give_what_came_between_a_look_and_a_question(t *testing.T) {
	t.Parallel()
	k := remote(t)
	first, err := k.keys.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f, err := k.keys.fetch(t.Context(), nil, false) // it saw none
	if err != nil || f.set != first || k.count() != 1 {
		t.Fatalf("%v, %v after %d fetches", f, err, k.count())
	}
	k.now.Advance(time.Minute)
	k.publish(t, k.old, k.next)
	second, err := k.keys.Newer(t.Context(), first, "next")
	if err != nil {
		t.Fatal(err)
	}
	if f, err := k.keys.fetch(t.Context(), f, true); err != nil || f.set != second || k.count() != 2 { // it saw the first
		t.Fatalf("%v, %v after %d fetches", f, err, k.count())
	}
}

// A fetch ends by the clock. WKL-033
func TestRemoteKeys_wait_ten_seconds(t *testing.T) {
	t.Parallel()
	k := remote(t)
	k.came, k.hold = make(chan struct{}, 1), make(chan struct{})
	done := make(chan error, 1)
	go func() { _, err := k.keys.Current(context.Background()); done <- err }()
	<-k.came
	k.now.Advance(10 * time.Second)
	if err := <-done; !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// WKL-031, OAU-026
func TestRemoteKeys_honour_max_age_within_bounds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ says, least, most time.Duration }{
		{-1, 54 * time.Minute, 66 * time.Minute},
		{0, 5 * time.Minute, 5*time.Minute + 30*time.Second},
		{time.Second, 5 * time.Minute, 5*time.Minute + 30*time.Second},
		{2 * time.Hour, 108 * time.Minute, 132 * time.Minute},
		{365 * 24 * time.Hour, 21*time.Hour + 36*time.Minute, 24 * time.Hour},
	} {
		seen := map[time.Duration]bool{}
		for seed := range uint64(20) {
			k := remote(t, func(c *RemoteConfig) { c.Entropy = entropy.Seeded(seed) })
			k.docs[jwks] = Document{Body: k.docs[jwks].Body, MaxAge: tc.says}
			if _, err := k.keys.Current(t.Context()); err != nil {
				t.Fatal(err)
			}
			ttl := k.keys.held.Load().ttl
			if ttl < tc.least || ttl > tc.most {
				t.Errorf("max-age %v: kept for %v, want %v to %v", tc.says, ttl, tc.least, tc.most)
			}
			seen[ttl] = true
		}
		if len(seen) < 5 {
			t.Errorf("max-age %v: every node comes at one time", tc.says)
		}
	}
}

// Whatever comes, there is one attempt per interval, and a token of a key that is
// published is refused only while the issuer may not be asked. WKL-032, OAU-024
func TestRemoteKeys_bound_their_attempts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		k := remote(t)
		var last time.Time
		seen := 0
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0:
				k.now.Advance(time.Duration(rapid.IntRange(0, 400).Draw(rt, "seconds")) * time.Second)
			case 1:
				k.fail(errors.New("down"))
			case 2:
				k.fail(nil)
			case 3:
				k.publish(t, slices.Concat([]*Signer{k.old}, []*Signer{k.next}[:rapid.IntRange(0, 1).Draw(rt, "next")])...)
			case 4:
				if err := k.keys.Renew(t.Context()); errors.Is(err, errTooSoon) {
					rt.Fatal(err)
				}
			case 5:
				k.ask(t, rapid.SampledFrom([]*Signer{k.old, k.next}).Draw(rt, "signer"))
			}
			// What runs beside is waited for, so that its attempt is seen at its time.
			k.keys.mu.Lock()
			beside := k.keys.renewing
			k.keys.mu.Unlock()
			if beside != nil {
				if err := beside.Wait(t.Context()); err != nil {
					rt.Fatal(err)
				}
			}
			if n := k.count(); n > seen {
				if n > seen+1 || !last.IsZero() && k.now.Now().Sub(last) < time.Minute {
					rt.Fatalf("%d attempts %v after the last", n-seen, k.now.Now().Sub(last))
				}
				seen, last = n, k.now.Now()
			}
		}
	})
}

func TestNegative_is_bounded_and_forgets_the_oldest(t *testing.T) {
	t.Parallel()
	var n negative
	for i := range 3000 {
		n.add(fmt.Sprint(i), 0)
	}
	n.add("2000", 0)
	n.add("new", 0)
	if len(n.since) != negativeMost || len(n.order) != negativeMost || n.has("1976", 0) || !n.has("1978", 0) || !n.has("2000", negativeFor-1) || n.has("2000", negativeFor) {
		t.Errorf("%d and %d entries, from %s", len(n.since), len(n.order), n.order[0])
	}
}

const (
	openid = "https://issuer.example/.well-known/openid-configuration"
	rfc    = "https://issuer.example/.well-known/oauth-authorization-server"
)

// WKL-034, OAU-020
func TestRemoteKeys_discover_where_keys_are(t *testing.T) {
	t.Parallel()
	good := `{"issuer":"https://issuer.example","jwks_uri":"` + jwks + `"}`
	for _, tc := range []struct {
		name, issuer string
		docs         map[string]string
		want         bool
	}{
		{"OpenID", "https://issuer.example", map[string]string{openid: good}, true},
		{"RFC 8414", "https://issuer.example", map[string]string{rfc: good}, true},
		{"slash at the end", "https://issuer.example/", map[string]string{openid: strings.Replace(good, `example"`, `example/"`, 1)}, true},
		{"with a path", "https://issuer.example/t", map[string]string{"https://issuer.example/t/.well-known/openid-configuration": strings.Replace(good, `example"`, `example/t"`, 1)}, true},
		{"path inserted", "https://issuer.example/t", map[string]string{rfc + "/t": strings.Replace(good, `example"`, `example/t"`, 1)}, true},
		{"nothing there", "https://issuer.example", nil, false},
		{"another issuer", "https://issuer.example", map[string]string{openid: strings.Replace(good, `example"`, `example/t"`, 1)}, false},
		{"a slash more", "https://issuer.example", map[string]string{openid: strings.Replace(good, `example"`, `example/"`, 1)}, false},
		{"another case", "https://issuer.example", map[string]string{openid: strings.Replace(good, `example"`, `Example"`, 1)}, false},
		{"no issuer", "https://issuer.example", map[string]string{openid: `{"jwks_uri":"` + jwks + `"}`}, false},
		{"no jwks_uri", "https://issuer.example", map[string]string{openid: `{"issuer":"https://issuer.example"}`}, false},
		{"issuer twice", "https://issuer.example", map[string]string{openid: `{"issuer":"https://evil.example","issuer":"https://issuer.example","jwks_uri":"` + jwks + `"}`}, false},
		{"HTML", "https://issuer.example", map[string]string{openid: `<html>canary`}, false},
	} {
		k := remote(t, func(c *RemoteConfig) { c.URL, c.Issuer = "", tc.issuer })
		for url, body := range tc.docs {
			k.set(url, body)
		}
		s, err := k.keys.Current(t.Context())
		if (err == nil) != tc.want || err == nil && len(s.Keys()) != 1 {
			t.Errorf("%s: %v", tc.name, err)
		}
		if err != nil && (!errors.Is(err, ErrUnavailable) || !errors.Is(err, ErrDiscovery) || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// The address is asked for once a day, and a document that changed its issuer or is gone
// leaves the address that was good. OAU-022 as far as keys go
func TestRemoteKeys_keep_the_address_that_was_good(t *testing.T) {
	t.Parallel()
	k := remote(t, func(c *RemoteConfig) { c.URL, c.Issuer = "", issuer })
	k.set(openid, `{"issuer":"https://issuer.example","jwks_uri":"`+jwks+`"}`)
	if got := k.ask(t, k.old); got != "" || k.count() != 2 {
		t.Fatalf("%q after %d questions", got, k.count())
	}
	k.now.Advance(time.Hour + 7*time.Minute)
	if err := k.keys.Renew(t.Context()); err != nil || k.count() != 3 {
		t.Fatalf("%v after %d questions", err, k.count())
	}
	k.set(openid, `{"issuer":"https://evil.example","jwks_uri":"https://evil.example/jwks"}`)
	k.now.Advance(24 * time.Hour)
	if err := k.keys.Renew(t.Context()); err != nil || k.asked[len(k.asked)-1].URL != jwks {
		t.Fatalf("%v after %+v", err, k.asked)
	}
	// A fetch that failed has the document looked at again, and changes nothing else.
	k.now.Advance(2 * time.Hour)
	k.fail(errors.New("down"))
	if err := k.keys.Renew(t.Context()); err == nil {
		t.Fatal("down, and nothing said")
	}
	k.fail(nil)
	k.now.Advance(time.Minute)
	n := k.count()
	if err := k.keys.Renew(t.Context()); err != nil || k.count() != n+2 || k.asked[n].URL != openid || k.asked[n+1].URL != jwks {
		t.Fatalf("%v after %+v", err, k.asked[n:])
	}
}

// An issuer may move its keys: the document is read again after a day, and at once when
// they are not where they were.
func TestRemoteKeys_follow_an_issuer_that_moves(t *testing.T) {
	t.Parallel()
	const there = "https://issuer.example/moved"
	for name, wait := range map[string]time.Duration{"gone": 2 * time.Hour, "still there": 24 * time.Hour} {
		k := remote(t, func(c *RemoteConfig) { c.URL, c.Issuer = "", issuer })
		k.set(openid, `{"issuer":"https://issuer.example","jwks_uri":"`+jwks+`"}`)
		k.want(t, k.old, "", 2)
		k.set(openid, `{"issuer":"https://issuer.example","jwks_uri":"`+there+`"}`)
		k.set(there, string(set(t, k.next).JSON()))
		k.now.Advance(wait)
		if name == "gone" {
			delete(k.docs, jwks)
			if err := k.keys.Renew(t.Context()); !errors.Is(err, ErrNoDocument) {
				t.Fatalf("%s: %v", name, err)
			}
			k.now.Advance(time.Minute)
		}
		if err := k.keys.Renew(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := k.ask(t, k.next); got != "" {
			t.Errorf("%s: %s after %+v", name, got, k.asked)
		}
	}
}

// OAU-012
func TestNewRemoteKeys_names_what_is_wrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		field  string
		change func(*RemoteConfig)
	}{
		{"Clock", func(c *RemoteConfig) { c.Clock = nil }},
		{"Entropy", func(c *RemoteConfig) { c.Entropy = nil }},
		{"Fetch", func(c *RemoteConfig) { c.Fetch = nil }},
		{"URL", func(c *RemoteConfig) { c.URL = "" }},
		{"Issuer", func(c *RemoteConfig) { c.Issuer = issuer }},
		{"no query", func(c *RemoteConfig) { c.URL, c.Issuer = "", "https://issuer.example?tenant=a" }},
		{"Interval", func(c *RemoteConfig) { c.Interval = 29 * time.Second }},
		{"MaxStale", func(c *RemoteConfig) { c.MaxStale = 8 * 24 * time.Hour }},
	} {
		cfg := RemoteConfig{Clock: clock.NewFake(start), Entropy: entropy.Seeded(1), Fetch: &published{}, URL: jwks}
		tc.change(&cfg)
		if _, err := NewRemoteKeys(cfg); err == nil || !strings.Contains(err.Error(), tc.field) {
			t.Errorf("%s: %v", tc.field, err)
		}
	}
}

// A SPIFFE bundle's keys have a use of their own.
func TestRemoteKeys_take_keys_of_the_use_asked_for(t *testing.T) {
	t.Parallel()
	k := remote(t, func(c *RemoteConfig) { c.Use = "jwt-svid" })
	k.set(jwks, `{"keys":[`+member(k.old, "use", `"jwt-svid"`)+`,`+member(k.next)+`]}`)
	k.want(t, k.old, "", 1)
	k.want(t, k.next, KidUnknown, 1)
	if n := k.sink.Counted(metricSkipped, metric.L(metric.Reason, "use")); n != 1 {
		t.Errorf("%d keys counted as skipped", n)
	}
	if v := k.sink.Violations(); len(v) > 0 {
		t.Error(v)
	}
}
