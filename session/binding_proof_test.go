package session

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/middleware/clientcert"
)

func showing(raw string) func(*http.Request) {
	return func(r *http.Request) {
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte(raw), RawSubjectPublicKeyInfo: []byte("one key")}}}
	}
}

// What was proved with a certificate is good with that very certificate only, whatever a
// configuration binds to: through every later move, at a step-up with it, and until
// somebody else signs in there.
// FAC-115, SES-175, SES-178, SES-179
func TestBinding_to_the_certificate_of_a_factor(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"as it is":        func(*Config) {},
		"to nothing":      func(c *Config) { c.WithoutBinding = "a test" },
		"to the key, too": bindings(Binding{Component: BindClientKey}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, change)
			b := g.browser()
			b.dress = showing("ada")
			bound := func(what, own string) {
				t.Helper()
				for raw, dress := range map[string]func(*http.Request){"ada": showing("ada"), "eve": showing("eve"), "none": func(*http.Request) {}} {
					other := *b
					other.dress = dress
					if in := other.state() != (Guest{}); in != (raw == own) {
						t.Errorf("%s, %s: in %v", what, raw, in)
					}
				}
			}
			b.must(machine.Begin{Flow: g.flow(g.subj)})
			b.must(machine.Pass{Evidence: g.evidence("password")}, Commit{Certificate: true})
			bound("a step passed", "ada")
			g.complete(b)
			bound("signed in", "ada")
			b.must(machine.Regenerate{})
			bound("a new id", "ada")
			b.must(g.as(g.colleague()))
			bound("acting", "ada")
			b.must(machine.StopImpersonating{})
			bound("back", "ada")
			b.must(machine.StartWorkflow{Flow: machine.WorkflowData{Subject: g.subj, Kind: "terms", Total: 1, Deadline: g.now().Add(time.Hour), Then: machine.ThenAuthenticated}})
			bound("workflow", "ada")
			if g.mismatches(traitTLS, Reject) == 0 || g.rec.Counted(metricBinding, metric.L(metric.Component, "tls"), metric.L(metric.Action, Observe.String())) != 0 {
				t.Error("not counted as rejections")
			}

			// A session that began without one, and proves with it later.
			b = g.in()
			b.dress = showing("ada")
			b.must(machine.Regenerate{}, Commit{Certificate: true})
			bound("proved later", "ada")
		})
	}
}

// A certificate that is out of its time, or revoked, is none: there is nothing to bind
// to, and who is bound to it is a guest.
// FAC-115
func TestBinding_to_a_certificate_that_has_lapsed(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	lapsed := func(err error) func(*http.Request) {
		return func(r *http.Request) {
			*r = *r.WithContext(clientcert.With(r.Context(), clientcert.Peer{Chain: []*x509.Certificate{{Raw: []byte("ada")}}, Lapsed: err}))
		}
	}
	b := g.in()
	if err := b.move(machine.Regenerate{}, Commit{Certificate: true}); !errors.Is(err, errNoCertificate) {
		t.Errorf("without one: %v", err)
	}
	b.dress = lapsed(errors.New("revoked"))
	if err := b.move(machine.Regenerate{}, Commit{Certificate: true}); !errors.Is(err, errNoCertificate) {
		t.Errorf("revoked: %v", err)
	}
	b.dress = lapsed(nil)
	b.must(machine.Regenerate{}, Commit{Certificate: true})
	if !IsAuthenticated(b.state()) {
		t.Error("not signed in")
	}
	b.dress = lapsed(errors.New("revoked"))
	if b.state() != (Guest{}) {
		t.Error("signed in with a revoked certificate")
	}
}
