// Package identity holds who there is: typed ids, tenants, users and their
// identifiers, credentials as opaque rows, principals (people and programs),
// evidence and assurance, and the three ports through which they are stored.
//
// It decides nothing about a login (package authn), knows no factor (factor and
// the packages below it own their kinds and decode their rows) and holds no
// session. Profile data beyond a display name is the application's.
//
//	name, err := identity.NewIdentifier(identity.Email, "Ada@Example.test")
//	user := identity.User{
//		ID: identity.NewUserID(src), Tenant: tenant, Identifiers: []identity.Identifier{name},
//		State: identity.Candidate, WebAuthnHandle: entropy.Bytes32(src), AuditHandle: entropy.Bytes16(src),
//	}
//	if err := user.Validate(identity.ReservedNames{}); err != nil {
//		return err
//	}
//	err = admin.Apply(ctx, identity.NewUser{User: user}, identity.Append{Row: row})
//
// Ids are values of distinct types: a [UserID] where a [TenantID] belongs does
// not compile. The zero id is invalid, never a sentinel. A change of stored
// state is a value ([Change]), applied by [Admin.Apply] all or none. Nothing in
// this package reads a clock or draws randomness by itself.
//
// Requirements: IDN-001 to IDN-007, IDN-014 to IDN-016, IDN-020 to IDN-028,
// IDN-070, IDN-074, IDN-I1 to IDN-I3, PRN-001 to PRN-014, PRN-020 to PRN-025,
// AUN-014 and the rules of AUN-011 that need no knowledge of factors.
package identity
