package ldap

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// Served is a directory and whose people it judges.
type Served struct {
	// Name is what a [Record] calls it, 1 to 64 bytes. It is stored and never changes.
	Name      string
	Directory *Directory
	// Tenants are those whose people it judges. Empty: every tenant that no other
	// directory names. A record of another tenant that leads here leads nowhere.
	Tenants []identity.TenantID
	// Everybody of these tenants is in it, under their first name here, without a record:
	// whoever the directory takes by that name is let in as the account. It is for tenants
	// whose accounts are made after the directory, and whose people choose no names.
	Everybody bool
}

// Factor is a way to sign in: a password that a directory judges.
//
//	cfg.Factors = append(cfg.Factors, directoryFactor) // axess.Config
//	cfg.Methods = []identity.Method{{Name: "directory", Enabled: true,
//		Steps: []identity.Step{identity.Required(factor.LDAPBind)}}}
type Factor struct {
	served    []Served
	everybody bool
}

// NewFactor checks what it is given. Error: [ErrConfig].
func NewFactor(served ...Served) (*Factor, error) {
	if len(served) == 0 {
		return nil, bad("Served", "names no directory")
	}
	f := &Factor{}
	names, tenants := map[string]bool{}, map[identity.TenantID]bool{}
	for _, s := range served {
		switch {
		case s.Name == "" || len(s.Name) > 64 || names[s.Name]:
			return nil, bad("Served.Name", "must be 1 to 64 bytes, and different from the others")
		case s.Directory == nil:
			return nil, bad("Served.Directory", "is required")
		case slices.ContainsFunc(s.Tenants, identity.TenantID.IsZero):
			return nil, bad("Served.Tenants", "holds the zero tenant")
		}
		names[s.Name] = true
		if s.Everybody {
			for _, t := range s.scope() {
				if tenants[t] {
					return nil, bad("Served.Everybody", "is said twice for one tenant")
				}
				tenants[t] = true
			}
			f.everybody = true
		}
		s.Tenants = slices.Clone(s.Tenants)
		f.served = append(f.served, s)
	}
	return f, nil
}

// scope are the tenants, the zero one for all that are not named.
func (s Served) scope() []identity.TenantID {
	if len(s.Tenants) == 0 {
		return []identity.TenantID{{}}
	}
	return s.Tenants
}

// of are the directories of a tenant; the one that has everybody is the first.
func (f *Factor) of(t identity.TenantID) []Served {
	var own, rest []Served
	for _, s := range f.served {
		switch {
		case slices.Contains(s.Tenants, t):
			own = append(own, s)
		case len(s.Tenants) == 0:
			rest = append(rest, s)
		}
	}
	if len(own) == 0 {
		own = rest
	}
	slices.SortStableFunc(own, func(a, b Served) int {
		switch {
		case a.Everybody == b.Everybody:
			return 0
		case a.Everybody:
			return -1
		}
		return 1
	})
	return own
}

// Traits implements [factor.Verifier].
func (f *Factor) Traits() factor.Traits {
	return factor.Traits{
		Kind: factor.LDAPBind, Class: identity.Knowledge, AMR: []string{"pwd"},
		Field: factor.FieldPassword, Limit: maxPassword, External: f.everybody,
	}
}

// Works implements [factor.Verifier]: the record leads to a directory that is there.
func (f *Factor) Works(r factor.Record) bool {
	rec, err := Decode(r.Body)
	return err == nil && slices.ContainsFunc(f.served, func(s Served) bool { return s.Name == rec.Directory })
}

// Holds implements [factor.Holder].
func (f *Factor) Holds(a factor.Attempt) bool {
	own := f.of(a.Subject.Tenant)
	return len(own) > 0 && own[0].Everybody && !a.User.ID.IsZero() && a.User.Primary().Typed != ""
}

// errNoDirectory tells operators that a method asks for what a tenant does not have.
var errNoDirectory = errors.New("ldap: no directory judges the people of this tenant")

// Verify implements [factor.Verifier]. Somebody's record is asked about where it leads;
// without one, the directory that has everybody; nobody as [Directory.VerifyNobody] does.
func (f *Factor) Verify(ctx context.Context, a factor.Attempt) factor.Result {
	own := f.of(a.Subject.Tenant)
	if len(own) == 0 {
		return factor.Result{Verdict: factor.Misconfigured, Err: errNoDirectory}
	}
	records, of, broken := factor.Decoded(a.Records, Decode)
	for i, r := range records {
		if at := slices.IndexFunc(own, func(s Served) bool { return s.Name == r.Directory }); at >= 0 {
			return verdict(own[at].Directory.Verify(ctx, r.Person, a.Secret), of[i])
		}
		broken = fmt.Errorf("%w: it names a directory that this tenant does not have", ErrRecord)
	}
	if len(a.Records) == 0 && f.Holds(a) {
		return verdict(own[0].Directory.Verify(ctx, Person{Name: a.User.Primary().Typed}, a.Secret), 0)
	}
	res := verdict(own[0].Directory.VerifyNobody(ctx, a.Secret), 0)
	if res.Err == nil {
		res.Err = broken
	}
	return res
}

// verdict says it in the pipeline's words; the reasons are those of package audit.
func verdict(r Result, of int) factor.Result {
	res := factor.Result{Verdict: r.Verdict, Of: of, Err: r.Err}
	switch r.Reason {
	case ReasonLocked:
		res.Reason = "locked"
	case ReasonExpired, ReasonMustChange:
		res.Reason = "expired"
	case ReasonDisabled:
		res.Reason = "not_active"
	default: // it did not match
	}
	if r.Verdict == factor.Accepted {
		res.Err = r.Incomplete
	}
	return res
}

// Enrol implements the making of a record by whoever is signed in: the entry in the first
// directory of the tenant that has their first name. Their directory password is then
// judged against it.
func (f *Factor) Enrol(_ context.Context, a factor.Attempt) ([]byte, factor.Verdict) {
	own := f.of(a.Subject.Tenant)
	if len(own) == 0 {
		return nil, factor.Misconfigured
	}
	r := Record{Directory: own[0].Name, Person: Person{Name: a.User.Primary().Typed}}
	if r.Validate() != nil {
		return nil, factor.Rejected
	}
	return r.Encode(), factor.Accepted
}
