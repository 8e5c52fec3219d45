// Package filelock is a lock that ends with its process, however that ends: one on
// an open file.
//
//	f, held, err := filelock.Open("axess-data/serve.lock")
//	switch {
//	case held:
//		return errTaken // somebody else has it
//	case err != nil:
//		return err
//	}
//	defer f.Close()
//	defer filelock.Unlock(f)
//
// The file stays when the lock goes: removing it would let two processes lock two
// files of one name. What stands in it is its owner's business.
//
// It waits for nobody, and it is between processes of one machine.
//
// Requirements: none of its own; of CLI-005 the mechanism.
package filelock
