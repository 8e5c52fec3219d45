package main

// faults are defences against stores that fail, and processes that stop, at
// the worst moment.
func faults() []Entry {
	return nil
}
