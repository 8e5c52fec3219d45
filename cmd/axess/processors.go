package main

// atLeast is how many goroutines of the server run at a time.
const atLeast = 2

// processors says how many goroutines may run at a time, where Go has chosen have.
//
// With one alone, nobody looks at the network while a password is hashed: who computes
// and gives way is what is ready, and the network is looked at when nothing is, or after
// ten milliseconds. With two, the other
// one waits for the network in the kernel, also where there is one processor, and has it
// at the next turn: half of all requests then took 0.1 ms instead of 8 (measured, while
// somebody signs in all the time). Who sets GOMAXPROCS knows better.
func processors(have int, getenv func(string) (string, bool)) int {
	if v, _ := getenv("GOMAXPROCS"); v != "" {
		return have
	}
	return max(have, atLeast)
}
