package audit

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// AUD-004, AUD-008, AUD-011, AUD-020: neither the reference of a session nor what
// somebody typed nor an id behind a *_ref is found in an event or in the log.
func TestRow_holds_no_planted_value(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const typed = "canary.person@example.test"
	login, session, cred := id16[identity.LoginID](0xc1), testSession, id16[identity.CredentialID](0xc2)
	events := []Event{
		LoginAttempt{Outcome: Failure, Method: "password", FirstFactor: "password", Reason: ReasonNotActive, IdentifierMAC: b.IdentifierMAC(b.of.Tenant, typed)},
		Authenticated{Method: "password", Factors: []identity.Kind{"password"}, AMR: []string{"pwd"}, Flow: FlowInteractive, Login: login, Previous: session},
		FactorEnabled{Outcome: Success, Factor: "totp", Credential: cred, By: BySelf},
	}
	ctx := With(t.Context(), Context{
		Client: address(t, "192.0.2.17:4711"), Session: session, RequestID: "bad id\r\nSet-Cookie: canary",
		UserAgent: strings.Repeat("a", MaxUserAgent) + "canary-behind-the-limit",
	})
	box := newOutbox()
	for _, ev := range events {
		row, err := b.Row(ctx, b.of, ev)
		if err != nil {
			t.Fatal(err)
		}
		box.put(row)
	}
	var log bytes.Buffer
	st := newMemStore()
	r := relay(t, b, box, st, slog.New(slog.NewJSONHandler(&log, nil)))
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, rec := range st.records {
		all.Write(open(t, rec).JSON())
	}
	for _, canary := range []string{typed, "canary", login.String(), session.String(), cred.String(), hexOf(login.Bytes()), hexOf(session.Bytes()), hexOf(cred.Bytes())} {
		if bytes.Contains(all.Bytes(), []byte(canary)) {
			t.Errorf("an event holds %q", canary)
		}
		if bytes.Contains(log.Bytes(), []byte(canary)) {
			t.Errorf("the log holds %q", canary)
		}
	}
	// The log has nothing that erasure would have to reach.
	for _, personal := range []string{"192.0.2", "aaaa", b.of.Subject.String(), b.IdentifierMAC(b.of.Tenant, typed)} {
		if bytes.Contains(log.Bytes(), []byte(personal)) {
			t.Errorf("the log holds %q", personal)
		}
	}
	if !bytes.Contains(log.Bytes(), []byte(`"kind":"authenticated"`)) {
		t.Errorf("the log is empty: %s", log.Bytes())
	}
}

func hexOf(b [16]byte) string {
	return strings.ReplaceAll(identity.FromBytes[identity.EventID](b).String(), "-", "")
}

// AUD-004: a caller who mistakes the identifier for its digest, or an error for a
// word, is told so and not written down.
func TestRow_refuses_what_a_person_typed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const typed = "Ada Lovelace <ada@example.test>"
	for _, ev := range []Event{
		LoginAttempt{Outcome: Success, Method: "password", FirstFactor: "password", IdentifierMAC: typed},
		LoginAttempt{Outcome: Success, Method: typed, FirstFactor: "password", IdentifierMAC: testMAC},
		LoginAttempt{Outcome: Success, Method: "password", FirstFactor: typed, IdentifierMAC: testMAC},
		LoginAttempt{Outcome: Failure, Method: "password", FirstFactor: "password", IdentifierMAC: testMAC, Reason: typed},
		FactorVerified{Outcome: Success, Factor: typed, Step: 1, Steps: 1},
		UserUpdated{Outcome: Success, By: BySelf, Fields: []string{typed}},
		UserUpdated{Outcome: Success, By: BySelf, Fields: []string{"password"}},
		CrossTenantRefused{Operation: typed, Wanted: b.of.Tenant},
		PasswordRehashed{From: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA"},
		ServiceStarted{Version: typed},
		IdentityLinked{Outcome: Success, Issuer: "ada@example.test", By: BySelf},
		ProvisionRefused{Outcome: Failure, IdentifierMAC: typed, Reason: ReasonUnlinked},
		Authenticated{Method: "m", Factors: []identity.Kind{"password"}, AMR: []string{typed}, Flow: FlowSignup, Login: id16[identity.LoginID](1)},
	} {
		_, err := b.Row(t.Context(), b.of, ev)
		if !errors.Is(err, ErrBadField) {
			t.Errorf("%T: %v", ev, err)
		} else if strings.Contains(err.Error(), "ada@") {
			t.Errorf("the error repeats it: %v", err)
		}
	}
}

// AUD-008: the reference is a keyed digest, cut to 128 bits, under a key of its
// own; another installation gives another one.
func TestSessionRef_is_a_keyed_digest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ring := testRing(t)
	ref := testSession.Bytes()
	kid, tag := ring.MAC(seal.LabelAuditSession).Sum([]byte("axess/audit-session-ref/v1\x00"), ref[:])
	want := hexText(kid[:]) + "-" + hexText(tag[:16])
	if got := b.SessionRef(testSession); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// Two kinds of ids with the same bytes have nothing in common.
	same := refs{ids: ring.MAC(seal.LabelAuditSession)}
	seen := map[string]bool{}
	for _, p := range []seal.Prefix{seal.PrefixAuditSession, seal.PrefixAuditLogin, seal.PrefixAuditCredential, seal.PrefixAuditTenant} {
		seen[same.of(p, ref)] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d different refs", len(seen))
	}
}

func hexText(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

// AUD-011: equal names of one tenant are recognised, and only there.
func TestIdentifierMAC_depends_on_tenant_name_and_key(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := id16[identity.TenantID](5)
	mac := b.IdentifierMAC(b.of.Tenant, "ada@example.test")
	if mac != b.IdentifierMAC(b.of.Tenant, "ada@example.test") || !isIdentifierMAC(mac) {
		t.Errorf("mac %q", mac)
	}
	if mac == b.IdentifierMAC(b.of.Tenant, "eve@example.test") || mac == b.IdentifierMAC(other, "ada@example.test") {
		t.Error("another name or tenant has the same digest")
	}
}

// AUD-011: an attempt for an unknown name has the digest and no subject.
func TestLoginAttempt_for_an_unknown_name_has_no_subject(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ev := LoginAttempt{
		Outcome: Failure, Method: "password", FirstFactor: "password", Reason: ReasonUnknownUser,
		IdentifierMAC: b.IdentifierMAC(b.of.Tenant, "nobody@example.test"),
	}
	e := b.entry(t, t.Context(), Of{Tenant: b.of.Tenant}, ev)
	if e.Subject != (Party{}) || e.Handle != [16]byte{} || e.Data[1] != (Datum{"identifier_mac", ev.IdentifierMAC}) {
		t.Errorf("%+v", e)
	}
	if _, err := b.Row(t.Context(), b.of, ev); !errors.Is(err, ErrBadField) {
		t.Errorf("with a subject: %v", err)
	}
}

// AUD-007
func TestContext_is_cut_and_cleaned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, tc := range map[string]struct{ in, want string }{
		"plain":         {testAgent, testAgent},
		"control":       {"a\x00b\r\nSet-Cookie: x\x1b[31m\u0085", "abSet-Cookie: x[31m"},
		"bidi":          {"a\u202ecba\u2028x", "acbax"},
		"invalid UTF-8": {"a\xffb", "a\ufffdb"},
		"at the limit":  {strings.Repeat("x", MaxUserAgent), strings.Repeat("x", MaxUserAgent)},
		"long":          {strings.Repeat("x", 1<<20), strings.Repeat("x", MaxUserAgent)},
		"cut in a rune": {strings.Repeat("x", MaxUserAgent-1) + "é", strings.Repeat("x", MaxUserAgent-1)},
		"empty":         {"", ""},
		"only controls": {"\x00\x01", ""},
	} {
		e := b.entry(t, With(t.Context(), Context{UserAgent: tc.in}), b.of, failedCode())
		if e.Client.UserAgent != tc.want || !utf8.ValidString(e.Client.UserAgent) || len(e.Client.UserAgent) > MaxUserAgent {
			t.Errorf("%s: %q", name, e.Client.UserAgent)
		}
	}
	for id, keep := range map[string]bool{
		"a": true, "A-z_0.9": true, strings.Repeat("x", 128): true,
		"": false, strings.Repeat("x", 129): false, "a b": false, "a\n": false, "é": false, "a/b": false, `a"`: false,
	} {
		e := b.entry(t, With(t.Context(), Context{RequestID: id}), b.of, failedCode())
		if want := map[bool]string{true: id}[keep]; e.RequestID != want {
			t.Errorf("request id %q became %q", id, e.RequestID)
		}
	}
}

// AUD-007: the prefix is /24 or /48 of the address that clientip found.
func TestContext_reduces_the_address(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for remote, want := range map[string]string{
		"192.0.2.17:1":              "192.0.2.0/24",
		"[2001:db8:1:2:3:4:5:6]:1":  "2001:db8:1::/48",
		"[::ffff:198.51.100.200]:1": "198.51.100.0/24",
	} {
		e := b.entry(t, request(t, remote), b.of, failedCode())
		if e.Client.Prefix.String() != want || !e.Client.Prefix.Contains(e.Client.IP) {
			t.Errorf("%s: %+v", remote, e.Client)
		}
	}
	if e := b.entry(t, request(t, "@"), b.of, failedCode()); e.Client.IP != (netip.Addr{}) || e.Client.Source != "" {
		t.Errorf("without an address: %+v", e.Client)
	}
}

// AUD-006, AUD-007: without a Context of its own a request still has the address
// that clientip found, and a header is never believed.
func TestFrom_falls_back_to_clientip(t *testing.T) {
	t.Parallel()
	b := setup(t)
	res, err := clientip.New(clientip.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var e Entry
	h := res.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		e = b.entry(t, r.Context(), b.of, failedCode())
	}))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.RemoteAddr = "203.0.113.9:80"
	req.Header.Set("X-Forwarded-For", "198.51.100.1")
	h.ServeHTTP(nil, req)
	if e.Client.IP.String() != "203.0.113.9" {
		t.Errorf("client %+v", e.Client)
	}
}

// AUD-006: a chain that knows the request anyway hands it over when asked.
func TestConfig_Context_replaces_With(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l, err := New(Config{
		Clock: b.clock, Entropy: b.cfg.Entropy, Keys: testRing(t),
		Context: func(context.Context) Context { return Context{RequestID: "from-the-chain", Session: testSession} },
	})
	if err != nil {
		t.Fatal(err)
	}
	other := bench{Log: l, clock: b.clock}
	e := other.entry(t, t.Context(), b.of, failedCode())
	if e.RequestID != "from-the-chain" || e.SessionRef != l.SessionRef(testSession) || e.Node != "local" {
		t.Errorf("%+v", e)
	}
	of := b.of
	of.Session = id16[identity.SessionID](7)
	if e := other.entry(t, t.Context(), of, failedCode()); e.SessionRef != l.SessionRef(of.Session) {
		t.Errorf("Of.Session yields %s", e.SessionRef)
	}
}

func TestNew_names_the_wrong_field(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := b.cfg
	cookie, err := seal.NewRing(seal.Cookie, seal.GenerateKey(b.cfg.Entropy, t0))
	if err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*Config){
		"Clock":   func(c *Config) { c.Clock = nil },
		"Entropy": func(c *Config) { c.Entropy = nil },
		"Keys":    func(c *Config) { c.Keys = cookie },
		"Node":    func(c *Config) { c.Node = "two words" },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "Config."+field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}

func TestRow_keeps_the_order_of_one_moment(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var last store.Row
	for i := range 100 {
		row, err := b.Row(t.Context(), b.of, failedCode())
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 && !row.At.After(last.At) {
			t.Fatalf("event %d is not later than the one before", i)
		}
		last = row
	}
}
