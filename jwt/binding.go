package jwt

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"

	"github.com/axess-go/axess/internal/strictjson"
)

// boundTo reports whether a confirmation names the certificate of peer and nothing
// else: what cannot be checked is not passed over (WKL-025).
func boundTo(confirmation []byte, peer *x509.Certificate) bool {
	if peer == nil || len(confirmation) == 0 || confirmation[0] != '{' {
		return false
	}
	sum := sha256.Sum256(peer.Raw)
	matched := false
	for name, value := range strictjson.Members(confirmation) {
		text, ok := strictjson.String(value)
		if string(name) != "x5t#S256" || !ok {
			return false
		}
		named, err := decode(nil, text)
		matched = err == nil && subtle.ConstantTimeCompare(named, sum[:]) == 1
	}
	return matched
}
