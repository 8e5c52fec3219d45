package authn

import (
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// Limits in bytes, checked before any store or hash work; equality is accepted.
const (
	MaxIdentifier = 256
	MaxPassword   = 1024
	MaxCode       = 64
	MaxLabel      = 64 // characters
)

// Credential is what a person presents for one step. The set is closed.
//
//sumtype:decl
type Credential interface {
	// Kind is the factor that it answers.
	Kind() identity.Kind
	// Wipe overwrites the secret.
	Wipe()
	secret() seal.Secret
}

type (
	// Password is a typed password, as typed (FAC-010).
	Password struct{ Secret seal.Secret }
	// Code is a typed one-time code of a kind.
	Code struct {
		Of     identity.Kind
		Secret seal.Secret
	}
	// Presented is what any other kind asks for: a token, or nothing where the request
	// carries it, as a certificate.
	Presented struct {
		Of     identity.Kind
		Secret seal.Secret
	}
)

// Kind implements [Credential].
func (Password) Kind() identity.Kind { return factor.Password }

// Kind implements [Credential].
func (c Code) Kind() identity.Kind { return c.Of }

// Kind implements [Credential].
func (p Presented) Kind() identity.Kind { return p.Of }

// Wipe implements [Credential].
func (p Presented) Wipe() { p.Secret.Wipe() }

// Wipe implements [Credential].
func (p Password) Wipe() { p.Secret.Wipe() }

// Wipe implements [Credential].
func (c Code) Wipe() { c.Secret.Wipe() }

func (p Password) secret() seal.Secret  { return p.Secret }
func (c Code) secret() seal.Secret      { return c.Secret }
func (p Presented) secret() seal.Secret { return p.Secret }
