package authn_test

import (
	"context"
	"testing"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/session"
)

func signsUp(r *rig) act {
	return func(ctx context.Context, s *session.Session) error {
		_, err := r.accounts.BeginSignup(ctx, s, authn.NewUser{Email: ada, DisplayName: "Somebody", Password: secret(goodPassword)})
		return err
	}
}

func views(r *rig, link string) act {
	return func(ctx context.Context, s *session.Session) error {
		_, err := r.accounts.ViewLink(ctx, s, link)
		return err
	}
}

func confirms(r *rig, link, password string) act {
	return func(ctx context.Context, s *session.Session) error {
		_, err := r.accounts.ConfirmSignup(ctx, s, link, secret(password))
		return err
	}
}

func completesSignup(r *rig, link, typed string) act {
	return func(ctx context.Context, s *session.Session) error {
		return want[authn.Completed](r.accounts.CompleteSignup(ctx, s, link, code(typed)))
	}
}

// AUN-002, AUN-122, AUN-123, AUN-124: whatever a store answers at whatever call of
// a sign-up, it is told, and nobody is signed in by half.
func TestSignup_and_every_fault(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]deed{
		"new": {
			calls: "TenantByID AccountByIdentifier Reserve/3 Reserve/3#2 Commit/1 Apply/7 Epochs Create/0",
			after: "ada candidate/1",
			differs: map[string]string{
				"TenantByID":          "closed if gone; superseded and ada candidate/1 if ended",
				"AccountByIdentifier": "done and ada candidate/1 if gone; done if corrupt; superseded and ada candidate/1 if ended",
				"Reserve/3":           "superseded and ada candidate/1 if ended",
				"Reserve/3#2":         "superseded and ada candidate/1 if ended",
				"Commit/1":            "superseded and ada candidate/1 if ended",
				"Apply/7":             "done and ada candidate/1 if conflict exists gone; superseded and ada candidate/1 if ended",
				"Epochs":              "done and ada candidate/1 if ended; told and ada candidate/1 if canceled conflict corrupt exists gone plug",
				"Create/0":            "done and ada candidate/1 if canceled ended; superseded and ada candidate/1 if conflict gone; told and ada candidate/1 if corrupt exists plug",
			},
			prepare: func(r *rig) (*browser, act) { return r.browser(), signsUp(r) }},
		"waiting": {
			calls: "TenantByID AccountByIdentifier Reserve/3 Reserve/3#2 Commit/1 Apply/7 Epochs Create/0",
			after: "ada candidate/1",
			differs: map[string]string{
				"TenantByID":          "closed if gone; superseded if ended",
				"AccountByIdentifier": "done if corrupt gone; superseded if ended",
				"Reserve/3":           "superseded if ended",
				"Reserve/3#2":         "superseded if ended",
				"Commit/1":            "superseded if ended",
				"Apply/7":             "done if conflict exists gone; superseded if ended",
				"Epochs":              "done if ended",
				"Create/0":            "done if canceled ended; superseded if conflict gone",
			},
			prepare: func(r *rig) (*browser, act) {
				r.browser().asks(ada, mallorys)
				return r.browser(), signsUp(r)
			}},
		"taken": {
			calls: "TenantByID AccountByIdentifier Reserve/3 Reserve/3#2 Commit/1 Apply/7 Epochs Create/0",
			after: "ada active/1",
			differs: map[string]string{
				"TenantByID":          "closed if gone; superseded if ended",
				"AccountByIdentifier": "done if corrupt gone; superseded if ended",
				"Reserve/3":           "superseded if ended",
				"Reserve/3#2":         "superseded if ended",
				"Commit/1":            "superseded if ended",
				"Apply/7":             "done if conflict exists gone; superseded if ended",
				"Epochs":              "done if ended",
				"Create/0":            "done if canceled ended; superseded if conflict gone",
			},
			prepare: func(r *rig) (*browser, act) {
				r.person(ada)
				return r.browser(), signsUp(r)
			}},
		"look elsewhere": {
			calls: "TokenBySelector",
			after: "ada candidate/1",
			differs: map[string]string{
				"TokenBySelector": "done if ended; link if gone",
			},
			prepare: func(r *rig) (*browser, act) {
				return r.browser(), views(r, r.browser().asks(ada, goodPassword))
			}},
		"look here": {
			calls: "TokenBySelector",
			after: "ada candidate/1",
			differs: map[string]string{
				"TokenBySelector": "done if ended; link if gone",
			},
			prepare: func(r *rig) (*browser, act) {
				b := r.browser()
				return b, views(r, b.asks(ada, goodPassword))
			}},
		"confirmed here": {
			calls: "TokenBySelector AccountByID TenantByID Apply/5 Update Rotate/1 Record/identity.RecordLogin",
			after: "ada active/1, in",
			differs: map[string]string{
				"TokenBySelector":             "authn: confirm sign-up: password: policy: [too_short] if ended; link if gone",
				"AccountByID":                 "authn: confirm sign-up: password: policy: [too_short] if ended; link if gone",
				"TenantByID":                  "superseded and ada active/1 if ended",
				"Apply/5":                     "link if conflict gone; superseded and ada active/1 if ended",
				"Update":                      "done and ada active/1, in if ended; superseded and ada active/1 if canceled conflict gone; told and ada active/1 if corrupt exists plug",
				"Rotate/1":                    "done and ada active/1, in if ended; superseded and ada active/1 if canceled conflict gone; told and ada active/1 if corrupt exists plug",
				"Record/identity.RecordLogin": "done and ada active/1 if ended; superseded and ada active/1 if canceled conflict corrupt exists gone plug",
			},
			prepare: func(r *rig) (*browser, act) {
				b := r.browser()
				return b, confirms(r, b.asks(ada, goodPassword), "")
			}},
		"confirmed elsewhere": {
			calls: "TokenBySelector AccountByID TenantByID Epochs Apply/10 Create/1 Record/identity.RecordLogin",
			after: "ada active/1, in",
			differs: map[string]string{
				"TokenBySelector":             "link if gone; superseded and ada active/1 if ended",
				"AccountByID":                 "link if gone; superseded and ada active/1 if ended",
				"TenantByID":                  "superseded and ada active/1 if ended",
				"Epochs":                      "done and ada active/1, in if ended",
				"Apply/10":                    "link if conflict gone; superseded and ada active/1 if ended",
				"Create/1":                    "done and ada active/1, in if ended; superseded and ada active/1 if canceled conflict gone; told and ada active/1 if corrupt exists plug",
				"Record/identity.RecordLogin": "done and ada active/1 if ended; superseded and ada active/1 if canceled conflict corrupt exists gone plug",
			},
			prepare: func(r *rig) (*browser, act) {
				return r.browser(), confirms(r, r.browser().asks(ada, mallorys), owners)
			}},
		"confirmed under a login": {
			calls: "TokenBySelector AccountByID TenantByID Epochs Apply/10",
			after: "ada active/1, in",
			differs: map[string]string{
				"TokenBySelector": "link if gone; superseded and ada active/1 if ended",
				"AccountByID":     "link if gone; superseded and ada active/1 if ended",
				"TenantByID":      "superseded and ada active/1 if ended",
				"Epochs":          "done and ada active/1, in if ended",
				"Apply/10":        "link if conflict gone; superseded and ada active/1 if ended",
			},
			prepare: func(r *rig) (*browser, act) {
				r.person(bob)
				return r.browser().signIn(bob), confirms(r, r.browser().asks(ada, mallorys), owners)
			}},
		"app begun here": {
			calls: "TokenBySelector AccountByID TenantByID",
			after: "ada candidate/1",
			differs: map[string]string{
				"TokenBySelector": "authn: confirm sign-up: password: policy: [too_short] if ended; link if gone",
				"AccountByID":     "authn: confirm sign-up: password: policy: [too_short] if ended; link if gone",
			},
			prepare: func(r *rig) (*browser, act) {
				b := strict(r).browser()
				return b, confirms(r, b.asks(ada, goodPassword), "")
			}},
		"app begun elsewhere": {
			calls: "TokenBySelector AccountByID TenantByID Reserve/1 Commit/1 Epochs Create/0",
			after: "ada candidate/1",
			differs: map[string]string{
				"TokenBySelector": "link if gone; superseded if ended",
				"AccountByID":     "link if gone; superseded if ended",
				"TenantByID":      "superseded if ended",
				"Reserve/1":       "superseded if ended",
				"Commit/1":        "superseded if ended",
				"Epochs":          "done if ended",
				"Create/0":        "done if canceled ended; superseded if conflict gone",
			},
			prepare: func(r *rig) (*browser, act) {
				return strict(r).browser(), confirms(r, r.browser().asks(ada, mallorys), owners)
			}},
		"app here": {
			calls: "TokenBySelector AccountByID TenantByID Apply/9 Update Rotate/1 Record/identity.RecordLogin",
			after: "ada active/3, in",
			differs: map[string]string{
				"TokenBySelector":             "link if gone; no enrolment if ended",
				"AccountByID":                 "link if gone; no enrolment if ended",
				"TenantByID":                  "superseded if ended",
				"Apply/9":                     "link if conflict gone; superseded and ada active/3 if ended",
				"Update":                      "done and ada active/3, in if ended; superseded and ada active/3 if canceled conflict gone; told and ada active/3 if corrupt exists plug",
				"Rotate/1":                    "done and ada active/3, in if ended; superseded and ada active/3 if canceled conflict gone; told and ada active/3 if corrupt exists plug",
				"Record/identity.RecordLogin": "done and ada active/3 if ended; superseded and ada active/3 if canceled conflict corrupt exists gone plug",
			},
			prepare: func(r *rig) (*browser, act) {
				b := strict(r).browser()
				link := b.asks(ada, goodPassword)
				return b, completesSignup(r, link, r.codes(b.opensLink(link, ""))())
			}},
		"app elsewhere": {
			calls: "TokenBySelector AccountByID TenantByID Apply/13 Update Rotate/1 Record/identity.RecordLogin",
			after: "ada active/3, in",
			differs: map[string]string{
				"TokenBySelector":             "link if gone; no enrolment if ended",
				"AccountByID":                 "link if gone; no enrolment if ended",
				"TenantByID":                  "superseded if ended",
				"Apply/13":                    "link if conflict gone; superseded and ada active/3 if ended",
				"Update":                      "done and ada active/3, in if ended; superseded and ada active/3 if canceled conflict gone; told and ada active/3 if corrupt exists plug",
				"Rotate/1":                    "done and ada active/3, in if ended; superseded and ada active/3 if canceled conflict gone; told and ada active/3 if corrupt exists plug",
				"Record/identity.RecordLogin": "done and ada active/3 if ended; superseded and ada active/3 if canceled conflict corrupt exists gone plug",
			},
			prepare: func(r *rig) (*browser, act) {
				link, b := strict(r).browser().asks(ada, mallorys), r.browser()
				return b, completesSignup(r, link, r.codes(b.opensLink(link, owners))())
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d.check(t)
		})
	}
}

// PRD-060, PRD-062: the same for a claim.
func TestClaim_and_every_fault(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]deed{
		"link": {
			calls: "Apply/3",
			after: "",
			differs: map[string]string{
				"Apply/3": "done if ended",
			},
			prepare: func(r *rig) (*browser, act) {
				return nil, func(ctx context.Context, _ *session.Session) error {
					_, err := r.accounts.ClaimLink(ctx)
					return err
				}
			}},
		"check": {
			calls: "TokenBySelector HasRole",
			after: "",
			differs: map[string]string{
				"TokenBySelector": "done if ended; link if gone",
				"HasRole":         "done if ended",
			},
			prepare: func(r *rig) (*browser, act) {
				token := r.claimToken()
				return nil, func(ctx context.Context, _ *session.Session) error { return r.accounts.CheckClaim(ctx, token) }
			}},
		"look": {
			calls: "TokenBySelector HasRole",
			after: "",
			differs: map[string]string{
				"TokenBySelector": "link if gone",
			},
			prepare: func(r *rig) (*browser, act) {
				token, b := r.claimToken(), r.browser()
				b.enters(token, boss)
				return b, func(ctx context.Context, s *session.Session) error {
					_, err := r.accounts.ViewClaim(ctx, s, "")
					return err
				}
			}},
		"begun": {
			calls: "TokenBySelector HasRole TenantByID AccountByIdentifier Reserve/1 Commit/1 Epochs Create/0",
			after: "",
			differs: map[string]string{
				"TokenBySelector":     "link if gone; superseded if ended",
				"HasRole":             "superseded if ended",
				"TenantByID":          "superseded if ended",
				"AccountByIdentifier": "done if gone; superseded if ended; taken if corrupt",
				"Reserve/1":           "superseded if ended",
				"Commit/1":            "superseded if ended",
				"Epochs":              "done if ended",
				"Create/0":            "done if canceled ended; superseded if conflict gone",
			},
			prepare: func(r *rig) (*browser, act) {
				token := r.claimToken()
				return r.browser(), func(ctx context.Context, s *session.Session) error {
					return r.accounts.BeginClaim(ctx, s, token, authn.NewUser{Email: boss, Password: secret(goodPassword)})
				}
			}},
		"completed": {
			calls: "TokenBySelector HasRole AccountByIdentifier Apply/13 Update Rotate/1 Record/identity.RecordLogin",
			after: "boss active/3, in",
			differs: map[string]string{
				"TokenBySelector":             "link if gone; no enrolment if ended",
				"HasRole":                     "no enrolment if ended",
				"AccountByIdentifier":         "done and boss active/3, in if gone; superseded and boss active/3 if ended; taken if corrupt",
				"Apply/13":                    "done and boss active/3, in if conflict exists gone; superseded and boss active/3 if ended",
				"Update":                      "done and boss active/3, in if ended; superseded and boss active/3 if canceled conflict gone; told and boss active/3 if corrupt exists plug",
				"Rotate/1":                    "done and boss active/3, in if ended; superseded and boss active/3 if canceled conflict gone; told and boss active/3 if corrupt exists plug",
				"Record/identity.RecordLogin": "done and boss active/3 if ended; superseded and boss active/3 if canceled conflict corrupt exists gone plug",
			},
			prepare: func(r *rig) (*browser, act) {
				b := r.browser()
				typed := b.enters(r.claimToken(), boss)()
				return b, func(ctx context.Context, s *session.Session) error {
					return want[authn.Completed](r.accounts.CompleteClaim(ctx, s, "", code(typed)))
				}
			}},
		"completed over a candidate": {
			calls: "TokenBySelector HasRole AccountByIdentifier Apply/15 Update Rotate/1 Record/identity.RecordLogin",
			after: "boss active/3, in",
			differs: map[string]string{
				"TokenBySelector":             "link if gone; no enrolment if ended",
				"HasRole":                     "no enrolment if ended",
				"AccountByIdentifier":         "done and boss active/3, in if gone; superseded and boss active/3 if ended; taken if corrupt",
				"Apply/15":                    "done and boss active/3, in if conflict exists gone; superseded and boss active/3 if ended",
				"Update":                      "done and boss active/3, in if ended; superseded and boss active/3 if canceled conflict gone; told and boss active/3 if corrupt exists plug",
				"Rotate/1":                    "done and boss active/3, in if ended; superseded and boss active/3 if canceled conflict gone; told and boss active/3 if corrupt exists plug",
				"Record/identity.RecordLogin": "done and boss active/3 if ended; superseded and boss active/3 if canceled conflict corrupt exists gone plug",
			},
			prepare: func(r *rig) (*browser, act) {
				r.browser().asks(boss, mallorys)
				b := r.browser()
				typed := b.enters(r.claimToken(), boss)()
				return b, func(ctx context.Context, s *session.Session) error {
					return want[authn.Completed](r.accounts.CompleteClaim(ctx, s, "", code(typed)))
				}
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d.check(t)
		})
	}
}

// AUN-103, FAC-006: the same for the apps of an account.
func TestFactors_and_every_fault(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]deed{
		"account": {
			calls: "AccountByID",
			after: "ada active/1, in",
			differs: map[string]string{
				"AccountByID": "done and ada active/1 if ended; not signed in if gone",
			},
			prepare: func(r *rig) (*browser, act) {
				r.person(ada)
				return r.browser().signIn(ada), func(ctx context.Context, s *session.Session) error {
					_, err := r.accounts.Self(ctx, s)
					return err
				}
			}},
		"app of a sign-in": {
			calls: "AccountByID TenantByID Reserve/3 Apply/7 Update Rotate/1 Record/identity.RecordLogin Commit/3",
			after: "ada active/3, in",
			differs: map[string]string{
				"AccountByID":                 "superseded if corrupt ended gone",
				"TenantByID":                  "superseded if ended",
				"Reserve/3":                   "outcome if canceled conflict corrupt exists gone plug; superseded if ended",
				"Apply/7":                     "superseded and ada active/3 if ended; superseded if conflict exists gone",
				"Update":                      "changed true, revoked true and ada active/3 if corrupt exists plug; done and ada active/3, in if ended; superseded and ada active/3 if canceled conflict gone",
				"Rotate/1":                    "changed true, revoked true and ada active/3 if corrupt exists plug; done and ada active/3, in if ended; superseded and ada active/3 if canceled conflict gone",
				"Record/identity.RecordLogin": "done and ada active/3 if ended; superseded and ada active/3 if canceled conflict corrupt exists gone plug",
				"Commit/3":                    "done and ada active/3 if ended; done and ada active/3, in if canceled conflict corrupt exists gone plug",
			},
			prepare: func(r *rig) (*browser, act) {
				r.person(ada)
				b := strict(r).browser()
				typed := r.codes(b.comesIn(ada))()
				return b, func(ctx context.Context, s *session.Session) error {
					return want[authn.Completed](r.accounts.CompleteEnrolment(ctx, s, code(typed)))
				}
			}},
		"app begun": {
			calls: "AccountByID TenantByID",
			after: "ada active/1, in",
			differs: map[string]string{
				"AccountByID": "not signed in if gone; told and ada active/1 if ended",
				"TenantByID":  "told and ada active/1 if ended",
			},
			prepare: func(r *rig) (*browser, act) {
				r.person(ada)
				return r.browser().signIn(ada), func(ctx context.Context, s *session.Session) error {
					_, err := r.accounts.BeginTOTP(ctx, s)
					return err
				}
			}},
		"app shown again": {
			calls: "AccountByID",
			after: "ada active/1, in",
			differs: map[string]string{
				"AccountByID": "no enrolment and ada active/1 if ended; not signed in if gone",
			},
			prepare: func(r *rig) (*browser, act) {
				r.person(ada)
				b := r.browser().signIn(ada)
				_, err := b.beginTOTP()
				must(r.t, err)
				return b, func(ctx context.Context, s *session.Session) error {
					_, err := r.accounts.PendingTOTP(ctx, s)
					return err
				}
			}},
		"app confirmed": {
			calls: "AccountByID TenantByID Update Apply/8 Rotate/0",
			after: "ada active/3, in",
			differs: map[string]string{
				"AccountByID": "no enrolment and ada active/1 if ended; not signed in if gone",
				"TenantByID":  "authn: confirm totp: authn: a fresh factor is required and ada active/1 if ended",
				"Update":      "done and ada active/3, in if conflict ended gone",
				"Apply/8":     "superseded and ada active/3 if ended; superseded if conflict exists gone",
				"Rotate/0":    "changed true, revoked true and ada active/3 if corrupt exists plug; done and ada active/3, in if canceled ended; superseded and ada active/3 if conflict gone",
			},
			prepare: func(r *rig) (*browser, act) {
				r.person(ada)
				b := r.browser().signIn(ada)
				e, err := b.beginTOTP()
				must(r.t, err)
				typed := r.codes(e)()
				return b, func(ctx context.Context, s *session.Session) error {
					return want[authn.Completed](r.accounts.ConfirmTOTP(ctx, s, code(typed), "phone"))
				}
			}},
		"app removed": {
			calls: "AccountByID TenantByID Apply/6 Rotate/0",
			after: "ada active/1, in",
			differs: map[string]string{
				"AccountByID": "not signed in and ada active/3 if ended; not signed in if gone",
				"TenantByID":  "authn: remove totp: authn: a fresh factor is required and ada active/3 if ended",
				"Apply/6":     "superseded and ada active/1 if ended; superseded if conflict exists gone",
				"Rotate/0":    "changed true, revoked true and ada active/1 if corrupt exists plug; done and ada active/1, in if canceled ended; superseded and ada active/1 if conflict gone",
			},
			prepare: func(r *rig) (*browser, act) {
				r.person(ada)
				b := r.browser().signIn(ada)
				b.enrols("phone")
				return b, func(ctx context.Context, s *session.Session) error {
					return want[authn.Completed](r.accounts.RemoveTOTP(ctx, s, r.apps(ada)[0]))
				}
			}},
		"factor added": {
			calls: "AccountByID TenantByID Apply/6 Rotate/0",
			after: "ada active/2, in",
			differs: map[string]string{
				"AccountByID": "not signed in and ada active/1 if ended; not signed in if gone",
				"TenantByID":  "authn: add factor: authn: a fresh factor is required and ada active/1 if ended",
				"Apply/6":     "superseded and ada active/2 if ended; superseded if conflict exists gone",
				"Rotate/0":    "changed true, revoked true and ada active/2 if corrupt exists plug; done and ada active/2, in if canceled ended; superseded and ada active/2 if conflict gone",
			},
			prepare: func(r *rig) (*browser, act) {
				r.accounts.Teach(paperVerifier{})
				r.person(ada)
				return r.browser().signIn(ada), func(ctx context.Context, s *session.Session) error {
					return want[authn.Completed](r.accounts.AddFactor(ctx, s, authn.NewFactor{Kind: paper, Body: []byte("apple-7\nbirch-3\n")}, listed("apple-7")))
				}
			}},
		"factor removed": {
			calls: "AccountByID TenantByID Apply/5 Rotate/0",
			after: "ada active/1, in",
			differs: map[string]string{
				"AccountByID": "not signed in and ada active/2 if ended; not signed in if gone",
				"TenantByID":  "authn: remove factor: authn: a fresh factor is required and ada active/2 if ended",
				"Apply/5":     "superseded and ada active/1 if ended; superseded if conflict exists gone",
				"Rotate/0":    "changed true, revoked true and ada active/1 if corrupt exists plug; done and ada active/1, in if canceled ended; superseded and ada active/1 if conflict gone",
			},
			prepare: func(r *rig) (*browser, act) {
				r.accounts.Teach(paperVerifier{})
				r.person(ada)
				b := r.browser().signIn(ada)
				must(r.t, b.getsFactor(paper, "apple-7\nbirch-3\n", "apple-7"))
				return b, func(ctx context.Context, s *session.Session) error {
					return want[authn.Completed](r.accounts.RemoveFactor(ctx, s, r.credentials(ada, paper)[0].ID))
				}
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d.check(t)
		})
	}
}
