package bench

import (
	"slices"
	"time"

	"github.com/axess-go/axess/session"
)

// idle is an idle timeout as most sites have one.
const idle = 24 * time.Hour

// Names that bars and benchmarks refer to.
const (
	nameAxess   = "axess"
	nameSCSIdle = "scs, idle timeout"
	nameBare    = "no session"
	nameMany    = " ×10k"
	nameAnew    = nameAxess + ", opened anew"
	nameDerived = nameAxess + ", the hash alone"
	nameIDKey   = "argon2.IDKey alone"
)

// Contests are all there are, in the order of the report.
func Contests() []Contest {
	return slices.Concat([]Contest{
		readContest(), sqliteContest(), postgresContest(), mysqlContest(), valkeyContest(), sweepContest(), memoryContest(),
		cookieContest(), openContest(), csrfContest(), formContest(), webContest(), pagesContest(),
		hashContest(), tokenContest(), scanContest(), callsContest(), loginsContest(),
	}, endedContests())
}

// readContest is the path that every request of a signed-in person takes.
func readContest() Contest {
	return Contest{
		Name:  "read",
		Title: "Authenticated read through the session middleware, memory store",
		Entries: []Entry{
			{Name: nameAxess, Make: func(string) (Subject, error) { return newAxess(1, 0) }},
			{Name: nameAxess + nameMany, Make: func(string) (Subject, error) { return newAxess(many, 0) }},
			{Name: nameAnew, Make: func(string) (Subject, error) { return newAxess(1, session.WithoutMemo) }},
			{Name: nameAnew + nameMany, Make: func(string) (Subject, error) { return newAxess(many, session.WithoutMemo) }},
			{Name: "scs", Source: scsSource, Make: func(string) (Subject, error) { return newSCS(1, 0) }},
			{Name: nameSCSIdle, Source: scsSource, Make: func(string) (Subject, error) { return newSCS(1, idle) }},
			{Name: nameSCSIdle + nameMany, Source: scsSource, Beside: nameAxess + nameMany, Make: func(string) (Subject, error) { return newSCS(many, idle) }},
			{Name: "gorilla/sessions, sealed cookie", Source: gorillaSource, Make: func(string) (Subject, error) { return newGorilla(1) }},
			{Name: nameBare, Make: func(string) (Subject, error) { return newBare(), nil }},
		},
		// The bar means one warm session; many are reported beside it, because
		// what memory adds is the same for everybody.
		Bars: []Bar{
			{Entry: nameAxess, Against: nameSCSIdle, Ratio: 0.10},
			{Entry: nameAnew, Against: nameSCSIdle, Ratio: 0.18, Allocs: 25},
		},
	}
}

// cookieContest is the part of a request that even a forger can ask for.
func cookieContest() Contest {
	return Contest{
		Name:  "cookie",
		Title: "Finding the session's cookie among four and verifying it",
		Entries: []Entry{
			{Name: nameAxess, Make: func(scratch string) (Subject, error) {
				return newInner(scratch, "session", "BenchmarkCookieVerify")
			}},
		},
		Bars: []Bar{{Entry: nameAxess, Nanoseconds: 2000}},
	}
}

// openContest is what a session costs whose body nobody has opened lately.
func openContest() Contest {
	return Contest{
		Name:  "open",
		Title: "Opening and decoding a sealed session of 1 KiB",
		Entries: []Entry{
			{Name: nameAxess, Make: func(scratch string) (Subject, error) {
				return newInner(scratch, "session", "BenchmarkOpenDecode")
			}},
		},
		Bars: []Bar{{Entry: nameAxess, Nanoseconds: 6000}},
	}
}

const nameGorilla = "gorilla/csrf"

// csrfContest is what protection costs the requests that need none.
func csrfContest() Contest {
	return Contest{
		Name:  "csrf",
		Title: "CSRF protection on a safe request (what it adds)",
		Entries: []Entry{
			{Name: nameAxess, Make: func(string) (Subject, error) { return newCSRF(plain) }},
			{Name: nameGorilla, Source: gorillaCSRFSource, Make: func(string) (Subject, error) { return newGorillaCSRF(plain) }},
			{Name: "nosurf, token not signed", Source: nosurfSource, Make: func(string) (Subject, error) { return newNosurf(plain) }},
			{Name: "net/http.CrossOriginProtection, no token", Make: func(string) (Subject, error) { return newCrossOrigin(), nil }},
		},
		Bars: []Bar{{Entry: nameAxess, Against: nameGorilla, Ratio: 0.20}},
	}
}

func formContest() Contest {
	return Contest{
		Name:  "form",
		Title: "CSRF protection on a page with a form: one masked token (what it adds)",
		Entries: []Entry{
			{Name: nameAxess, Make: func(string) (Subject, error) { return newCSRF(axessForm) }},
			{Name: nameGorilla, Source: gorillaCSRFSource, Make: func(string) (Subject, error) { return newGorillaCSRF(gorillaForm) }},
			{Name: "nosurf, token not signed", Source: nosurfSource, Make: func(string) (Subject, error) { return newNosurf(nosurfForm) }},
		},
	}
}

func hashContest() Contest {
	return Contest{
		Name:  "hash",
		Title: "Argon2id, 19 MiB, two passes: verifying a password",
		Entries: []Entry{
			{Name: nameAxess, Make: func(string) (Subject, error) { return newHashed() }},
			{Name: nameDerived, Make: func(string) (Subject, error) { return newDerived() }},
			{Name: nameIDKey, Source: hashSource, Beside: nameDerived, Make: func(string) (Subject, error) { return idkey{}, nil }},
		},
		Bars: []Bar{{Entry: nameDerived, Against: nameIDKey, Ratio: 1}},
	}
}
