package session

import (
	"errors"
	"fmt"
)

// Binding ties sessions to one trait of the browser that they began in. What is
// kept is a MAC of the trait under a salt of the session's own, inside the sealed
// body; only a browser's major version lies there as it is, because "not lower"
// cannot be asked of a MAC (SES-175, SES-176).
type Binding struct {
	Component Component
	// Action is what a request meets that shows another trait, or none where one is
	// bound (SES-179). Zero is the component's default: Reject for the browser and
	// the certificate, Observe for network and language.
	Action BindingAction
}

// String is component and action, as in "user_agent reject".
func (b Binding) String() string { return b.Component.String() + " " + b.Action.String() }

// Component is a trait that sessions can be bound to, with its tolerance.
type Component uint8

// The components; the zero one is invalid. Their numbers are stored.
const (
	// BindUserAgent binds to family and platform of the browser, as the User-Agent
	// header says; the major version may rise, since browsers update themselves, but
	// not fall below that of the login. A header of no known family, or of more than
	// 1 KiB, is bound as a whole. It is a header that anybody can copy who knows it:
	// this stops a cookie that was taken alone, not the one who took it with its
	// headers.
	BindUserAgent Component = iota + 1
	// BindUserAgentExact binds to the header as a whole: a browser that has updated
	// itself signs in again.
	BindUserAgentExact
	// BindIPPrefix binds to the /24 of an IPv4 address, the /64 of an IPv6 one, as
	// Config.ClientIP finds it. People move between networks: to reject for it signs
	// phones out all day.
	BindIPPrefix
	// BindClientKey binds to the public key of the TLS client certificate (SHA-256 of
	// SubjectPublicKeyInfo). A renewed certificate of the same key is the same: take
	// this one unless a profile demands the other.
	BindClientKey
	// BindClientCert binds to the TLS client certificate as a whole (x5t#S256, RFC
	// 8705 §3.1): whoever renews it signs in again.
	BindClientCert
	// BindLanguage binds to the primary subtag of the first language in
	// Accept-Language.
	BindLanguage

	// bindProof binds to the certificate that a factor was proved with, as
	// BindClientCert does. No configuration has it or takes it away:
	// [Commit.Certificate].
	bindProof

	components = bindProof
)

// String returns the name in lower case.
func (c Component) String() string {
	switch c {
	case BindUserAgent:
		return "user_agent"
	case BindUserAgentExact:
		return "user_agent_exact"
	case BindIPPrefix:
		return "ip_prefix"
	case BindClientKey:
		return "client_key"
	case BindClientCert:
		return "client_cert"
	case bindProof:
		return "client_proof"
	case BindLanguage:
		return "language"
	}
	return "invalid"
}

// trait is what a component looks at. A session is bound to a trait once, in the
// form of one component; a configuration that has changed to the other form judges
// sessions that exist by the form that they were bound in.
type trait uint8

const (
	traitAgent trait = iota
	traitNetwork
	traitTLS
	traitLanguage
	traitProof
	traits
)

func (c Component) trait() trait {
	switch c {
	case BindUserAgent, BindUserAgentExact:
		return traitAgent
	case BindIPPrefix:
		return traitNetwork
	case BindClientKey, BindClientCert:
		return traitTLS
	case BindLanguage:
		return traitLanguage
	case bindProof:
		return traitProof
	}
	return traits
}

// word names a trait in metrics, logs and events (AUD-020).
func (t trait) word() string { return [...]string{"ua", "ip", "tls", "lang", "tls"}[t] }

// BindingAction is what a request meets that does not show the bound trait. A later
// one is the stronger one: of several mismatches the strongest decides, and each is
// reported.
type BindingAction uint8

// The actions (SES-180).
const (
	// Observe counts and reports, and lets the request through.
	Observe BindingAction = iota + 1
	// Challenge keeps the login and has guards refuse it until a factor was proved
	// again, after which the session is bound to the new trait. Where there is no
	// login to prove anything for, it is Reject.
	Challenge
	// Reject makes the request a guest's. Record and cookie stay as they are: whoever
	// shows the wrong trait cannot end the session of the one who shows the right one.
	Reject
	// Revoke ends the session. Whoever has the cookie can then end it by showing
	// another trait.
	Revoke
)

// String returns the name in lower case.
func (a BindingAction) String() string {
	switch a {
	case Observe:
		return "observe"
	case Challenge:
		return "challenge"
	case Reject:
		return "reject"
	case Revoke:
		return "revoke"
	}
	return "invalid"
}

// DefaultBindings is what sessions are bound to unless a configuration says
// otherwise: the browser, and a request from another is a guest's.
func DefaultBindings() []Binding { return []Binding{{BindUserAgent, Reject}} }

// CompleteBindings checks a list and fills in the default actions; an empty list is
// [DefaultBindings]. The error names the entry that is wrong. IPPrefix without a way
// to know addresses is [New]'s to refuse.
func CompleteBindings(list []Binding) ([]Binding, error) {
	if len(list) == 0 {
		return DefaultBindings(), nil
	}
	var seen [traits]bool
	done := make([]Binding, len(list))
	for i, b := range list {
		if b.Component == 0 || b.Component >= bindProof {
			return nil, fmt.Errorf("%d: no such component", i)
		}
		if b.Action > Revoke {
			return nil, fmt.Errorf("%d: no such action", i)
		}
		t := b.Component.trait()
		if seen[t] {
			return nil, fmt.Errorf("%d: %s: a second binding to the same trait", i, b.Component)
		}
		seen[t] = true
		if b.Action == 0 {
			b.Action = Reject
			if t == traitNetwork || t == traitLanguage {
				b.Action = Observe
			}
		}
		done[i] = b
	}
	return done, nil
}

// errNoClientIP is SES-181: an address that nobody has checked is what a caller
// writes into a header.
var errNoClientIP = errors.New("missing, the binding to a network needs it")

// completeBindings settles the three fields together.
func (c *Config) completeBindings() error {
	if c.WithoutBinding != "" {
		if len(c.Bindings) > 0 {
			return wrong("WithoutBinding", "contradicts Bindings")
		}
		return nil
	}
	list, err := CompleteBindings(c.Bindings)
	if err != nil {
		return wrong("Bindings", "%w", err)
	}
	for _, b := range list {
		if b.Component == BindIPPrefix && c.ClientIP == nil {
			return wrong("ClientIP", "%w", errNoClientIP)
		}
	}
	c.Bindings = list
	return nil
}
