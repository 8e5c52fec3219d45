package machine

// CeremonyKind tags an entry of the ceremony map, which holds what a flow needs
// between two requests and no application may see (SES-036).
type CeremonyKind string
