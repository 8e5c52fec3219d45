package audit

import "strings"

// IdentityLinked says that what an issuer calls somebody leads to an account from
// now on: its owner has said so, or it was made or found for them by what the issuer
// has verified.
type IdentityLinked struct {
	Outcome Outcome `audit:"outcome"`
	// Issuer is who vouches for them.
	Issuer string `audit:"issuer"`
	By     By     `audit:"by"`
}

func (IdentityLinked) about() facts {
	return facts{kind: "identity_linked", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e IdentityLinked) fill(f *fields) {
	f.outcome(e.Outcome)
	f.text("issuer", e.Issuer, isIssuer)
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
}

// IdentityUnlinked says that it does not lead there any more.
type IdentityUnlinked struct {
	Outcome Outcome `audit:"outcome"`
	Issuer  string  `audit:"issuer"`
	By      By      `audit:"by"`
}

func (IdentityUnlinked) about() facts {
	return facts{kind: "identity_unlinked", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e IdentityUnlinked) fill(f *fields) {
	f.outcome(e.Outcome)
	f.text("issuer", e.Issuer, isIssuer)
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
}

// ProvisionRefused says that somebody whom an issuer has verified was not let in to
// an account, made one or linked to one; the person is told only that it did not
// work. Suspicious is a link that this program has not written.
type ProvisionRefused struct {
	Outcome Outcome `audit:"outcome"`
	// Issuer is left out when the tenant takes nobody's word of that name.
	Issuer string `audit:"issuer,optional"`
	// IdentifierMAC comes from [Log.IdentifierMAC] of issuer and subject.
	IdentifierMAC string `audit:"identifier_mac"`
	Reason        Reason `audit:"reason"`
}

func (ProvisionRefused) about() facts {
	return facts{kind: "provision_refused", class: Normal, outcomes: anyOf(Failure, Suspicious)}
}

func (e ProvisionRefused) fill(f *fields) {
	f.outcome(e.Outcome)
	f.optionalText("issuer", e.Issuer, isIssuer)
	f.text("identifier_mac", e.IdentifierMAC, isIdentifierMAC)
	f.reason(e.Reason, ReasonBadInput, ReasonTenantInactive, ReasonNetwork, ReasonUnlinked, ReasonDomain, ReasonNotActive,
		ReasonExists, ReasonLimit, ReasonIntegrity, ReasonAudience, ReasonBinding, ReasonCrossTenant, ReasonExpired, ReasonIssuer,
		ReasonLifetime, ReasonMalformed, ReasonMismatch, ReasonMissing, ReasonReplay, ReasonSignature, ReasonTokenClass)
}

// isIssuer reports the form in which an event names an issuer: 1 to 255 bytes of
// visible ASCII, and no address of somebody.
func isIssuer(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= 255 && !strings.Contains(s, "@")
}
