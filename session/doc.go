// Package session keeps who is signed in, between requests.
package session
