package main

// hashing are attacks on what a password is hashed in and with.
func hashing() []Entry {
	return []Entry{
		{
			Name:   "hash-left-in-memory",
			Attack: "I get a dump of the server's memory some time after people have signed in.",
			Gain:   "What was made of their passwords is in it.",
			Edit: Edit{
				File: "internal/argon2/space.go",
				Old:  "		clear(rest[:n])\n",
			},
			Pkg: "internal/argon2", Run: "TestDerive_wipes_what_it_computed_in", Says: "is as it was",
			IDs: []string{"FAC-004"},
		},
		{
			Name:   "hash-keeps-the-processor",
			Attack: "I keep somebody signing in all the time, with names that nobody has.",
			Gain:   "Whoever is signed in waits for the kernel's time slice at every few requests.",
			Edit: Edit{
				File: "internal/argon2/space.go",
				Old:  "		s.since = 0\n		s.giveWay()\n",
			},
			Pkg: "internal/argon2", Run: "TestDerive_gives_way_all_the_time", Says: "gave way",
			IDs: []string{"FAC-013"},
		},
	}
}
