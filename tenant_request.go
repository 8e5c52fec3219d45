package axess

import (
	"net/http"

	"github.com/axess-go/axess/identity"
)

// tenantOf is Config.Tenant with the default tenant in the place of none, so that every
// part of a request means the same one; nil where there is one tenant.
func (a *Axess) tenantOf() func(*http.Request) identity.TenantID {
	which := a.cfg.Tenant
	if which == nil {
		return nil
	}
	return func(r *http.Request) identity.TenantID {
		if id := which(r); !id.IsZero() {
			return id
		}
		return a.home
	}
}

// baseOf is where the links of a tenant lead: to an origin of this program and to no
// other, whatever Config.TenantOrigin says (PRD-013, AUN-132).
func (a *Axess) baseOf() func(identity.TenantID) string {
	where := a.cfg.TenantOrigin
	if where == nil {
		return nil
	}
	return func(id identity.TenantID) string {
		said := where(id)
		if said == "" {
			return ""
		}
		o, err := parseOrigin(said)
		if err == nil {
			for _, own := range append([]origin{a.cfg.origin}, a.cfg.extra...) {
				if o == own {
					return o.String() + a.base
				}
			}
		}
		a.log.Error("axess: TenantOrigin names an origin that is not this program's; links lead to Origin", "tenant", id)
		return ""
	}
}
