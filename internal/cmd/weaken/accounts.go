package main

// accounts are attacks on sign-up, sign-in, factors, enumeration and rows.
func accounts() []Entry {
	return nil
}
