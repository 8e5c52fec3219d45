package clientcert

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/url"
	"strings"
)

// Form is how a proxy writes the certificate into a request.
type Form uint8

// The forms. The zero one is no proxy: what counts is the connection itself.
const (
	// Connection is that of the request.
	Connection Form = iota
	// RFC9440 is Client-Cert and Client-Cert-Chain, one structured field each.
	RFC9440
	// Nginx is $ssl_client_escaped_cert, the certificate alone as escaped PEM, in the
	// field X-Ssl-Client-Cert: proxy_set_header X-Ssl-Client-Cert $ssl_client_escaped_cert.
	Nginx
	// ALB is X-Amzn-Mtls-Clientcert, the chain as escaped PEM, as the load balancer of AWS
	// writes it in its mode "pass through".
	ALB
	// Envoy is X-Forwarded-Client-Cert with one element and its Cert, and Chain if there
	// is one. An element with names and no Cert shows nothing.
	Envoy

	forms
)

// String returns the name in lower case.
func (f Form) String() string {
	switch f {
	case Connection:
		return "connection"
	case RFC9440:
		return "rfc9440"
	case Nginx:
		return "nginx"
	case ALB:
		return "alb"
	case Envoy:
		return "envoy"
	case forms:
	}
	return "invalid"
}

var (
	errTooLarge  = errors.New("clientcert: more certificates than a chain has")
	errMalformed = errors.New("clientcert: the field holds no certificate that can be read")
	errRepeated  = errors.New("clientcert: the field is there twice")
)

// fields of a form, the certificate's own first.
func (f Form) fields() []string {
	switch f {
	case RFC9440:
		return []string{"Client-Cert", "Client-Cert-Chain"}
	case Nginx:
		return []string{"X-Ssl-Client-Cert"}
	case ALB:
		return []string{"X-Amzn-Mtls-Clientcert"}
	case Envoy:
		return []string{"X-Forwarded-Client-Cert"}
	case Connection, forms:
	}
	return nil
}

// parse reads the value of the certificate's field, and of the chain's; "" for no field.
func (f Form) parse(value, chain string) ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	var err error
	switch {
	case len(value)+len(chain) > 2*MaxBytes:
		return nil, errTooLarge
	case f == RFC9440:
		list, err = parseStructured(value, chain)
	case f == Envoy:
		list, err = parseElement(value)
	default:
		list, err = parseEscaped(value)
	}
	if err != nil {
		return nil, err
	}
	return list, bounded(list)
}

// parseStructured reads RFC 9440 §2: an item, and a list, of byte sequences without
// parameters.
func parseStructured(value, chain string) ([]*x509.Certificate, error) {
	if value == "" {
		if chain != "" {
			return nil, errMalformed
		}
		return nil, nil
	}
	items := []string{value}
	if chain != "" {
		items = append(items, strings.SplitN(chain, ",", MaxChain+1)...)
	}
	var out []*x509.Certificate
	for _, item := range items {
		item = strings.Trim(item, " \t")
		if len(item) < 2 || item[0] != ':' || item[len(item)-1] != ':' {
			return nil, errMalformed
		}
		der, err := base64.StdEncoding.Strict().DecodeString(item[1 : len(item)-1])
		if err != nil || strings.ContainsAny(item, "\r\n") {
			return nil, errMalformed
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, errMalformed
		}
		out = append(out, c)
	}
	return out, nil
}

// parseEscaped reads PEM blocks under percent-encoding. A plus is a plus: base64 has it.
func parseEscaped(value string) ([]*x509.Certificate, error) {
	if value == "" {
		return nil, nil
	}
	text, err := url.PathUnescape(value)
	if err != nil {
		return nil, errMalformed
	}
	var out []*x509.Certificate
	for rest := []byte(text); len(strings.TrimSpace(string(rest))) > 0; {
		if !strings.HasPrefix(strings.TrimSpace(string(rest)), "-----BEGIN CERTIFICATE-----") {
			return nil, errMalformed
		}
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil || block.Type != "CERTIFICATE" || len(block.Headers) > 0 || len(out) == MaxChain {
			return nil, errMalformed
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errMalformed
		}
		out = append(out, c)
	}
	return out, nil
}

// parseElement reads an element of X-Forwarded-Client-Cert: key=value;key="value". Chain,
// as Envoy writes it, begins with the certificate itself.
func parseElement(value string) ([]*x509.Certificate, error) {
	var cert, chain string
	for rest := value; rest != ""; {
		key, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, errMalformed
		}
		v, left, err := elementValue(after)
		if err != nil {
			return nil, err
		}
		rest = left
		switch strings.ToLower(strings.Trim(key, " \t")) {
		case "cert":
			if cert != "" {
				return nil, errRepeated
			}
			cert = v
		case "chain":
			if chain != "" {
				return nil, errRepeated
			}
			chain = v
		}
	}
	leaf, err := parseEscaped(cert)
	if err != nil || len(leaf) > 1 {
		return nil, errMalformed
	}
	if len(leaf) == 0 || chain == "" {
		return leaf, nil
	}
	all, err := parseEscaped(chain)
	if err != nil || len(all) == 0 || !all[0].Equal(leaf[0]) {
		return nil, errMalformed
	}
	return all, nil
}

// elementValue reads a value up to the semicolon behind it. A comma outside of quotes
// begins another element: another proxy has been here, and which of the two is the
// client's nobody can tell (WKL-070).
func elementValue(s string) (value, rest string, err error) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, `;,"`)
		switch {
		case end < 0:
			return s, "", nil
		case s[end] != ';':
			return "", "", errMalformed
		}
		return s[:end], s[end+1:], nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case '\\':
			if i++; i == len(s) {
				return "", "", errMalformed
			}
			b.WriteByte(s[i])
		case '"':
			switch rest = s[i+1:]; {
			case rest == "":
				return b.String(), "", nil
			case rest[0] == ';':
				return b.String(), rest[1:], nil
			}
			return "", "", errMalformed
		default:
			b.WriteByte(c)
		}
	}
	return "", "", errMalformed
}
