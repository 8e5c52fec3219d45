package identity

import "time"

// MaxLinks is how many links one user may have.
const MaxLinks = 16

// Link is the stored row that ties an account to what an issuer calls somebody. Of
// one tenant an issuer's subject belongs to one account (AUN-150, AUN-I16). The row
// is authentic only with its MAC, which package authn makes and checks.
type Link struct {
	Tenant TenantID
	User   UserID
	Issuer string // 1 to 255 bytes of visible ASCII
	// External is what the issuer calls the person; the same form.
	External string
	At       time.Time
	By       UserID
	MAC      [32]byte // covers every field above
}

// Subject is whose link it is.
func (l Link) Subject() Subject { return Subject{l.Tenant, l.User} }

// CheckLink refuses an issuer or an external subject that is empty, over 255 bytes
// or not visible ASCII. Error: [*InvalidError].
func CheckLink(issuer, external string) error {
	if rule := checkExternal(issuer); rule != "" {
		return &InvalidError{Field: "issuer", Rule: rule}
	}
	if rule := checkExternal(external); rule != "" {
		return &InvalidError{Field: "external", Rule: rule}
	}
	return nil
}
