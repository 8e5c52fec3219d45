package session

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
	"github.com/fxamacker/cbor/v2"
)

// SES-036: the bounds of ceremony data to the byte, what is not as it was written is
// not there, and nothing is changed once the session has ended.
func TestCeremony_edges(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	// Head of the map 1, key 1+1, head of the entry 3; in it a list 1, a time 9, a head 3.
	const fits = maxCeremonyBytes - 19
	b.with(func(r *http.Request, s *Session) {
		ctx := r.Context()
		if err := s.PutCeremony(ctx, "k", time.Time{}, make([]byte, fits+1)); !errors.Is(err, ErrCeremonyTooLarge) {
			t.Error(err)
		}
		if err := s.PutCeremony(ctx, "k", time.Time{}, make([]byte, fits)); err != nil {
			t.Error(err)
		}
		if err := s.DropCeremony(ctx, "k"); err != nil {
			t.Error(err)
		}
		if _, ok := s.PeekCeremony(ctx, "k"); ok {
			t.Error("dropped, and still there")
		}
		long := machine.CeremonyKind(strings.Repeat("k", maxKey))
		if err := s.PutCeremony(ctx, long+"k", time.Time{}, nil); !errors.Is(err, ErrBadKey) {
			t.Error(err)
		}
		if err := s.PutCeremony(ctx, long, time.Time{}, []byte("x")); err != nil {
			t.Error(err)
		}
	})
	whole := putBytes(putTime(putList(nil, 2), g.now().Add(time.Minute)), []byte("v"))
	for name, raw := range map[string][]byte{
		"trailing byte": append(bytes.Clone(whole), 0), "cut off": whole[:len(whole)-1], "no value": whole[:10], "nothing": {},
	} {
		g.reforge(b.ref(), func(b *body) { b.ceremony = encodeEntries([]entry{{"k", raw}}) })
		b.with(func(r *http.Request, s *Session) {
			if v, ok := s.PeekCeremony(r.Context(), "k"); ok {
				t.Errorf("%s: %q", name, v)
			}
		})
	}
	b.with(func(r *http.Request, s *Session) {
		if err := s.Logout(r.Context()); err != nil {
			t.Error(err)
		}
		if err := s.PutCeremony(r.Context(), "k", time.Time{}, nil); !errors.Is(err, ErrEnded) {
			t.Error(err)
		}
		if err := s.DropCeremony(r.Context(), "k"); !errors.Is(err, ErrEnded) {
			t.Error(err)
		}
		if _, err := s.TakeCeremony(r.Context(), "k"); !errors.Is(err, ErrEnded) {
			t.Error(err)
		}
	})
}

// SES-037: times keep their fractions, older values go through their upgrade though the
// type is the same, what was stored malformed reaches no codec, and a refusal says why.
func TestKey_edges(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	at := NewKey[time.Time]("at")
	raw := NewKey("raw", Codec(func(v []byte) ([]byte, error) { return v, nil }, func(v []byte) ([]byte, error) { return v, nil }))
	moment := t0.Add(123456789)
	v1 := NewKey[string]("text", Version(1, func(_ uint64, old []byte) (string, error) {
		var v string
		err := cbor.Unmarshal(old, &v)
		return "upgraded " + v, err
	}))
	b.with(func(_ *http.Request, s *Session) {
		if err := errors.Join(at.Set(s, moment.In(time.FixedZone("east", 3600))), NewKey[string]("text").Set(s, "old")); err != nil {
			t.Error(err)
		}
		var unsupported *cbor.UnsupportedTypeError
		if err := NewKey[func()]("func").Set(s, func() {}); !errors.Is(err, ErrBadValue) || !errors.As(err, &unsupported) {
			t.Error(err)
		}
	})
	b.with(func(_ *http.Request, s *Session) {
		if v, _, err := at.Get(s); !v.Equal(moment) || err != nil {
			t.Error(v, err)
		}
		if v, _, err := v1.Get(s); v != "upgraded old" || err != nil {
			t.Error(v, err)
		}
	})
	for name, bad := range map[string][]byte{"nothing": {}, "no version": {0xff}, "cut off": {0x18}} {
		g.reforge(b.ref(), func(b *body) { b.custom = encodeEntries([]entry{{"raw", bad}}) })
		b.with(func(_ *http.Request, s *Session) {
			if v, ok, err := raw.Get(s); ok || !errors.Is(err, ErrBadValue) {
				t.Errorf("%s: %x, %v", name, v, err)
			}
		})
	}
	// More keys than may be, with room for their bytes.
	wide := newRig(t, func(c *Config) { c.CustomMax = 64 << 10 })
	wide.browser().with(func(_ *http.Request, s *Session) {
		for i := range maxKeys + 1 {
			err := NewKey[int](fmt.Sprint("k", i)).Set(s, i)
			if want := i == maxKeys; errors.Is(err, ErrCustomTooLarge) != want {
				t.Errorf("key %d: %v", i, err)
			}
		}
	})
}

// SES-124, SES-125: names and SameSite at their bounds; tabs between pairs, and what
// was found among too many is found.
func TestCookie_edges(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		cfg CookieConfig
		ok  bool
	}{
		"longest name":  {CookieConfig{Name: strings.Repeat("a", maxCookieName)}, true},
		"tilde":         {CookieConfig{Name: "a~"}, true},
		"delete":        {CookieConfig{Name: "a\x7f"}, false},
		"not ASCII":     {CookieConfig{Name: "é"}, false},
		"default mode":  {CookieConfig{SameSite: http.SameSiteDefaultMode}, false},
		"negative mode": {CookieConfig{SameSite: -1}, false},
		"none":          {CookieConfig{SameSite: http.SameSiteNoneMode}, true},
		"past none":     {CookieConfig{SameSite: http.SameSiteNoneMode + 1}, false},
	} {
		if _, err := newCookieCodec(tc.cfg, testRing(t, seal.Cookie, testKey("cookie-a", seal.Primary))); (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := testCodec(t, CookieConfig{})
	pair := c.name + "=" + mustSign(t, c, kindStored, secretID{1})
	if h, err := c.find([]string{"a=1;\t " + pair}); h.id != (secretID{1}) || err != nil {
		t.Error("behind a tab", err)
	}
	if h, err := c.find([]string{strings.Repeat(pair+"; ", maxCandidates)}); h.id != (secretID{1}) || err != nil {
		t.Error(err)
	}
	if h, err := c.find([]string{strings.Repeat(pair+"; ", maxCandidates+1)}); h.id != (secretID{1}) || !errors.Is(err, errCookieTooMany) {
		t.Error(err)
	}
	c.ring = testRing(t, seal.Cookie, testKey("cookie-b", seal.Primary))
	if v, err := c.sign(kindStored, secretID{1}); v != "" || !errors.Is(err, seal.ErrUnknownKey) {
		t.Errorf("%q, signed under a key that the MAC does not have: %v", v, err)
	}
}

// SES-062, SES-241: the handle that a dead session leaves is the same on every instance
// of every release, and an id is text to nobody.
func TestSecretID_edges(t *testing.T) {
	t.Parallel()
	id := secretID{1, 2, 3}
	sum := sha256.Sum256(append(append([]byte("axess/session/ref/v1"), id[:]...), "ended"...))
	if got := id.after().Bytes(); !bytes.Equal(got[:], sum[:16]) {
		t.Errorf("%x", got)
	}
	var text encoding.TextMarshaler = id
	if b, err := text.MarshalText(); string(b) != redacted || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if b, err := json.Marshal(map[secretID]int{id: 1}); string(b) != `{"[redacted]":1}` || err != nil {
		t.Errorf("%s, %v", b, err)
	}
}

// SES-081, SES-228: how long each kind of state lives without activity: a flow by its
// own deadline, a workflow over a login by the nearer of the two, nothing past the end.
func TestTimeouts_idle_of_each_state(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	times := &Timeouts{Idle: 30 * time.Minute, GuestIdle: 5 * time.Minute}
	login := g.login(g.subj)
	flow := func(base *machine.LoginData, d time.Duration) machine.State {
		f := g.flow(g.subj)
		f.Started, f.Deadline, f.Base = t0, t0.Add(d), base
		s, err := machine.RestoreFlow(&f)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	workflow := func(prior *machine.LoginData, d time.Duration) machine.State {
		s, err := machine.RestoreWorkflow(&machine.WorkflowData{
			Subject: g.subj, Kind: "terms", Total: 1, Started: t0, Deadline: t0.Add(d), Then: machine.ThenAuthenticated, Prior: prior,
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	in, err := machine.RestoreLogin(&login)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		state    machine.State
		absolute time.Duration
		want     time.Duration
	}{
		"guest":                           {machine.Guest{}, time.Hour, 5 * time.Minute},
		"guest, near the end":             {machine.Guest{}, time.Minute, time.Minute},
		"login":                           {in, time.Hour, 30 * time.Minute},
		"login, near the end":             {in, 7 * time.Minute, 7 * time.Minute},
		"flow beyond a guest's":           {flow(nil, 10*time.Minute), time.Hour, 10 * time.Minute},
		"flow within":                     {flow(nil, 2*time.Minute), time.Hour, 2 * time.Minute},
		"step-up":                         {flow(&login, 2*time.Minute), time.Hour, 30 * time.Minute},
		"workflow of nobody yet":          {workflow(nil, 40*time.Minute), time.Hour, 40 * time.Minute},
		"workflow over a login":           {workflow(&login, 10*time.Minute), time.Hour, 10 * time.Minute},
		"workflow over a login, for long": {workflow(&login, 40*time.Minute), time.Hour, 30 * time.Minute},
	} {
		b := body{state: tc.state, created: t0, absolute: t0.Add(tc.absolute)}
		if until, _ := times.idleUntil(&b, t0); !until.Equal(t0.Add(tc.want)) {
			t.Errorf("%s: %v, want %v", name, until.Sub(t0), tc.want)
		}
	}
}
