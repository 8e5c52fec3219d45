// Package walk goes through the pages in a real browser, as a person would: from
// an empty server to an account with two factors and a session ended from
// another machine.
//
//	make walk
//	WALK_SHOTS=/tmp/shots go test ./walk
package walk
