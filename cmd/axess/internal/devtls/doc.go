// Package devtls makes the certificates of development: an authority of this
// machine and the certificate of a server, so that pages are served over TLS, with
// the cookies of production, before there is a real certificate.
//
//	made, err := devtls.Ensure(devtls.Config{Dir: "axess-data/dev", Clock: c, Entropy: src})
//	certs, err := listen.Load(made.Cert, made.Key, c, log)
//
// Browsers believe it once the authority is in the trust store of the system;
// [Trust] and [Untrust] are the commands that put it there and take it away.
// Nothing here runs them.
//
// An authority that a machine trusts must be worth nothing to a thief. So it is
// constrained, critically, to localhost, its names, the loopback addresses and the
// names that were asked for; it signs servers only, no further authorities; and it
// ends after a year. An authority without these limits is never offered for trust,
// whoever put its file there.
//
// It is not for anything that other machines reach.
//
// Owns CLI-011.
package devtls
