// Package lever is the arithmetic of the attempt ledger for one key: what
// counts, when it locks, for how long, and what is left to remember. Backends
// keep levers and give each verb one atomic step; how they lock is theirs.
//
//	var lv lever.Lever // or lever.Decode(stored)
//	if refused := lv.Refuse(policy, now, 0); refused != nil {
//		return refused // and keep lv: the refusal is counted
//	}
//	lv.Reserve(id, now, policy)
//
// It reads no clock and knows no store. The contract is that of authn.Ledger.
//
// A [Table] is such a backend, in the memory of one process.
//
// Requirements: AUN-050, AUN-052, AUN-053.
package lever
