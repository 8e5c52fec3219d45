// Package jose holds package jwt against another implementation, github.com/go-jose/go-jose:
// each signs what the other verifies, each reads the other's keys, and whatever jwt takes
// the other takes too and understands in the same way. What jwt alone refuses is a list,
// with reasons.
package jose
