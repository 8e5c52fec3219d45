package authn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// pepperKept is how long the former pepper of a tenant still matches (IDN-037).
const pepperKept = 30 * 24 * time.Hour

// Peppers key the fingerprints of the devices of one tenant, so that those of two
// tenants never match. New fingerprints are made with Current; Former, while it is
// kept, is for matching only, and zero afterwards.
type Peppers struct{ Current, Former [32]byte }

// tenantSecrets is what a tenant's Secrets hold, sealed.
type tenantSecrets struct {
	Current [32]byte  `json:"current"`
	Former  [32]byte  `json:"former"`
	Since   time.Time `json:"since"`
}

// secretsBox seals them: for one tenant, and no other.
type secretsBox struct {
	box  *seal.Sealer
	ring *seal.Ring
}

func (b secretsBox) primary() seal.KeyID { return b.ring.Primary() }

func secretsOf(id identity.TenantID) []byte {
	t := id.Bytes()
	return seal.AppendFields(nil, seal.PrefixTenantSecrets, []byte("fingerprint"), t[:])
}

func (b secretsBox) seal(id identity.TenantID, s tenantSecrets) ([]byte, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("authn: tenant secrets: %w", err)
	}
	sealed, err := b.box.Seal(secretsOf(id), secretsOf(id), body)
	seal.NewSecret(body).Wipe()
	if err != nil {
		return nil, fmt.Errorf("authn: tenant secrets: %w", err)
	}
	return sealed, nil
}

// errNoSecrets means that a tenant has none yet.
var errNoSecrets = errors.New("authn: the tenant has no secrets")

func (b secretsBox) open(x identity.Tenant) (s tenantSecrets, err error) {
	if len(x.Secrets) == 0 {
		return s, errNoSecrets
	}
	body, _, err := b.box.Open(secretsOf(x.ID), secretsOf(x.ID), x.Secrets)
	if err == nil {
		err = json.Unmarshal(body, &s)
		seal.NewSecret(body).Wipe()
	}
	if err != nil {
		return tenantSecrets{}, fmt.Errorf("authn: tenant secrets: %w: %w", store.ErrCorrupt, err)
	}
	return s, nil
}

// Peppers opens those of a tenant. Errors: store.ErrNotFound for a tenant that has
// none, which is one that was made before it could; store.ErrCorrupt for secrets that
// were sealed for another tenant, or under a key that is gone.
func (s *Service) Peppers(x identity.Tenant) (Peppers, error) {
	held, err := s.secrets.open(x)
	if errors.Is(err, errNoSecrets) {
		return Peppers{}, fmt.Errorf("authn: peppers: %w", store.ErrNotFound)
	}
	if err != nil {
		return Peppers{}, err
	}
	p := Peppers{Current: held.Current}
	if s.clock.Now().Before(held.Since.Add(pepperKept)) {
		p.Former = held.Former
	}
	return p, nil
}

// freshSecrets are those of a new tenant.
func (s *Service) freshSecrets(id identity.TenantID, now time.Time) ([]byte, error) {
	return s.secrets.seal(id, tenantSecrets{Current: entropy.Bytes32(s.entropy), Since: now})
}

// RotateFingerprintPepper gives a tenant a new pepper, sealed under the present key,
// with its event. The one before still matches for 30 days; one that cannot be opened
// any more is forgotten. Of two calls at once one is store.ErrConflict: two rotations
// in a moment would forget the pepper that all devices have.
//
// Errors: store.ErrNotFound, store.ErrConflict, store errors.
func (t *Tenants) RotateFingerprintPepper(ctx context.Context, op identity.OperatorScope, id identity.TenantID) error {
	return wrapped("rotate pepper", t.rotatePepper(ctx, op, id))
}

func (t *Tenants) rotatePepper(ctx context.Context, op identity.OperatorScope, id identity.TenantID) error {
	a := t.a
	if err := operates(op, id); err != nil {
		return err
	}
	view, err := a.ident.TenantByID(ctx, id)
	if err != nil {
		return err
	}
	x, now := view.Tenant, a.clock.Now()
	held, err := a.secrets.open(x)
	if err != nil && !errors.Is(err, errNoSecrets) {
		a.alarm(ctx, alarmSecrets, err)
	}
	sealed, err := a.secrets.seal(id, tenantSecrets{Current: entropy.Bytes32(a.entropy), Former: held.Current, Since: now})
	if err != nil {
		return err
	}
	return a.admin.Apply(ctx, append([]identity.Change{identity.UpdateTenant{
		Tenant: id, Expect: x.Version, Slug: x.Slug, DisplayName: x.DisplayName, Settings: x.Settings, Secrets: sealed, At: now,
	}}, a.events.changes(a.events.tenant(ctx, id, audit.TenantConfigChanged{
		Outcome: audit.Success, Settings: []string{"fingerprint_pepper"}, By: audit.BySystem,
	}))...)...)
}
