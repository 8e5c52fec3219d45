package authn_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/metric"
)

// AUN-020, AUN-030: whatever bytes come in, a login begins.
func TestBegin_takes_any_bytes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i, typed := range []string{
		"a\xff@example.org", "\xc3\x28", "a\u202eb@example.org", "\ufeff", "\ue000@example.org", "a\u0085b", "a\u2028b@example.org",
		strings.Repeat("\xff", 5000), strings.Repeat("é", 200), "@", "a@b@c", "\x00",
	} {
		b := r.browser()
		b.addr = fmt.Sprintf("203.0.113.%d:1", i)
		out, ok := b.begin(typed).(authn.StepRequired)
		if !ok {
			t.Errorf("%.20q: %T", typed, out)
			continue
		}
		if strings.ContainsAny(out.Menu.Identifier, "\u202e\ufeff\u2028\u0085\x00") || strings.Contains(out.Menu.Identifier, "\xff") {
			t.Errorf("%.20q: the page would repeat %q", typed, out.Menu.Identifier)
		}
		if res := b.try(pw(goodPassword)); !is[authn.Rejected](res) {
			t.Errorf("%.20q: %T", typed, res)
		}
	}
}

// reserved stores a person under an id that nobody may have.
type reserved struct {
	identity.Admin
	id identity.UserID
}

func (s reserved) rename(acct identity.Account, err error) (identity.Account, error) {
	acct.User.ID = s.id
	return acct, err
}

func (s reserved) AccountByIdentifier(ctx context.Context, t identity.TenantID, k identity.IdentifierKind, canonical string) (identity.Account, error) {
	return s.rename(s.Admin.AccountByIdentifier(ctx, t, k, canonical))
}

// IDN-I4, IDN-015: nobody signs in as a reserved user, whatever a store says.
func TestBegin_as_a_reserved_user_is_for_nobody(t *testing.T) {
	t.Parallel()
	for _, id := range []identity.UserID{{}, identity.SystemUser, identity.FromBytes[identity.UserID]([16]byte{6: 0x80, 8: 0x80, 15: 0x10})} {
		r := newRig(t)
		r.person(ada)
		r.ident.Admin = reserved{r.ident.Admin, id}
		b := r.browser()
		if out := b.begin(ada); !is[authn.StepRequired](out) {
			t.Fatalf("%v: %T", id, out)
		}
		if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) || b.signedIn() {
			t.Fatalf("%v: %T", id, out)
		}
		if r.metrics.Counted("authn_alarms", metric.L(metric.Reason, "data_integrity")) != 1 {
			t.Errorf("%v: no alarm", id)
		}
	}
}

// AUN-030, AUN-048: outside every decoy is alike; inside the event says why.
func TestBegin_says_why_to_the_audit_alone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	who := classes(r)
	for name, word := range map[string]string{
		"unknown": `"reason":"unknown_user"`, "suspended": `"reason":"not_active"`, "no method": `"reason":"no_method"`,
		"methods disabled": `"reason":"no_method"`, "malformed": `"reason":"bad_input"`, "wrong password": `"outcome":"success"`,
	} {
		before := r.audited()
		r.browser().begin(who[name])
		after := r.audited()
		for _, w := range []string{`"login_attempt"`, word} {
			if strings.Count(after, w) != strings.Count(before, w)+1 {
				t.Errorf("%s: no event with %s", name, w)
			}
		}
	}
}
