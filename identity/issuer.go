package identity

import "fmt"

// Issuer says by which kind of credential a workload was recognised, in its wire
// form. It is one of the constants or made by [CustomIssuer].
type Issuer string

// The issuers that axess itself knows (PRN-011).
const (
	IssuerCLI     Issuer = "cli"
	IssuerJWTSVID Issuer = "jwt_svid"
	IssuerMTLS    Issuer = "mtls"
	IssuerOAuth   Issuer = "oauth"
)

// CustomIssuer is an application's own kind of credential: [a-z0-9_]{1,32}. The
// words of the built-in issuers are refused: in a log a token could otherwise
// not be told from a certificate. Error: [ErrPrincipalInvalid].
func CustomIssuer(label string) (Issuer, error) {
	i := Issuer(label)
	if i.builtin() {
		return "", fmt.Errorf("%w: issuer label is that of a built-in one", ErrPrincipalInvalid)
	}
	return i, i.check()
}

func (i Issuer) builtin() bool {
	switch i {
	case IssuerCLI, IssuerJWTSVID, IssuerMTLS, IssuerOAuth:
		return true
	}
	return false
}

// check is [a-z0-9_]{1,32}, which the built-in ones satisfy too.
func (i Issuer) check() error {
	if len(i) < 1 || len(i) > 32 {
		return fmt.Errorf("%w: issuer is not 1 to 32 bytes", ErrPrincipalInvalid)
	}
	for n := range len(i) {
		if c := i[n]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return fmt.Errorf("%w: character of the issuer", ErrPrincipalInvalid)
		}
	}
	return nil
}
