// Package authn decides what happens at a login and in the life of an account.
package authn
