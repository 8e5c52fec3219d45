package session

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
)

// SES-240, SES-241: planted secrets are in no log line, error, metric, event or
// stored row, however the request goes.
func TestSecrets_leak_nowhere(t *testing.T) {
	t.Parallel()
	const custom, ceremony = "planted-custom-value", "planted-ceremony-value"
	g := newRig(t, func(c *Config) { c.Limit.Max = 1 })
	var cookies, errs []string
	seen := func(b *browser) {
		if b.cookie != "" {
			_, v, _ := strings.Cut(b.cookie, "=")
			cookies = append(cookies, v)
		}
	}
	note := func(err error) {
		if err != nil {
			errs = append(errs, fmt.Sprintf("%v %+v %#v", err, err, err))
		}
	}
	b := g.in()
	seen(b)
	for _, verbs := range [][]string{nil, {"update"}, {"rotate"}, {"load"}, {"delete"}, {"touch"}, {"sessions"}, {"append"}} {
		g.fake.Advance(16 * time.Minute)
		g.db.down(verbs...)
		b.with(func(r *http.Request, s *Session) {
			note(NewKey[string]("k").Set(s, custom+fmt.Sprint(verbs)))
			note(s.PutCeremony(r.Context(), "kind", time.Time{}, []byte(ceremony)))
			note(s.Commit(r.Context()))
			note(s.Rotate(r.Context()))
			g.log.InfoContext(r.Context(), "as an application might", "session", s.View(), "detached", s.Detach(), "ctx", fmt.Sprint(r.Context()))
			errs = append(errs, fmt.Sprintf("%v %+v %#v", s.View(), s.Detach(), s.cur.id))
		})
		seen(b)
		_, err := g.Sessions(t.Context(), g.subj, Ref{}, 10)
		note(err)
		g.db.up()
	}
	b.with(func(r *http.Request, s *Session) {
		_, err := NewKey[int]("k").Consume(r.Context(), s) // decodes as another type
		note(err)
	})
	second := g.in() // evicts b
	seen(second)
	g.db.edit(second.ref(), func(r *Record) { r.Sealed = append([]byte(nil), r.Sealed...); r.Sealed[50] ^= 1 })
	second.state()
	second.cookie = second.cookie[:len(second.cookie)-1] + "A"
	second.state()

	var dump strings.Builder
	dump.WriteString(g.logs.String())
	dump.WriteString(strings.Join(errs, "\n"))
	dump.WriteString(strings.Join(g.rec.Series(), "\n"))
	for _, e := range g.event {
		fmt.Fprintf(&dump, "%+v", e)
	}
	for _, r := range g.db.list() {
		fmt.Fprintf(&dump, "%+v %x %s", r, r.Sealed, r.Sealed)
	}
	text := strings.ToLower(dump.String())
	secrets := []string{custom, ceremony, "mozilla", "planted"}
	for _, c := range cookies {
		raw, err := base64.RawURLEncoding.DecodeString(c)
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, c, hex.EncodeToString(raw[6:22]), fmt.Sprint(raw[6:22]), base64.StdEncoding.EncodeToString(raw[6:22]), string(raw[6:22]))
	}
	for _, k := range append(g.keys.Cookie.Keys(), g.keys.Session.Keys()...) {
		secrets = append(secrets, hex.EncodeToString(k.Master.Reveal()), string(k.Master.Reveal()))
	}
	if len(cookies) < 4 || len(errs) < 8 || len(g.event) == 0 {
		t.Fatalf("too little happened: %d cookies, %d errors, %d events", len(cookies), len(errs), len(g.event))
	}
	for _, s := range secrets {
		if strings.Contains(text, strings.ToLower(s)) {
			t.Errorf("found %q", s)
		}
	}
	if v := g.rec.Violations(); len(v) != 0 {
		t.Errorf("labels that are no names: %v", v) // SES-242
	}
}

// SES-241: an id prints as nothing, in any way.
func TestSecretID_is_redacted(t *testing.T) {
	t.Parallel()
	id := secretID{0xde, 0xad, 0xbe, 0xef, 1, 2, 3}
	type inside struct {
		ID  secretID
		Ptr *secretID
	}
	j, err := json.Marshal(map[string]any{"id": id, "in": inside{id, &id}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		fmt.Sprint(id), fmt.Sprintf("%x", id), fmt.Sprintf("%d", id), fmt.Sprintf("%s %q %#v %+v", id, id, id, id),
		fmt.Sprintf("%v %+v %#v", inside{id, nil}, inside{id, nil}, inside{id, nil}), string(j), id.LogValue().String(),
	} {
		low := strings.ToLower(s)
		if strings.Contains(low, "dead") || strings.Contains(low, "222") || strings.Contains(low, "0xde") || !strings.Contains(s, redacted) {
			t.Error(s)
		}
	}
}

// SES-158: there is no way to hand the manager a body that is not sealed, and
// none to build it without sealing keys.
func TestManager_has_no_plain_form(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.in()
	for _, r := range g.db.list() {
		if len(r.Sealed) < seal.Overhead || r.Sealed[0] != 1 || strings.Contains(string(r.Sealed), "Somebody") {
			t.Fatal("not sealed")
		}
	}
	_, err := New(Config{Store: g.db, Clock: g.fake, Entropy: g.src})
	if err == nil {
		t.Fatal("made without keys")
	}
	_ = b
}

// SES-004, decisions §7: a decoy's flow is stored like any other: the rows of
// both tell nothing apart.
func TestDecoy_flows_look_alike_in_the_store(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	var calls [2]string
	for i, decoy := range []bool{false, true} {
		g.db.reset()
		flow := g.flow(identity.Subject{Tenant: g.subj.Tenant, User: identity.NewUserID(g.src)})
		flow.Decoy = decoy
		b := g.browser()
		b.must(machine.Begin{Flow: flow})
		calls[i] = fmt.Sprint(g.db.calls)
	}
	recs := g.db.list()
	if calls[0] != calls[1] || len(recs) != 2 || len(recs[0].Sealed) != len(recs[1].Sealed) {
		t.Fatal(calls)
	}
	for i := range recs {
		r := &recs[i]
		r.Ref, r.Sealed = Ref{}, nil
	}
	if fmt.Sprintf("%+v", recs[0]) != fmt.Sprintf("%+v", recs[1]) {
		t.Fatal(errors.New("headers differ"))
	}
}
