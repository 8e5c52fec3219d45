// Package clientcert finds out which TLS client certificate a request was made with,
// once, so that sign-in and the binding of sessions read the same answer.
//
// There is one source, and it is configured. Without a word it is the connection of the
// request itself: whoever holds the connection has proved to own the key of the
// certificate ([ServerTLS] makes the settings of such a listener). Where a proxy in front
// ends TLS, it is the one field in which that proxy writes the certificate, and only from
// that proxy: anybody can write a field.
//
//	layer, err := clientcert.New(clientcert.Config{
//		Clock: clock.System(), Form: clientcert.Nginx, Trusted: []string{"10.0.0.7"}})
//	…
//	handler := layer.Wrap(mux)
//	…
//	cert := clientcert.From(r.Context()).Leaf() // nil: none
//
// What the field says about the certificate (that it was verified, whom it names) is not
// read: a certificate is verified where it decides something (package factor/mtls). The
// fields are taken out of every request, whoever sent it, before anybody else sees them; a
// proxy that is trusted and sends one twice, or sends what cannot be read, is answered
// with 400.
//
// Not for: deciding whether a certificate is good, or whose it is.
//
// Requirements: FAC-110, FAC-I9, WKL-060, WKL-061, WKL-069, WKL-070.
package clientcert
