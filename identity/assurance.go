package identity

import "slices"

// AAL is an authenticator assurance level of SP 800-63B-4. The zero AAL0 means
// that nothing which counts was proven.
type AAL uint8

// The levels.
const (
	AAL0 AAL = iota
	AAL1
	AAL2
	AAL3
)

// String gives "aal0" to "aal3", the form used as ACR.
func (a AAL) String() string {
	if a > AAL3 {
		return "aal?"
	}
	return "aal" + string('0'+rune(a))
}

// amrMFA is the RFC 8176 method reference for several kinds of factor together.
const amrMFA = "mfa"

// Assurance is how strongly somebody is signed in. It is computed by [Assess]
// from the evidence of the session and never supplied by a caller (AUN-014).
type Assurance struct {
	AAL AAL
	// AMR are the RFC 8176 references in order of first proof, "mfa" last.
	AMR []string
	// PhishingResistant: at least one factor of the login was.
	PhishingResistant bool
	// DeviceBound: at least one factor cannot leave its device.
	DeviceBound bool
}

// Assess computes assurance from evidence, by class alone.
//
// AAL1 is any factor. AAL2 is possession together with knowledge or inherence,
// in one factor or in two: two factors of one class are still one, and knowledge
// with inherence lacks the thing that somebody has. AAL3 is one factor that is
// possession with knowledge or inherence, phishing resistant, bound to its device
// and attested; parts of several factors do not add up to it. Evidence without a
// class (a mailed link, a mailed code) adds its AMR and nothing else.
func Assess(evidence []Evidence) Assurance {
	const factors = Knowledge | Possession | Inherence
	var a Assurance
	var union Class
	for _, e := range evidence {
		for _, m := range e.AMR {
			// Whether several factors met is for this function to say.
			if m != amrMFA && !slices.Contains(a.AMR, m) {
				a.AMR = append(a.AMR, m)
			}
		}
		if e.Class&factors == 0 {
			continue
		}
		union |= e.Class & factors
		a.PhishingResistant = a.PhishingResistant || e.Class&PhishingResistant != 0
		a.DeviceBound = a.DeviceBound || e.Class&DeviceBound != 0
		a.AAL = max(a.AAL, levelOf(e.Class))
	}
	a.AAL = max(a.AAL, min(levelOf(union), AAL2))
	if union&(union-1) != 0 { // two bits or more
		a.AMR = append(a.AMR, amrMFA)
	}
	return a
}

func levelOf(c Class) AAL {
	const strongest = PhishingResistant | DeviceBound | Attested
	switch {
	case c&(Knowledge|Possession|Inherence) == 0:
		return AAL0
	case c&Possession == 0 || c&(Knowledge|Inherence) == 0:
		return AAL1
	case c&strongest == strongest:
		return AAL3
	}
	return AAL2
}
