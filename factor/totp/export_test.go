package totp

// Generate is the code of a time step.
func (r Record) Generate(step int64) int32 { return r.generate(step) }
