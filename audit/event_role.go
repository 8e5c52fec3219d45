package audit

import "github.com/axess-go/axess/identity"

// RoleGranted says that an account holds a role from now on.
type RoleGranted struct {
	Outcome Outcome       `audit:"outcome"`
	Role    identity.Role `audit:"role"`
	By      By            `audit:"by"`
}

func (RoleGranted) about() facts {
	return facts{kind: "role_granted", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e RoleGranted) fill(f *fields) { fillRole(f, e.Outcome, e.Role, e.By) }

// RoleRevoked says that an account no longer holds a role.
type RoleRevoked struct {
	Outcome Outcome       `audit:"outcome"`
	Role    identity.Role `audit:"role"`
	By      By            `audit:"by"`
}

func (RoleRevoked) about() facts {
	return facts{kind: "role_revoked", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e RoleRevoked) fill(f *fields) { fillRole(f, e.Outcome, e.Role, e.By) }

func fillRole(f *fields, o Outcome, r identity.Role, by By) {
	f.outcome(o)
	f.text("role", string(r), isName)
	closed(f, "by", by, BySelf, ByAdmin, BySystem)
}

// RoleRefused says that a stored role does not count, because its row is not one
// that the program has written.
type RoleRefused struct {
	Role   identity.Role `audit:"role"`
	Reason Reason        `audit:"reason"`
}

func (RoleRefused) about() facts {
	return facts{kind: "role_refused", class: Critical, outcomes: anyOf(Suspicious), subject: true}
}

func (e RoleRefused) fill(f *fields) {
	f.outcome(Suspicious)
	f.text("role", string(e.Role), isName)
	f.reason(e.Reason, ReasonIntegrity)
}
