package clientcert

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/axess-go/axess/clock"
)

// ServerConfig says how a listener of our own asks for certificates.
type ServerConfig struct {
	Clock clock.Clock // required
	// Certificates are the listener's own, or GetCertificate finds them; one is required.
	Certificates   []tls.Certificate
	GetCertificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Issuers are the authorities whose certificates a browser is asked for. It is a hint
	// that spares people a question, and decides nothing: nil asks for any.
	Issuers []*x509.Certificate
	// Require ends connections without a certificate. Without it people sign in with one
	// or without.
	Require bool
	// Check, unless nil, ends connections whose certificate it refuses. It is asked in
	// every handshake, resumed ones too.
	Check func(Peer) error
}

// ServerTLS returns the settings of a listener that asks for client certificates: TLS 1.2
// or later, sessions never resumed, and what is checked is checked in VerifyConnection.
// A ticket would carry a certificate past the moment at which it was revoked, and
// VerifyPeerCertificate is not asked when one is used (WKL-060, WKL-061).
//
// The chain is not verified here: which authorities count is the tenant's to say, and
// which tenant is meant the request says.
func ServerTLS(cfg ServerConfig) (*tls.Config, error) {
	if cfg.Clock == nil {
		return nil, errors.New("clientcert: ServerConfig.Clock is missing")
	}
	if len(cfg.Certificates) == 0 && cfg.GetCertificate == nil {
		return nil, errors.New("clientcert: ServerConfig.Certificates is missing")
	}
	out := &tls.Config{
		MinVersion: tls.VersionTLS12, Time: cfg.Clock.Now,
		Certificates: cfg.Certificates, GetCertificate: cfg.GetCertificate,
		NextProtos:             []string{"h2", "http/1.1"},
		ClientAuth:             tls.RequestClientCert,
		SessionTicketsDisabled: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			if err := bounded(state.PeerCertificates); err != nil {
				return err
			}
			p := shown(&state)
			if cfg.Check == nil || p.Leaf() == nil {
				return nil
			}
			if err := cfg.Check(p); err != nil {
				return fmt.Errorf("clientcert: %w", err)
			}
			return nil
		},
	}
	if cfg.Require {
		out.ClientAuth = tls.RequireAnyClientCert
	}
	if cfg.Issuers != nil {
		out.ClientCAs = x509.NewCertPool()
		for _, c := range cfg.Issuers {
			out.ClientCAs.AddCert(c)
		}
	}
	return out, nil
}
