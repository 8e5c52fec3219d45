// Package identity holds who there is: typed ids, tenants, users and their
// identifiers, credentials as opaque rows, principals, evidence and assurance,
// and the three ports through which they are stored.
package identity
