package identity

import "time"

// TenantStatus is where a tenant stands.
type TenantStatus uint8

// The statuses. The zero status is invalid.
const (
	TenantActive TenantStatus = iota + 1
	TenantSuspended
	TenantDeleting
)

// DefaultSlug names the one tenant of a single-tenant program.
const DefaultSlug = "default"

// Tenant is one customer: the boundary that no answer crosses (IDN-031).
type Tenant struct {
	ID          TenantID
	Slug        string // [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?
	DisplayName string
	Status      TenantStatus
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// TenantView is a tenant with the methods of its scope, read together.
type TenantView struct {
	Tenant  Tenant
	Methods []Method
}
