// Package ldap verifies a password by asking a directory: a simple bind over TLS
// (RFC 4511, RFC 4513). The program never stores the password, nor anything made of it.
//
// It is a verifier that has to leave the machine: name and password in, verdict out. It
// keeps no store, decides nothing about accounts, and makes nobody's account. Package
// authn asks it, through an interface, so that only programs that import this package
// link an LDAP client.
//
//	dir, err := ldap.New(ldap.Config{
//		URL:  "ldaps://ldap.example.test",
//		Form: ldap.DN("uid={user},ou=people,dc=example,dc=test"),
//	})
//	defer dir.Close()
//
//	res := dir.Verify(ctx, ldap.Person{Name: "ada"}, password)
//	switch res.Verdict {
//	case factor.Accepted: // the directory took name and password
//	case factor.Rejected: // it did not; res.Reason says more, for events
//	case factor.Unavailable, factor.Misconfigured: // it could not be asked: not a guess
//	}
//
// # What it promises
//
//   - Nothing but the StartTLS exchange travels in clear. The certificate is verified with
//     the name of the server, TLS is 1.2 or later, and there is no option to skip either.
//     A program of one machine may speak in clear to that machine ([Config.InsecureLoopback]).
//   - An empty password never reaches a directory: many answer it with success, to say
//     that nobody was signed in (RFC 4513 §5.1.2).
//   - What somebody types is a value in a name or a filter and nothing else, whatever
//     bytes it has. Templates are parsed once, when the directory is made.
//   - A directory that is busy, down, slow or refers elsewhere has not judged a password:
//     that is no guess, and locks nobody. Referrals are not followed.
//   - Each bind has a connection of its own, and every step of it an end. At most 32 are
//     under way, and a directory that fails five times in half a minute is left alone for
//     fifteen seconds.
//   - Errors, and everything else this package says, hold no name, password or text of a
//     directory.
//
// The copies of a password that the LDAP library and the TLS layer make are not cleared.
//
// Requirements: FAC-090 to FAC-099, FAC-I8 and the directory's half of AUN-034.
package ldap
