package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// genuine are the links of an account that this program has made.
func (s *Service) genuine(acct identity.Account) []identity.Link {
	return slices.DeleteFunc(slices.Clone(acct.Links), func(l identity.Link) bool { return !s.links.genuine(l) })
}

// linksFor are the links that a verifier goes by. What says who somebody is elsewhere
// counts as far as the tenant takes that issuer's word today: who takes it back ends
// every way in over it (AUN-150). The tenant is read for nobody, too, so that a token
// brought for a made-up account asks the store for as much (AUN-033).
func (s *Service) linksFor(ctx context.Context, v factor.Verifier, sub identity.Subject, acct identity.Account) ([]identity.Link, error) {
	if _, identifies := v.(factor.Identifier); !identifies {
		return s.genuine(acct), nil
	}
	view, err := s.ident.TenantByID(ctx, sub.Tenant)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("tenant: %w", err)
	}
	taken := s.provisioning(ctx, view, s.provisions)
	return slices.DeleteFunc(s.genuine(acct), func(l identity.Link) bool {
		_, is := taken.of(l.Issuer)
		return !is
	}), nil
}

// provisioning is what holds in a tenant: its own policy, else def. A row that is not
// authentic takes nobody's word.
func (s *Service) provisioning(ctx context.Context, view identity.TenantView, def ProvisioningPolicy) ProvisioningPolicy {
	row, has := provisioningRow(view)
	if !has {
		return def
	}
	own, err := s.trust.opened(row)
	if err != nil {
		s.alarm(ctx, alarmPolicy, err)
	}
	return own
}

// passes reports that somebody has a factor that works, but for one credential: a record
// of it, or what a verifier knows of them without.
func (s *Service) passes(ctx context.Context, acct identity.Account, kind identity.Kind, but identity.CredentialID) bool {
	v, _ := s.factors.Verifier(kind)
	if h, ok := v.(factor.Holder); ok {
		a := s.without(acct)
		if len(acct.Links) > 0 {
			var err error
			if a.Links, err = s.linksFor(ctx, v, a.Subject, acct); err != nil {
				s.alarm(ctx, alarmPolicyUnread, err)
			}
		}
		if h.Holds(a) {
			return true
		}
	}
	return s.working(ctx, acct, kind, but) > 0
}
