package machine

import "github.com/axess-go/axess/identity"

// Proof says that every step of one flow was passed. Only [Advance] makes a
// non-zero one, and the zero Proof is refused (AUN-003).
type Proof struct {
	flow     FlowID
	subject  identity.Subject
	evidence []identity.Evidence
}
