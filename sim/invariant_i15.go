package sim

import (
	"slices"

	"github.com/axess-go/axess/factor"
)

// stepUpSound: a page that asks for a fresh factor is held against when one was really
// given in that browser.
func stepUpSound() invariant {
	return invariant{Invariant: Invariant{
		ID: "I15", Name: "StepUpSound",
		Statement: "What asks for a fresh factor is shown only where the strongest one of the account was proved lately, in this login.",
		Covers:    []string{"AUN-I13", "SES-016", "SES-017"},
	}}
}

// fresh looks at a page that asks for a fresh factor.
func (g *ghost) fresh(l *login, a answer, who string) {
	need := factor.Password
	for _, app := range l.of.apps {
		if app.sure > 0 && app.sure < a.began && app.ended == 0 && !app.maybe {
			need = factor.TOTP
		}
	}
	if !slices.ContainsFunc(l.of.proofs, func(pr *proof) bool {
		return pr.jar == l.jar && (pr.kind == need || need == factor.Password && pr.kind == factor.TOTP) &&
			(pr.open || pr.to+vaultAge+g.w.slack() >= a.at)
	}) {
		g.notice("I15", "%s is shown what asks for %s within %v", who, need, vaultAge)
	}
}
