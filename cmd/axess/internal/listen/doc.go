// Package listen opens what the server listens on, and talks to the service
// manager about it.
//
//	ln, err := listen.Open(ctx, "localhost:8080", listen.Environment(os.LookupEnv))
//	var taken *listen.TakenError
//	if errors.As(err, &taken) {
//		… // by whom, where the system tells
//	}
//
// The name localhost is both loopback addresses on one port: browsers choose one
// or the other. A port that is taken is an error and never another port. Sockets
// that systemd hands over are taken in the place of the address.
//
// [Certificates] serves TLS from two files and takes new ones when they change.
//
// Owns CLI-001 and CLI-002 (listening), CLI-010 (TLS), CLI-013 (systemd).
package listen
