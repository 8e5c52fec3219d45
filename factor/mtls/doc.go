// Package mtls verifies TLS client certificates: those of smart cards, of managed
// machines, of people whom a certificate authority of their own knows.
//
// It is a verifier: time, trust, what a request has shown and records in, result out. It
// stores nothing. What was shown comes from package middleware/clientcert, which says
// only that somebody owns the key; here the chain is verified, against the authorities
// of one tenant and no others.
//
//	trust, err := mtls.NewTrust(mtls.TrustConfig{Anchors: []mtls.Anchor{{Certificate: ca}}})
//	…
//	cert, err := trust.Verify(now, clientcert.From(ctx))          // *mtls.Error says why not
//	rec, err := trust.Bind(cert)                                  // enrolment: seal rec.Encode()
//	…
//	res := trust.Judge(now, clientcert.From(ctx), records)        // sign-in
//	if res.Verdict == factor.Accepted { … rows[res.Index] … }
//
// What a certificate is bound by is one rule of the tenant: its public key, which is the
// default, or one name that it carries in its subject alternative name. The common name
// is never looked at, and a certificate with a spiffe: URI is a machine's and signs nobody
// in.
//
// The leaf may sign (digitalSignature), is for clients (clientAuth), is no authority; keys
// are RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519; no signature of the chain
// is made with SHA-1 or MD5. Times are exact: there is no skew.
//
// Revocation: [CRLs] keeps the lists of the authorities. Where they are configured, a
// chain of which one list is missing or stale is not judged at all
// (factor.Unavailable): whoever can keep a list from us must not bring back what it
// revokes. An OCSP response that came with the handshake stands for the list of the leaf,
// and revokes it where there are no lists. Certificates that live a day at most need
// neither: ShortLived.
//
// Requirements: FAC-110 to FAC-114, FAC-116, FAC-I9, WKL-062 to WKL-071 as far as they
// speak of certificates of people.
package mtls
